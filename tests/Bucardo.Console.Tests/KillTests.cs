using Bucardo.Engine.Catalog;
using System.Text.RegularExpressions;

namespace Bucardo.Console.Tests;

/// <summary>kill -9 in the middle of a round, at each of its fault points: nothing is lost, and all nodes end up equal.</summary>
public abstract class KillTests(KillTests.Shared shared)
{
    /// <summary>The nodes of all cases: two sources and a target.</summary>
    public sealed class Shared : IAsyncLifetime
    {
        readonly string _faultFile = Path.GetTempFileName();
        BucardoProcess? _daemon;
        int _cases;

        const string Greatest = """
            CREATE FUNCTION greatest_note(c jsonb) RETURNS jsonb LANGUAGE sql AS $$
                SELECT jsonb_build_object('winner', v ->> 'database') FROM jsonb_array_elements(c -> 'versions') v ORDER BY v -> 'row' ->> 'note' DESC LIMIT 1
            $$
            """;

        internal World World { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            World = await World.CreateAsync("sst", tables: ["item", "event", "extra", "bid"]);
            // Which row wins is in the row, so that both sources have something to settle; and each is asked, because it has the latest version of one of them.
            for (var i = 0; i < 3; i++) await World.ExecuteAsync(i, Greatest);
            await World.Control.CustomCodes.AddAsync(new NewCustomCode { Name = "greatest", Language = CustomCodeLanguage.Sql, Source = "public.greatest_note", Timeout = TimeSpan.FromSeconds(60) }, default);
            var bid = (await World.Control.Tables.ListAsync()).Single(t => t.Name == "bid");
            await World.Control.Tables.UpdateAsync(bid.Id, new TableChange { ConflictStrategy = "bucardo_custom(greatest)" }, default);
            await World.ExecuteAsync(0, "INSERT INTO item VALUES (1, 'new'), (2, 'new')");
            await DaemonAsync();
            await World.WaitForRowsAsync("item", "1=new 2=new");
        }

        public async Task DisposeAsync()
        {
            await EndAsync();
            await World.DisposeAsync();
            File.Delete(_faultFile);
        }

        internal int Next() => ++_cases;

        /// <summary>What the daemon is to do at its fault points from now on. Written whole or not at all.</summary>
        internal void SetFault(string fault)
        {
            File.WriteAllText(_faultFile + ".new", fault);
            File.Move(_faultFile + ".new", _faultFile, overwrite: true);
        }

        /// <summary>The daemon that serves: that of the case before, or a new one.</summary>
        internal async Task<BucardoProcess> DaemonAsync()
        {
            if (_daemon is not null) return _daemon;
            SetFault("");
            return _daemon = await BucardoProcess.ServeAsync(World.Settings, $"file={_faultFile}", []);
        }

        /// <summary>The daemon is gone, or goes now.</summary>
        internal async Task EndAsync()
        {
            if (_daemon is not null) await _daemon.DisposeAsync();
            _daemon = null;
        }
    }

    const string Effects = "snapshot count collect flush begin truncate stage staged apply record commit finish";

    // While a source is there it settles what it wrote; targets wrote nothing.
    const string SettlingEffects = "contest decide settle";

    // What outlasts the daemon, and what is followed by nothing else on its node. After any other effect it is as before the next.
    internal static IEnumerable<string> LastingPointNames(string side) => Points(side, "flush", "n1", "n2", "n3").Concat(Points(side, "settle", "n1", "n2")).Concat(Points(side, "commit", "n1", "n2", "n3"));

    internal static IEnumerable<string> PointNames(string side) =>
        Effects.Split(' ').SelectMany(e => Points(side, e, "n1", "n2", "n3")).Concat(SettlingEffects.Split(' ').SelectMany(e => Points(side, e, "n1", "n2")));

    static IEnumerable<string> Points(string side, string effect, params string[] nodes) => nodes.Select(n => $"{side}-{effect}@{n}");

    // Rows by COPY and rows by parameters, conflicts that are settled and one that is not, truncations, deletions: every effect of a round has something to do on every node.
    async Task<(string Item, string Event, string Extra, string Bid)> ChangeAsync(int number)
    {
        var world = shared.World;
        var mark = $"c{number}";
        var (kept, gone) = number % 2 == 0 ? (3, 2) : (2, 3);
        await world.ExecuteAsync(0, $"INSERT INTO item SELECT i, '{mark}' FROM generate_series(1000, 1599) i ON CONFLICT (id) DO UPDATE SET note = '{mark}'; UPDATE item SET note = '{mark} n1' WHERE id = 1");
        await world.ExecuteAsync(1, $"UPDATE item SET note = '{mark} n2' WHERE id = 1; DELETE FROM item WHERE id = {gone}");
        await world.ExecuteAsync(1, $"INSERT INTO item VALUES ({kept}, '{mark}') ON CONFLICT (id) DO UPDATE SET note = '{mark}'");
        await world.ExecuteAsync(0, $"TRUNCATE event; INSERT INTO event VALUES ({number}, '{mark}')");
        await world.ExecuteAsync(1, $"TRUNCATE extra; INSERT INTO extra VALUES ({number}, '{mark}')");
        await BidAsync(0, 1, $"{mark} 9");
        await BidAsync(1, 1, $"{mark} 2");
        await BidAsync(1, 2, $"{mark} 8");
        await BidAsync(0, 2, $"{mark} 1");
        return ($"1={mark} n2 {kept}={mark} " + string.Join(' ', Enumerable.Range(1000, 600).Select(i => $"{i}={mark}")), $"{number}={mark}", $"{number}={mark}", $"1={mark} 9 2={mark} 8");

        Task BidAsync(int node, int id, string note) => world.ExecuteAsync(node, $"INSERT INTO bid VALUES ({id}, '{note}') ON CONFLICT (id) DO UPDATE SET note = excluded.note");
    }

