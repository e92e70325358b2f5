using System.Text.RegularExpressions;
using Bucardo.Engine.Replication;
using Bucardo.Engine.Service;

namespace Bucardo.Console.Tests;

/// <summary>kill -9 while a round takes note of a promoted standby: whatever it has, and what the others had got before from its primary, is on all nodes in the end.</summary>
public sealed class KillPromotedTests : IClassFixture<KillPromotedTests.Shared>
{
    const string Table = "event";

    readonly Shared _shared;

    public KillPromotedTests(Shared shared) => _shared = shared;

    /// <summary>Two sources, of which the second is promoted in each case, and a target.</summary>
    public sealed class Shared : IAsyncLifetime
    {
        int _cases;

        internal World World { get; private set; } = null!;

        internal PostgresCluster Cluster { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            if (PostgresServers.AreExternal) return;
            Cluster = await PostgresCluster.StartAsync();
            World = await World.CreateAsync("sst", second: Cluster);
        }

        public async Task DisposeAsync()
        {
            if (Cluster is null) return;
            await World.DisposeAsync();
            await Cluster.DisposeAsync();
        }

        internal int Next() => ++_cases;
    }

    // The first source and the target learn that the second goes on under another timeline, each by looking at what it wrote since.
    static IEnumerable<string> Points(string side) => new[] { "switch@n2", "adopt@n1", "adopt@n3" }.Select(p => $"{side}-{p}");

    public static IEnumerable<object[]> AllPoints() => Points("before").Concat(Points("after")).Select(p => new object[] { p });

    Task RoundAsync() => SyncOperations.RunOnceAsync(_shared.World.Control, "s1", null, default);

    // The standby lacks what the primary wrote and sent last, and gives its transaction ids again. Returns all rows that there are.
    async Task<string> PromoteAsync(int number)
    {
        var (world, cluster) = (_shared.World, _shared.Cluster);
        await world.ExecuteAsync(1, $"DELETE FROM {Table}; INSERT INTO {Table} VALUES (1, 'c{number}')");
        await RoundAsync();
        await cluster.StopAsync();
        await cluster.SaveFilesAsync();
        await cluster.StartAgainAsync();
        for (var i = 11; i <= 13; i++) await world.ExecuteAsync(1, $"INSERT INTO {Table} VALUES ({i}, 'lost')");
        // Without maintenance: nobody may purge yet for what the primary says it has, or the standby would be refused.
        await using (var session = new SyncSession(await world.Control.Syncs.LoadDefinitionAsync("s1", default))) await session.RunAsync(tryAll: true, null, default);
        await cluster.StopAsync(StopMode.Immediate);
        await cluster.LoadFilesAsync();
        await cluster.StartPromotedAsync();
        await world.ExecuteAsync(1, $"INSERT INTO {Table} VALUES (21, 'new')");
        await world.ExecuteAsync(0, $"UPDATE {Table} SET note = 'other' WHERE id = 1");
        return "1=other 11=lost 12=lost 13=lost 21=new";
    }

    [OwnServersFact]
    public async Task The_points_are_those_that_a_round_reaches()
    {
        var rows = await PromoteAsync(_shared.Next());
        await using var daemon = BucardoProcess.StartDaemon(_shared.World.Settings, "trace");
        await _shared.World.WaitForRowsAsync(Table, rows);
        Assert.Equal(0, await daemon.StopAsync());
        var reached = Regex.Matches(daemon.Output, @"fault (\S+-(?:switch|adopt)@\S+)").Select(m => m.Groups[1].Value).Distinct().Order();
        Assert.Equal(Points("before").Concat(Points("after")).Order(), reached);
    }

    [OwnServersTheory]
    [MemberData(nameof(AllPoints))]
    public async Task A_daemon_killed_while_it_takes_note_of_a_promoted_standby_loses_nothing(string point)
    {
        var rows = await PromoteAsync(_shared.Next());
        await using (var daemon = BucardoProcess.StartDaemon(_shared.World.Settings, $"{point}:kill")) Assert.Equal(137, await daemon.WaitForExitAsync());
        await RoundAsync();
        await _shared.World.WaitForRowsAsync(Table, rows);
    }
}
