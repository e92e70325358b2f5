using Bucardo.Engine.Replication;
using Bucardo.Engine.Service.Clocks;

namespace Bucardo.Engine.Service;

/// <summary>How the service behaves.</summary>
public sealed record ServiceOptions
{
    /// <summary>Run only these syncs; empty: all active ones.</summary>
    public IReadOnlyList<string> Syncs { get; init; } = [];

    /// <summary>How long a round in hand may go on once the service is told to stop, before it is rolled back.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often what is not announced is looked at: syncs that another service has let go, change rows to purge.</summary>
    public TimeSpan Upkeep { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How often change rows that every peer has seen are purged.</summary>
    public TimeSpan PurgeInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a sync has nothing to do before it gives its connections up, if others had something to do later; its next round makes them anew. And how long all of them have nothing to do before
    /// memory that is not used is given back.
    /// </summary>
    public TimeSpan RestAfter { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many syncs keep their connections to a database though they have nothing to do.</summary>
    public int KeptSyncs { get; init; } = 2;

    /// <summary>Gives memory back that is not used.</summary>
    public Action GiveMemoryBack { get; init; } = ProcessMemory.GiveBack;

    /// <summary>How often the sources' clocks are looked at.</summary>
    public TimeSpan ClockInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Reads the sources' clocks.</summary>
    public IClockReader Clocks { get; init; } = ServerClock.Instance;

    /// <summary>
    /// How long a round brings targets level that have a backlog before it comes to its end and the next one goes on: meanwhile what is due beside the rounds (purging, a sync that was changed) waits.
    /// </summary>
    public TimeSpan LongestCatchUp { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The first wait after a failed round; it doubles up to <see cref="LongestRetry"/>.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait after a failed round.</summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How rounds are run.</summary>
    public SyncSessionOptions Session { get; init; } = new() { Patience = TimeSpan.FromSeconds(2) };
}
