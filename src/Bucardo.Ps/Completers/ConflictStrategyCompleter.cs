using Bucardo.Engine.Catalog;

namespace Bucardo.Ps.Completers;

/// <summary>Completes conflict strategies: the built-in ones, custom code, and names of databases in order of preference.</summary>
public sealed class ConflictStrategyCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string About)> BuiltIn { get; } =
    [
        ("bucardo_latest", "the latest change of the row wins"),
        ("bucardo_latest_all_tables", "the database with the latest change in any table of the sync wins"),
        ("bucardo_earliest", "the earliest change of the row wins"),
        ("bucardo_source", "the source that comes first in the database group wins"),
        ("bucardo_target", "the source that comes last in the database group wins"),
        ("bucardo_random", "chance decides, the same way everywhere"),
        ("bucardo_skip", "the row stays as it is everywhere until somebody decides"),
        ("bucardo_abort", "the round fails and the sync is paused"),
    ];

    /// <inheritdoc/>
    protected override async Task<IEnumerable<(string Name, string About)>> ListAsync(ControlDatabase control, CancellationToken cancellation) =>
        (await control.CustomCodes.ListAsync(null, cancellation)).Select(c => ($"bucardo_custom({c.Name})", c.About ?? "custom code decides"))
            .Concat((await control.Databases.ListAsync(null, cancellation)).Select(d => (d.Name, "the row of this database wins")));
}
