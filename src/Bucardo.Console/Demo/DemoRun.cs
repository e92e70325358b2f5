using System.Globalization;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Microsoft.Extensions.Logging;

namespace Bucardo.Console.Demo;

/// <summary>The ten steps of the classic Bucardo demo, then the same with autokick while the changes go on.</summary>
sealed class DemoRun
{
    const string Sync = "foobar";
    static readonly (string Table, string Key)[] s_tables = [("pgbench_accounts", "aid"), ("pgbench_branches", "bid"), ("pgbench_tellers", "tid")];

    readonly PostgresPrograms _programs;
    readonly DemoScreen _screen;
    readonly ILoggerFactory _logs;
    readonly DemoOptions _options;
    readonly ConnectionSettings _control;
    readonly IReadOnlyList<DemoNode> _nodes;

    /// <summary>Prepares the demo.</summary>
    public DemoRun(PostgresPrograms programs, ThrowawayClusters clusters, DemoScreen screen, ILoggerFactory logs, DemoOptions options)
    {
        (_programs, _screen, _logs, _options) = (programs, screen, logs, options);
        _control = clusters.For(1, "bucardo");
        _nodes = [.. Enumerable.Range(1, 5).Select(i => new DemoNode($"t{i}", i <= 3 ? 1 : 2, clusters))];
    }

    IReadOnlyList<DemoNode> Sources => [.. _nodes.Take(4)];

    /// <summary>Plays it; true if all databases were equal both times.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        _screen.Step("Installing the control database bucardo in cluster 1");
        var install = await ControlDatabase.InstallAsync(_control, createDatabase: true, cancellation);
        _screen.Line($"schema bucardo, version {install.Version}");
        await using var control = await ControlDatabase.OpenAsync(_control, cancellation);

        _screen.Step("Creating pgbench data in t1 to t5: t1, t2, t3 in cluster 1, t4, t5 in cluster 2");
        await DemoData.CreateAsync(_programs, _nodes, _screen, cancellation);
        await RegisterAsync(control, cancellation);

