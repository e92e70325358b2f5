using Bucardo.Bench.Measuring;
using Bucardo.Bench.Peers;

namespace Bucardo.Bench.Stages;

/// <summary>A peer with a stage of its own.</summary>
sealed class Contender : IAsyncDisposable
{
    long _marker;

    Contender(PeerKind kind, IPeer peer, Stage stage) => (Kind, Peer, Stage) = (kind, peer, stage);

    public PeerKind Kind { get; }

    public IPeer Peer { get; }

    public Stage Stage { get; }

    /// <summary>The sync that was added first.</summary>
    public BenchSync Sync { get; private set; } = new("none", [], [], false);

    public BenchNode Source => Stage.Source;

    public BenchNode Target => Stage.Target;

    /// <summary>Makes the stage and lets the peer prepare it; no sync yet.</summary>
    public static async Task<Contender> CreateAsync(PeerKind kind, StageOptions options, CancellationToken cancellation)
    {
        var peer = kind.Create();
        var stage = await Stage.CreateAsync(options, peer.ServerSettings, cancellation);
        var contender = new Contender(kind, peer, stage);
        try
        {
            await peer.SetUpAsync(stage, cancellation);
            return contender;
        }
        catch
        {
            await contender.DisposeAsync();
            throw;
        }
    }

    /// <summary>A sync over all nodes.</summary>
    public async Task AddSyncAsync(string name, IEnumerable<string> tables, bool autoKick, CancellationToken cancellation)
    {
        var sync = new BenchSync(name, Stage.Nodes, [.. tables], autoKick);
        await Peer.AddSyncAsync(sync, cancellation);
        if (Sync.Nodes.Count == 0) Sync = sync;
    }

    /// <summary>Runs a statement on the source in one transaction with a new marker; returns the marker.</summary>
    public async Task<long> WriteAsync(string sql, CancellationToken cancellation)
    {
        var marker = ++_marker;
        await Source.ExecuteAsync($"BEGIN; {sql}; {Workload.SetMarker(marker)}; COMMIT", cancellation);
        return marker;
    }

    /// <summary>Lets the peer bring what was written and waits until it is visible on the last node; returns the seconds that took.</summary>
    public async Task<double> ReplicateAsync(long marker, IReadOnlyList<Change> changes, TimeSpan limit, CancellationToken cancellation)
    {
        var arriving = Workload.TryAwaitMarkerAsync(Target, marker, limit, cancellation);
        await Peer.FlushAsync(Sync, changes, cancellation);
        return await arriving ?? throw new BenchException($"{Kind.Name}: what was written has not arrived within {limit.TotalSeconds:0} s.");
    }

    /// <summary>Measures a replication.</summary>
    public async Task<(double Arrived, Usage Usage)> MeasureAsync(long marker, IReadOnlyList<Change> changes, TimeSpan limit, CancellationToken cancellation)
    {
        var meter = Meter.Start(this);
        var arrived = await ReplicateAsync(marker, changes, limit, cancellation);
        return (arrived, meter.Stop());
    }

    public async ValueTask DisposeAsync()
    {
        await Peer.DisposeAsync();
        await Stage.DisposeAsync();
    }
}
