using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Makes a sync: which tables (-Herd, or -Table), and between which databases (-DatabaseGroup, or -Source and -Target). Herd and group named after
/// the sync are made where tables and databases are named one by one. Start-BucardoSync then activates it.
/// </summary>
[Cmdlet(VerbsCommon.New, "BucardoSync", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(Sync))]
public sealed class NewBucardoSyncCommand : ControlCommand
{
    /// <summary>The sync's name: a letter, then letters, digits and underscores, at most 40 of them.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>An existing herd.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NameTransformation(NameKind.Herd)]
    [EmptyIsNull]
    [ArgumentCompleter(typeof(HerdNameCompleter))]
    public string? Herd { get; set; }

    /// <summary>An existing database group.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Group")]
    [NameTransformation(NameKind.DatabaseGroup)]
    [EmptyIsNull]
    [ArgumentCompleter(typeof(DatabaseGroupNameCompleter))]
    public string? DatabaseGroup { get; set; }

    /// <summary>Tables of the first source instead of a herd, wildcards allowed; they are registered if they are not yet.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [NameTransformation(NameKind.Table)]
    [EmptyIsNull]
    [ArgumentCompleter(typeof(TableNameCompleter))]
    public string[]? Table { get; set; }

    /// <summary>Databases whose changes are sent, the preferred one first, instead of a database group.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NameTransformation(NameKind.Database, SplitText = true)]
    [EmptyIsNull]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string[]? Source { get; set; }

    /// <summary>Databases that only receive.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NameTransformation(NameKind.Database, SplitText = true)]
    [EmptyIsNull]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string[]? Target { get; set; }

    /// <summary>Whether a change wakes the service at once. Default: true.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public bool? AutoKick { get; set; }

    /// <summary>Run a round at least this often: seconds, or a TimeSpan. Default: only when kicked.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [DurationTransformation]
    public TimeSpan? CheckTime { get; set; }

    /// <summary>bucardo_latest, bucardo_latest(column), bucardo_latest_all_tables, bucardo_earliest, bucardo_source, bucardo_target, bucardo_random, bucardo_skip, bucardo_abort, bucardo_custom(name), or names of databases in order of preference.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    [ArgumentCompleter(typeof(ConflictStrategyCompleter))]
    public string[]? ConflictStrategy { get; set; }

    /// <summary>Changes of one source that a round takes at most before it commits and goes on with a further step.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    [ValidateRange(1, int.MaxValue)]
    public int? MaximumChanges { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(Name, () =>
    {
        var sync = new NewSync
        {
            Name = Name,
            Herd = Herd,
            DatabaseGroup = DatabaseGroup,
            Tables = Table ?? [],
            Sources = Source ?? [],
            Targets = Target ?? [],
            AutoKick = AutoKick ?? true,
            CheckTime = CheckTime,
            ConflictStrategy = ConflictStrategy is null ? null : string.Join(' ', ConflictStrategy),
        };
        if (MaximumChanges is { } maximum) sync = sync with { MaximumChanges = maximum };
        if (!ShouldProcess($"sync '{Name}' of {Tables} between {Databases}", "Create")) return;
        WriteObject(Ask((control, cancellation) => control.Syncs.AddAsync(sync, cancellation)));
    });

    string Tables => Herd is not null ? $"herd '{Herd}'" : $"tables {string.Join(", ", Table ?? [])}";

    string Databases => DatabaseGroup is not null
        ? $"the databases of group '{DatabaseGroup}'"
        : string.Join(", ", (Source ?? []).Select(s => s + ":source").Concat((Target ?? []).Select(t => t + ":target")));
}
