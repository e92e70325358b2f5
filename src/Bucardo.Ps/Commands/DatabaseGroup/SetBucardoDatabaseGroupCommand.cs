using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Changes a database group. -Source, -Target and -Member give the whole new membership; -AddSource, -AddTarget and -RemoveDatabase change single members.</summary>
[Cmdlet(VerbsCommon.Set, "BucardoDatabaseGroup", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(DatabaseGroup))]
public sealed class SetBucardoDatabaseGroupCommand : DatabaseGroupSelectionCommand
{
    /// <summary>A new name; the syncs that use the group follow.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NewName { get; set; }

    /// <summary>A note for people; '' clears it.</summary>
    [Parameter]
    public string? About { get; set; }

    /// <summary>The whole new list of sources, the preferred one first.</summary>
    [Parameter]
    [NameTransformation(NameKind.Database)]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string[]? Source { get; set; }

    /// <summary>The whole new list of targets.</summary>
    [Parameter]
    [NameTransformation(NameKind.Database)]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string[]? Target { get; set; }

    /// <summary>The whole new membership: NAME:source, NAME:target, with a priority NAME:source:2.</summary>
    [Parameter]
    [DatabaseGroupMemberTransformation]
    public DatabaseGroupMember[]? Member { get; set; }

    /// <summary>Databases to add as sources; a member that is there already becomes one.</summary>
    [Parameter]
    [NameTransformation(NameKind.Database)]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string[]? AddSource { get; set; }

    /// <summary>Databases to add as targets; a member that is there already becomes one.</summary>
    [Parameter]
    [NameTransformation(NameKind.Database)]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string[]? AddTarget { get; set; }

    /// <summary>Databases to take out of the group.</summary>
    [Parameter]
    [NameTransformation(NameKind.Database)]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string[]? RemoveDatabase { get; set; }

    /// <summary>Return the changed group.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(DatabaseGroup group)
    {
        if (!ShouldProcess($"database group '{group.Name}' ({string.Join(", ", group.Members)})", "Change " + Changes.Of(MyInvocation))) return;
        var changed = Ask((control, cancellation) => control.DatabaseGroups.UpdateAsync(
            group.Name,
            new DatabaseGroupChange
            {
                NewName = NewName,
                About = About,
                Members = NewMembers(group),
                Add = [.. Added(AddSource, DatabaseRole.Source), .. Added(AddTarget, DatabaseRole.Target)],
                Remove = RemoveDatabase ?? [],
            },
            cancellation));
        if (PassThru) WriteObject(changed);
    }

    // Who gives new sources only, does not mean to lose the targets.
    IReadOnlyList<DatabaseGroupMember>? NewMembers(DatabaseGroup group)
    {
        if (Member is not null) return GroupMembers.From(Source, Target, Member);
        if (Source is null && Target is null) return null;
        var named = (Source ?? []).Concat(Target ?? []).ToHashSet();
        var kept = group.Members.Where(m => !named.Contains(m.Database) && (m.Role == DatabaseRole.Source ? Source is null : Target is null));
        return [.. GroupMembers.From(Source, Target, null), .. kept];
    }

    static IEnumerable<DatabaseGroupMember> Added(string[]? names, DatabaseRole role) =>
        (names ?? []).Select(name => new DatabaseGroupMember { Database = name, Role = role });
}