    /// <summary>A point that nobody has listed here would not be tested.</summary>
    protected async Task CheckThatAllPointsAreKnownAsync()
    {
        await shared.EndAsync();
        var (item, @event, extra, bid) = await ChangeAsync(shared.Next());
        await using var daemon = BucardoProcess.StartDaemon(shared.World.Settings, "trace");
        await shared.World.WaitForRowsAsync("item", item);
        await shared.World.WaitForRowsAsync("event", @event);
        await shared.World.WaitForRowsAsync("extra", extra);
        await shared.World.WaitForRowsAsync("bid", bid);
        Assert.Equal(0, await daemon.StopAsync());
        var reached = Regex.Matches(daemon.Output, @"fault (\S+)").Select(m => m.Groups[1].Value).Distinct().Order();
        Assert.Equal(PointNames("before").Concat(PointNames("after")).Order(), reached);
    }

    /// <summary>Kills a daemon at a point of its next round, and lets another one go on.</summary>
    protected async Task KillAsync(string point)
    {
        var number = shared.Next();
        var daemon = await shared.DaemonAsync();
        // Nothing of the rounds before is under way any more, and the next one begins when all changes are there.
        await shared.World.KickAsync();
        shared.SetFault("hold");
        var (item, @event, extra, bid) = await ChangeAsync(number);
        shared.SetFault($"{point}:kill");
        try
        {
            Assert.Equal(137, await daemon.WaitForExitAsync());
        }
        finally
        {
            await shared.EndAsync();
        }
        // Changes that come while no daemon is there arrive, too.
        await shared.World.ExecuteAsync(1, $"INSERT INTO event VALUES ({number + 2000}, 'later')");
        await shared.DaemonAsync();
        await shared.World.WaitForRowsAsync("item", item);
        await shared.World.WaitForRowsAsync("event", $"{@event} {number + 2000}=later");
        await shared.World.WaitForRowsAsync("extra", extra);
        await shared.World.WaitForRowsAsync("bid", bid);
        await WaitForConflictsAsync($"c{number}");
    }

    // Each conflict is in the history, once: whoever died had decided it and not brought it to the control database yet, or brought it and not noted that on the node, or neither.
    Task WaitForConflictsAsync(string mark)
    {
        var expected = $"bid 1: n2 {mark} 2 > n1 {mark} 9, bid 2: n1 {mark} 1 > n2 {mark} 8, item 1: n1 {mark} n1 > n2 {mark} n2";
        var found = "";
        return Poll.UntilAsync(async () =>
        {
            found = string.Join(", ", (await shared.World.Control.Conflicts.ListAsync()).Where(c => c.LoserRow?["note"]?.StartsWith(mark + " ", StringComparison.Ordinal) == true)
                .Select(c => $"{c.Table["public.".Length..]} {c.Key[0]}: {c.Loser} {c.LoserRow!["note"]} > {c.Winner} {c.WinnerRow!["note"]}").Order(StringComparer.Ordinal));
            return found == expected;
        }, Poll.Usual, () => $"the history should hold {expected}, each once, but holds {found}");
    }
}

/// <summary>Before each effect of a round.</summary>
public sealed class KillBeforeTests(KillTests.Shared shared) : KillTests(shared), IClassFixture<KillTests.Shared>
{
    public static IEnumerable<object[]> Points() => PointNames("before").Select(p => new object[] { p });

    [Fact]
    public Task The_points_are_those_that_a_round_reaches() => CheckThatAllPointsAreKnownAsync();

    [Theory]
    [MemberData(nameof(Points))]
    public Task A_daemon_killed_before_an_effect_loses_nothing(string point) => KillAsync(point);
}

/// <summary>After the effects of a round that outlast the daemon.</summary>
public sealed class KillAfterTests(KillTests.Shared shared) : KillTests(shared), IClassFixture<KillTests.Shared>
{
    public static IEnumerable<object[]> Points() => LastingPointNames("after").Select(p => new object[] { p });

    [Theory]
    [MemberData(nameof(Points))]
    public Task A_daemon_killed_after_an_effect_loses_nothing(string point) => KillAsync(point);
}
