using System.Globalization;
using Bucardo.Engine.Catalog;
using Npgsql;

namespace Bucardo.Faults.Support;

/// <summary>A world as a seed makes it: how many nodes of which role, how conflicts are decided, who replicates, and how much room there is.</summary>
sealed class RandomWorld : IAsyncDisposable
{
    // Rows that each writer has of its own (item, part) and rows that all fight for (hot, warm).
    const string Schema = """
        CREATE TABLE item (id int PRIMARY KEY, code int UNIQUE, note text NOT NULL);
        CREATE TABLE part (item int REFERENCES item ON UPDATE CASCADE ON DELETE CASCADE, no int, note text NOT NULL, PRIMARY KEY (item, no));
        CREATE TABLE hot (id int PRIMARY KEY, code int UNIQUE, note text NOT NULL);
        CREATE TABLE warm (id int PRIMARY KEY, hot int NOT NULL REFERENCES hot ON UPDATE CASCADE ON DELETE CASCADE, other int REFERENCES hot ON UPDATE CASCADE ON DELETE SET NULL, code int UNIQUE, note text NOT NULL);
        """;

    // Rows that refer to nothing, and unique values that are there twice.
    const string Broken = """
        SELECT 'part ' || p::text FROM part p WHERE NOT EXISTS (SELECT FROM item i WHERE i.id = p.item)
        UNION ALL SELECT 'warm ' || w::text FROM warm w WHERE NOT EXISTS (SELECT FROM hot h WHERE h.id = w.hot) OR w.other IS NOT NULL AND NOT EXISTS (SELECT FROM hot h WHERE h.id = w.other)
        UNION ALL SELECT 'hot with code ' || code FROM hot GROUP BY code HAVING count(code) > 1
        UNION ALL SELECT 'warm with code ' || code FROM warm GROUP BY code HAVING count(code) > 1
        UNION ALL SELECT 'item with code ' || code FROM item GROUP BY code HAVING count(code) > 1
        """;

    const string Activity = """
        SELECT format('%s %s %s, waits for %s, blocked by %s, transaction %s, state %s: %s', a.pid, a.usename, a.application_name, coalesce(a.wait_event, 'nothing'), pg_blocking_pids(a.pid),
                      date_trunc('milliseconds', now() - a.xact_start), a.state, left(regexp_replace(a.query, '\s+', ' ', 'g'), 200))
        FROM pg_stat_activity a WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
        """;

    readonly SmallDisk? _disk;

    RandomWorld(FaultWorld world, SmallDisk? disk, Random random, int seed, string name)
    {
        (World, _disk, Name) = (world, disk, name);
        Writers = [.. Enumerable.Range(0, world.Nodes.Count).Where(world.IsSource).Select(i => new Writer(world.Nodes[i], i, seed) { HasWarm = true })];
        Faults = new RandomFaults(world, random, disk, Writers);
    }

    public FaultWorld World { get; }

    public RandomFaults Faults { get; }

    public List<Writer> Writers { get; }

    /// <summary>What it is, for people.</summary>
    public string Name { get; }

    public static async Task<RandomWorld> CreateAsync(Clusters clusters, Random random, int seed)
    {
        var roles = new[] { "ss", "st", "sst", "sss", "ssst", "ssss", "sssst", "sssss" }[random.Next(8)];
        var strategy = new[] { "bucardo_latest", "bucardo_latest", "bucardo_latest", "bucardo_source", "bucardo_target" }[random.Next(5)];
        var isOrdinary = random.Next(3) == 0;
        var hasDisk = random.Next(3) == 0 && SmallDisk.IsPossible;
        var daemons = random.Next(1, 3);
        // What has come later draws from numbers of its own, so that a seed stays what it was but for that: small steps, so that who was away has a backlog, and targets that are brought level apart.
        var other = new Random(~seed);
        var step = other.Next(3) == 0 ? other.Next(20, 200) : 500_000;
        if (step < 500_000 && other.Next(2) == 0) roles = new[] { "stt", "sstt", "ssstt" }[other.Next(3)];
        var disk = hasDisk ? await SmallDisk.CreateAsync(clusters.Second, megabytes: 64) : null;
        var world = await FaultWorld.CreateAsync(clusters, roles, Schema, ["warm", "part", "item", "hot"], strategy, isOrdinary ? $"plain_{Environment.ProcessId}" : null, step);
        if (disk is not null) await disk.TakeAsync(world.Nodes[1]);
        for (var i = 0; i < daemons; i++) await world.ServeAsync();
        return new RandomWorld(world, disk, random, seed, $"{roles}, {strategy}{(isOrdinary ? ", ordinary role" : "")}{(hasDisk ? ", small disk" : "")}{(step < 500_000 ? $", steps of {step}" : "")}, {daemons} daemons");
    }

    /// <summary>Fails unless all nodes are equal, nothing is missing that was acknowledged, no rule is broken, and the history says nothing that cannot be.</summary>
    public async Task CheckAsync()
    {
        await World.SettleAsync(Writers);
        await Faults.CheckAsync();
        foreach (var node in World.Nodes)
        {
            var broken = (await node.QueryAsync(Broken)).Select(r => r[0]).ToList();
            Assert.True(broken.Count == 0, $"rows that refer to nothing, or have the same unique value: {string.Join(", ", broken)}\n{World.Log()}");
        }
        await CheckHistoryAsync();
    }

    /// <summary>What daemons have said and sessions are doing, for who has to find out why something failed.</summary>
    public async Task<string> ExplainAsync()
    {
        var text = World.Log();
        for (var i = 0; i < World.Nodes.Count; i++)
        {
            try
            {
                text += $"\n--- n{i + 1}\n{string.Join('\n', (await World.Nodes[i].QueryAsync(Activity)).Select(r => r[0]))}";
            }
            catch (NpgsqlException e)
            {
                text += $"\n--- n{i + 1}: {e.Message}";
            }
        }
        return text;
    }

    async Task CheckHistoryAsync()
    {
        await Poll.UntilAsync(async () => (await Task.WhenAll(World.Nodes.Select(n => n.ScalarAsync<long>("SELECT count(*) FROM bucardo_node.conflict")))).Sum() == 0,
            TimeSpan.FromSeconds(90), () => $"the history should have been moved to the control database\n{World.Log()}");
        foreach (var conflict in await World.Control.Conflicts.ListAsync(new ConflictFilter { Sync = "s1" }))
        {
            // A row of which one node had got a version that its writer's server has lost.
            if (conflict.Table is "public.item" or "public.part" && int.Parse(conflict.Key[0], CultureInfo.InvariantCulture) is var item && Writers.Any(w => w.IsUnsure(item))) continue;
            Assert.True(conflict.Table is not ("public.item" or "public.part"), $"a row that only one node writes is in conflict: {conflict.Table} {string.Join(", ", conflict.Key)} {conflict.Kind}\n{World.Log()}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var daemon in World.Daemons.ToList()) await World.RemoveAsync(daemon);
        await Faults.HealServersAsync();
        await World.DisposeAsync();
        if (_disk is not null) await _disk.DisposeAsync();
    }
}
