using System.Management.Automation;
using Bucardo.Engine.Copying;
using Bucardo.Engine.Replication;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Copies tables of a sync from one of its sources to other databases of it: for a first copy, for a database that joins, for one that was restored. The tables there become what they are on the
/// source, and what is written on the source meanwhile follows with the next round. While it works, rounds go on among the other databases.
/// </summary>
[Cmdlet(VerbsCommon.Copy, "BucardoData", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(TableCopy))]
public sealed class CopyBucardoDataCommand : SyncSelectionCommand
{
    /// <summary>The databases to copy to; wildcards allowed. A wildcard means those of the sync that are not the source.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("Database")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Database)]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string[] Target { get; set; } = [];

    /// <summary>The database to copy from: a source of the sync. Default: its first source.</summary>
    [Parameter]
    [NameTransformation(NameKind.Database)]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Source { get; set; }

    /// <summary>Only these tables of the sync; wildcards allowed. Default: all.</summary>
    [Parameter]
    [SupportsWildcards]
    [NameTransformation(NameKind.Table)]
    [ArgumentCompleter(typeof(TableNameCompleter))]
    public string[]? Table { get; set; }

    /// <summary>Leave tables alone that have rows on the target. So a copy that broke off goes on where it was.</summary>
    [Parameter]
    public SwitchParameter IfEmpty { get; set; }

    /// <summary>Empty the target's tables by TRUNCATE instead of DELETE: faster, and who reads them waits until the copy of the table is done.</summary>
    [Parameter]
    public SwitchParameter Truncate { get; set; }

    /// <summary>How many tables are copied at once; each takes two connections to either database. Default: 2.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 2;

    /// <summary>A copy that is stopped has to be rolled back.</summary>
    protected override TimeSpan Grace => TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    protected override void Process(Sync sync)
    {
        var options = new CopyOptions { Tables = Table is null ? null : FindTableIds(Table), OnlyIfEmpty = IfEmpty, Truncate = Truncate, Parallel = ThrottleLimit };
        ForEach(Target.SelectMany(t => TargetsOf(sync, t)).Distinct(), target => Copy(sync, target, options));
    }

    IEnumerable<string> TargetsOf(Sync sync, string target)
    {
        if (!Wildcard.IsIn(target)) return [target];
        var members = Ask((control, c) => control.DatabaseGroups.GetAsync(sync.DatabaseGroup, c)).Members;
        var source = Source ?? members.FirstOrDefault(m => m.Role == DatabaseRole.Source)?.Database;
        return members.Select(m => m.Database).Where(d => d != source && Wildcard.Pattern(target).IsMatch(d));
    }

    void Copy(Sync sync, string target, CopyOptions options)
    {
        var control = Control;
        var what = Table is null ? $"all tables of sync '{sync.Name}'" : $"{options.Tables!.Count} tables of sync '{sync.Name}'";
        var rows = IfEmpty ? "into those that are empty there" : "and replace the rows that they have there";
        if (!ShouldProcess($"database '{target}'", $"Copy {what} from {(Source is null ? "the first source" : $"'{Source}'")} {rows}")) return;
        var activity = $"Copying sync {sync.Name} to {target}";
        var progress = new CommandProgress<RoundProgress>(this, report => ShowProgress(activity, report.Activity, report.Percent));
        try
        {
            var copies = Call(cancellation => CopyOperations.CopyAsync(control, sync.Name, Source, target, options, progress, cancellation));
            ForEach(copies, copy => WriteObject(copy.Outcome == CopyOutcome.Failed ? throw new BucardoException("CopyFailed", ErrorKind.Replication, copy.Problem!) : copy));
        }
        finally
        {
            EndProgress(activity);
        }
    }
}
