using Bucardo.Engine.Service.Clocks;
using Bucardo.Model;

namespace Bucardo.Engine.Service;

/// <summary>Whether a sync is well, and if not, where and why: a pure function of what was found.</summary>
static class HealthRules
{
    /// <summary>Who is behind for longer, while rounds should have been run, is worth a look.</summary>
    public static readonly TimeSpan LongestLag = TimeSpan.FromMinutes(5);

    /// <param name="sync">The sync.</param>
    /// <param name="state">What the control database says; who serves it is known.</param>
    /// <param name="nodes">What the nodes say; empty where they were not asked.</param>
    /// <param name="clockLimit">How far clocks may be off; zero: they do not matter.</param>
    public static SyncState Judge(Sync sync, SyncState state, IReadOnlyList<SyncNode> nodes, TimeSpan clockLimit = default)
    {
        var found = new List<(SyncHealth Health, string Reason)>();
        if (sync.Status == SyncStatus.Inactive) return state with { Nodes = nodes, Health = SyncHealth.Off, Reasons = [$"Sync {sync.Name} is inactive: Start-BucardoSync {sync.Name} activates it."] };

        if (sync.Paused) Add(SyncHealth.Warning, $"Sync {sync.Name} is paused ({sync.PauseReason ?? "no reason was given"}): Resume-BucardoSync {sync.Name} lets it go on.");
        if (state.State == "Bad") Add(SyncHealth.Bad, $"The last round failed: {state.LastError}");
        else if (state.LastStatus?.Contains("is paused", StringComparison.Ordinal) == true)
            Add(SyncHealth.Warning, $"{state.LastStatus}: Test-BucardoSync {sync.Name} says what is wrong with it.");

        else if (state.LastStatus?.Contains("for custom code", StringComparison.Ordinal) == true)
            Add(SyncHealth.Warning, $"{state.LastStatus} Set-BucardoCustomCode mends the code.");

        // Of a sync that nobody serves, the clocks were measured some day.
        var clocks = state.Served ? state.Clocks.ToDictionary(c => c.Database, c => new ClockSample(c.Offset, c.Uncertainty * 2)) : [];
        foreach (var database in ClockJudge.Off(clocks, clockLimit, new HashSet<string>()).Order(StringComparer.Ordinal))
            Add(SyncHealth.Warning, ClockJudge.Explain(database, clocks[database], clockLimit));

        foreach (var node in nodes.Where(n => n.State is "Away" or "NotPrepared")) Add(SyncHealth.Warning, node.Problem ?? $"Database {node.Database} is away.");
        var active = nodes.Where(n => n.State != "Inactive").ToList();
        if (active.Count > 0 && (active.Count(n => n.State == "Online") < 2 || active.All(n => n.Role != DatabaseRole.Source || n.State != "Online")))
            Add(SyncHealth.Bad, $"Sync {sync.Name} needs a source and one more database, and they are not there.");

        var limit = sync.CheckTime * 2 is { } two && two > LongestLag ? two : LongestLag;
        foreach (var node in nodes.Where(n => n.State == "Online" && n.Lag > limit && (sync.AutoKick || sync.CheckTime is not null) && !sync.Paused))
            Add(SyncHealth.Warning, $"{node.Database} is {Display.Duration(node.Lag)} behind with {node.Pending} changes"
                + (state.Served ? $": Get-BucardoSyncRun {sync.Name} shows the rounds." : $", and no service runs the sync: Start-BucardoService, or Invoke-BucardoSync {sync.Name} in a scheduled task."));
        return state with { Nodes = nodes, Health = found.Select(f => f.Health).DefaultIfEmpty(SyncHealth.Good).Max(), Reasons = [.. found.Select(f => f.Reason)] };

        void Add(SyncHealth health, string reason) => found.Add((health, reason));
    }
}