        _screen.Step("Starting the service");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var service = new BucardoService(_control, new ServiceOptions(), _logs);
        var serving = service.RunAsync(stop.Token);
        try
        {
            await await Task.WhenAny(service.Started.Task, serving).WaitAsync(TimeSpan.FromSeconds(30), cancellation);
            _screen.Line($"in this process, {Environment.ProcessId}");
            var first = await ReplicateOnKickAsync(control, cancellation);
            var second = await ReplicateAsItComesAsync(control, cancellation);
            return first && second;
        }
        finally
        {
            await stop.CancelAsync();
            await serving;
        }
    }

    async Task RegisterAsync(ControlDatabase control, CancellationToken cancellation)
    {
        _screen.Step("Registering databases, tables and the sync");
        foreach (var node in _nodes) await control.Databases.AddAsync(new NewDatabase { Name = node.Name, Connection = node.Settings }, cancellation);
        _screen.Line("databases t1, t2, t3, t4, t5");
        // pgbench_history has no key: it cannot be replicated.
        var patterns = s_tables.Select(t => t.Table).ToList();
        await control.Tables.AddAsync(new TableSelection { Database = "t1", Patterns = patterns, Herd = "therd" }, cancellation);
        _screen.Line($"herd therd: {string.Join(", ", patterns)}");
        var members = _nodes.Select(n => new DatabaseGroupMember { Database = n.Name, Role = n.Name == "t5" ? DatabaseRole.Target : DatabaseRole.Source }).ToList();
        await control.DatabaseGroups.AddAsync("tgroup", members, null, cancellation);
        _screen.Line($"group tgroup: {string.Join(' ', members)}");
        await control.Syncs.AddAsync(new NewSync { Name = Sync, Herd = "therd", DatabaseGroup = "tgroup", AutoKick = false }, cancellation);
        await SyncOperations.ActivateAsync(control, Sync, cancellation);
        _screen.Line($"sync {Sync}: herd therd, group tgroup, no autokick; triggers are installed");
    }

    async Task<bool> ReplicateOnKickAsync(ControlDatabase control, CancellationToken cancellation)
    {
        _screen.Step($"pgbench: {_options.Transactions} transactions on each of t1, t2, t3, t4, all at once");
        await BenchAsync("-t", _options.Transactions, cancellation);
        _screen.Step($"Kicking sync {Sync}");
        var kick = await KickAsync(control, cancellation);
        _screen.Line($"done after {Display.Duration(kick.Elapsed)}");
        await PrintStatusAsync(control, cancellation);
        return await CompareAsync(cancellation);
    }

    async Task<bool> ReplicateAsItComesAsync(ControlDatabase control, CancellationToken cancellation)
    {
        _screen.Step($"Autokick on; pgbench: {_options.Seconds} seconds on each of t1, t2, t3, t4, replicated as the changes come");
        var since = DateTimeOffset.Now;
        await control.Syncs.UpdateAsync(Sync, new SyncChange { AutoKick = true }, cancellation);
        await BenchAsync("-T", _options.Seconds, cancellation);
        var runs = await control.SyncRuns.ListAsync(new SyncRunFilter { Sync = Sync, Since = since }, cancellation);
        _screen.Line($"replicated in the meantime: {runs.Sum(r => r.Inserts + r.Updates)} rows written, {runs.Sum(r => r.Conflicts)} conflicts decided");
        _screen.Step("Waiting until everything has arrived");
        var start = _screen.Elapsed;
        KickResult kick;
        do
        {
            kick = await KickAsync(control, cancellation);
            if (_screen.Elapsed - start > TimeSpan.FromSeconds(60))
                throw new BucardoException("NotQuiet", ErrorKind.Timeout, "Rounds still move rows a minute after the last change.");
        }
        while (kick.Run is not { Outcome: RunOutcome.Empty, Deferred: 0, Problems.Count: 0 });
        _screen.Line($"quiet {Display.Duration(_screen.Elapsed - start)} after the last change");
        await PrintStatusAsync(control, cancellation);
        return await CompareAsync(cancellation);
    }

    async Task BenchAsync(string unit, int amount, CancellationToken cancellation)
    {
        var bench = new PgBench(_programs, Sources);
        var running = bench.RunAsync([unit, amount.ToString(CultureInfo.InvariantCulture)], cancellation);
        var counts = await _screen.WatchAsync(running, elapsed => string.Create(CultureInfo.InvariantCulture,
            $"{elapsed.TotalSeconds:0} s: {string.Join(", ", Sources.Select((n, i) => string.Create(CultureInfo.InvariantCulture, $"{n.Name} {bench.Done[i]:0}")))} transactions"));
        _screen.Line($"{string.Join(", ", Sources.Select((n, i) => $"{n.Name} {counts[i]}"))} transactions");
    }

    async Task<KickResult> KickAsync(ControlDatabase control, CancellationToken cancellation)
    {
        var kick = await _screen.WatchAsync(SyncOperations.KickAsync(control, Sync, TimeSpan.FromSeconds(90), cancellation), elapsed => $"{elapsed.TotalSeconds:0} s");
        foreach (var problem in kick.Run?.Problems ?? []) _screen.Line(problem.ToString());
        return kick.Result switch
        {
            "Done" => kick,
            "Failed" => throw new BucardoException("RoundFailed", ErrorKind.Replication, $"The round failed: {kick.Run?.Status}"),
            _ => throw new BucardoException("KickTimedOut", ErrorKind.Timeout, $"Sync {Sync} has not answered the kick within 90 s."),
        };
    }

    async Task PrintStatusAsync(ControlDatabase control, CancellationToken cancellation)
    {
        foreach (var line in StatusTable.Lines(await control.SyncRuns.StatesAsync(null, cancellation), DateTimeOffset.Now)) _screen.Line(line);
    }

    async Task<bool> CompareAsync(CancellationToken cancellation)
    {
        _screen.Step("Comparing t1, t2, t3, t4, t5 row by row");
        var equal = true;
        foreach (var (table, key) in s_tables)
        {
            var result = await _screen.WatchAsync(RowComparison.RunAsync(_nodes, table, key, cancellation), _ => table);
            _screen.Line(string.Create(CultureInfo.InvariantCulture, $"{table,-16} {result.Keys,7} rows, {result.Different} differ"));
            equal &= result.Different == 0;
        }
        _screen.Line(equal ? "All five databases are equal." : "The databases DIFFER.");
        return equal;
    }
}
