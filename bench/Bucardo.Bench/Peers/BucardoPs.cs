using System.Diagnostics;
using System.Globalization;
using Bucardo.Bench.Stages;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Copying;
using Bucardo.Engine.Service;

namespace Bucardo.Bench.Peers;

/// <summary>This product as its users run it: the console's daemon as a process of its own, configured through the catalog.</summary>
sealed class BucardoPs(bool counters = false) : IPeer
{
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);
    static readonly TimeSpan s_round = TimeSpan.FromMinutes(15);

    readonly List<string> _syncs = [];
    Stage? _stage;
    ControlDatabase? _control;
    Process? _daemon;
    Task _logging = Task.CompletedTask;

    public static string? Missing() => Repository.Console is null ? "out/console is missing: ./build.sh build" : null;

    public IReadOnlyDictionary<string, string> ServerSettings { get; } = new Dictionary<string, string>();

    public IReadOnlyList<int> Processes => _daemon is { HasExited: false } daemon ? [daemon.Id] : [];

    public async Task SetUpAsync(Stage stage, CancellationToken cancellation)
    {
        _stage = stage;
        var settings = stage.Control.For("bucardo") with { Password = null };
        await ControlDatabase.InstallAsync(settings, createDatabase: true, cancellation);
        _control = await ControlDatabase.OpenAsync(settings, cancellation);
        foreach (var node in stage.Nodes) await _control.Databases.AddAsync(new NewDatabase { Name = node.Name, Connection = node.Connection }, cancellation);
    }

    public async Task AddSyncAsync(BenchSync sync, CancellationToken cancellation)
    {
        string[] Names(DatabaseRole role) => [.. sync.Nodes.Where(n => n.Role == role).Select(n => n.Name)];
        await _control!.Syncs.AddAsync(new NewSync { Name = sync.Name, Tables = sync.Tables, Sources = Names(DatabaseRole.Source), Targets = Names(DatabaseRole.Target), AutoKick = sync.AutoKick }, cancellation);
        foreach (var table in (await _control.Tables.ListAsync(null, cancellation)).Where(t => counters && Workload.PgbenchTables.Contains(t.Name)))
            await _control.Tables.UpdateAsync(table.Id, new TableChange { Counters = [$"{table.Name["pgbench_".Length]}balance"] }, cancellation);
        await SyncOperations.ActivateAsync(_control, sync.Name, cancellation);
        _syncs.Add(sync.Name);
    }

    public async Task StartAsync(CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("dotnet",
        [
            Repository.Console!, "daemon", "--host", _stage!.Control.HostName, "--port", _stage.Control.Port.ToString(CultureInfo.InvariantCulture),
            "--dbname", "bucardo", "--user", _stage.Control.UserName, "--log-level", "warning",
        ]) { RedirectStandardError = true };
        var daemon = _daemon = Process.Start(start)!;
        _logging = PassOnAsync(daemon.StandardError);
        await Wait.UntilAsync("The start of the service", async () =>
        {
            if (daemon.HasExited) throw new BenchException($"The service ended with exit code {daemon.ExitCode}.");
            return (await _control!.SyncRuns.StatesAsync(null, cancellation)).Count(s => s.Served) == _syncs.Count;
        }, s_limit, TimeSpan.FromMilliseconds(50), cancellation);
    }

    public async Task StopAsync(CancellationToken cancellation)
    {
        if (_daemon is not { } daemon) return;
        if (!daemon.HasExited)
        {
            // SIGTERM, as a service manager sends it.
            await Clients.RunAsync("kill", [daemon.Id.ToString(CultureInfo.InvariantCulture)], s_limit, cancellation);
            await daemon.WaitForExitAsync(cancellation).WaitAsync(s_limit, cancellation);
        }
        await _logging;
        daemon.Dispose();
        _daemon = null;
    }

    public async Task FlushAsync(BenchSync sync, IReadOnlyList<Change> changes, CancellationToken cancellation)
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var kick = await SyncOperations.KickAsync(_control!, sync.Name, s_round, cancellation);
            if (kick.Result != "Done") throw new BenchException($"The round of sync {sync.Name} did not work: {kick.Result} {kick.Run?.Status}");
            if (kick.Run is not { Deferred: > 0 }) return;
        }
        throw new BenchException($"Sync {sync.Name} does not come to rest.");
    }

    // In this process: what Copy-BucardoData calls.
    public async Task CopyAsync(BenchSync sync, CancellationToken cancellation)
    {
        foreach (var target in sync.Nodes.Skip(1))
            foreach (var copy in await CopyOperations.CopyAsync(_control!, sync.Name, sync.Nodes[0].Name, target.Name, new CopyOptions(), null, cancellation))
                if (copy.Outcome != CopyOutcome.Copied) throw new BenchException($"The copy did not work: {copy}");
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync(CancellationToken.None);
        }
        finally
        {
            if (_daemon is { HasExited: false } daemon) daemon.Kill(entireProcessTree: true);
            if (_control is not null) await _control.DisposeAsync();
        }
    }

    static async Task PassOnAsync(StreamReader log)
    {
        while (await log.ReadLineAsync() is { } line) Console.WriteLine($"  service: {line}");
    }
}
