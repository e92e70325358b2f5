using Bucardo.Engine.Catalog;
using Bucardo.Engine.Service;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bucardo.Bench;

/// <summary>A control database and a running service over the nodes of a benchmark.</summary>
sealed class BenchService : IAsyncDisposable
{
    readonly CancellationTokenSource _stop = new();
    readonly ControlDatabase _control;
    readonly Task _running;

    BenchService(ControlDatabase control, BucardoService service) => (_control, _running) = (control, service.RunAsync(_stop.Token));

    public static async Task<BenchService> StartAsync(BenchNodes nodes, string[] tables)
    {
        await nodes.Cluster.CreateDatabaseAsync("bucardo");
        var settings = nodes.Cluster.For("bucardo");
        await ControlDatabase.InstallAsync(settings, false, default);
        var control = await ControlDatabase.OpenAsync(settings, default);
        foreach (var member in nodes.Definition.Members) await control.Databases.AddAsync(new NewDatabase { Name = member.Name, Connection = member.Connection }, default);
        string[] Names(DatabaseRole role) => [.. nodes.Definition.Members.Where(m => m.Role == role).Select(m => m.Name)];
        await control.Syncs.AddAsync(new NewSync { Name = "bench", Tables = tables, Sources = Names(DatabaseRole.Source), Targets = Names(DatabaseRole.Target) }, default);
        await SyncOperations.ActivateAsync(control, "bench", default);
        var service = new BucardoService(settings, new ServiceOptions(), NullLoggerFactory.Instance);
        var bench = new BenchService(control, service);
        await service.Started.Task;
        return bench;
    }

    /// <summary>Kicks until a round finds nothing.</summary>
    public async Task SettleAsync()
    {
        for (var i = 0; i < 100; i++)
        {
            var kick = await SyncOperations.KickAsync(_control, "bench", TimeSpan.FromSeconds(60), default);
            if (kick.Run is { Outcome: RunOutcome.Empty, Deferred: 0 }) return;
        }
        throw new TimeoutException("The nodes do not come to rest.");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _control.DisposeAsync();
    }
}
