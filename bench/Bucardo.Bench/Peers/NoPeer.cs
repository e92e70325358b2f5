using Bucardo.Bench.Stages;

namespace Bucardo.Bench.Peers;

/// <summary>Nothing at all: what the databases do by themselves.</summary>
class NoPeer : IPeer
{
    public virtual IReadOnlyDictionary<string, string> ServerSettings { get; } = new Dictionary<string, string>();

    public virtual IReadOnlyList<int> Processes => [];

    public virtual Task SetUpAsync(Stage stage, CancellationToken cancellation) => Task.CompletedTask;

    public virtual Task AddSyncAsync(BenchSync sync, CancellationToken cancellation) => Task.CompletedTask;

    public virtual Task StartAsync(CancellationToken cancellation) => Task.CompletedTask;

    public virtual Task StopAsync(CancellationToken cancellation) => Task.CompletedTask;

    public virtual Task FlushAsync(BenchSync sync, IReadOnlyList<Change> changes, CancellationToken cancellation) => Task.CompletedTask;

    public virtual Task CopyAsync(BenchSync sync, CancellationToken cancellation) => throw new NotSupportedException();

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
