using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>Changes a herd: its name, its note, its tables and their priority.</summary>
[Cmdlet(VerbsCommon.Set, "BucardoHerd", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Herd))]
public sealed class SetBucardoHerdCommand : HerdSelectionCommand
{
    /// <summary>A new name; the syncs that use the herd follow.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NewName { get; set; }

    /// <summary>A note for people; '' clears it.</summary>
    [Parameter]
    public string? About { get; set; }

    /// <summary>Registered tables to add; wildcards allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    [NameTransformation(NameKind.Table)]
    [ArgumentCompleter(typeof(TableNameCompleter))]
    public string[]? AddTable { get; set; }

    /// <summary>Tables to take out; wildcards allowed. They stay registered.</summary>
    [Parameter]
    [SupportsWildcards]
    [NameTransformation(NameKind.Table)]
    [ArgumentCompleter(typeof(TableNameCompleter))]
    public string[]? RemoveTable { get; set; }

    /// <summary>Priority in this herd of the tables in -AddTable, which may be in it already; higher comes first.</summary>
    [Parameter]
    public int? Priority { get; set; }

    /// <summary>Return the changed herd.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Herd herd)
    {
        var added = FindTableIds(AddTable);
        var removed = FindTableIds(RemoveTable);
        if (!ShouldProcess($"herd '{herd.Name}'", "Change " + Changes.Of(MyInvocation))) return;
        var changed = Ask((control, cancellation) => control.Herds.UpdateAsync(
            herd.Name,
            new HerdChange
            {
                NewName = NewName,
                About = About,
                Add = added,
                Remove = removed,
                Priorities = Priority is null ? null : added.ToDictionary(id => id, _ => Priority.Value),
            },
            cancellation));
        if (PassThru) WriteObject(changed);
    }
}
