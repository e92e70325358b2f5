using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Bucardo.Faults;

/// <summary>A row that pgbench writes on four masters all the time.</summary>
[Collection(ServerFaultCollection.Name)]
public class HotRowTests(ServerFaultClusters clusters, ITestOutputHelper output)
{
    // More than the test takes: it ends pgbench itself.
    const int Seconds = 120;

    static readonly TimeSpan s_limit = TimeSpan.FromSeconds(100);

    [OwnServersFact]
    public async Task A_row_that_all_masters_write_without_a_pause_gets_through_and_holds_up_no_other()
    {
        await using var world = await FaultWorld.CreateAsync(clusters, "ssss");
        await world.ServeAsync();
        await world.ExecuteAsync(0, "INSERT INTO hot SELECT n, n, 'begin' FROM generate_series(1, 3) n");
        await world.WaitForAsync("SELECT count(*) FROM hot", 3L);
        var script = Path.GetTempFileName();
        await File.WriteAllTextAsync(script, "UPDATE hot SET note = current_database() || txid_current() WHERE id = 1;\n");
        var before = await ReceivedAsync(world);
        var clients = world.Nodes.Select(n => StartClient(n, script)).ToList();
        var latencies = new List<double>();
        var start = Stopwatch.GetTimestamp();
        // Rows that nobody fights for keep flowing, and in the end the one that everybody does has come through everywhere.
        var after = before;
        for (var i = 1; i <= 5 || after.Zip(before).Any(p => p.First <= p.Second); i++)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < s_limit, $"the hot row gets through: {string.Join(", ", after.Zip(before, (a, b) => a - b))} versions received");
            var written = Stopwatch.GetTimestamp();
            await world.ExecuteAsync(i % 4, $"INSERT INTO part VALUES ({i}, 1, 'cold')");
            await world.WaitForAsync($"SELECT count(*) FROM part WHERE item = {i}", 1L);
            latencies.Add(Stopwatch.GetElapsedTime(written).TotalMilliseconds);
            after = await ReceivedAsync(world);
        }
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        foreach (var client in clients)
        {
            Assert.False(client.HasExited, "pgbench still runs");
            client.Kill();
            await client.WaitForExitAsync();
            client.Dispose();
        }
        File.Delete(script);
        output.WriteLine($"cold rows: {latencies.Count}, median {latencies.Order().ElementAt(latencies.Count / 2):0} ms, longest {latencies.Max():0} ms");
        output.WriteLine($"versions of the hot row received on n1 to n4 in {seconds:0.0} s of pgbench: {string.Join(", ", after.Zip(before, (a, b) => a - b))}");
        await world.SettleAsync();
    }

    static Task<long[]> ReceivedAsync(FaultWorld world) => Task.WhenAll(world.Nodes.Select(async n =>
    {
        var table = await n.ScalarAsync<int>("SELECT id FROM bucardo_node.captured WHERE relation = 'hot'::regclass");
        return await n.ScalarAsync<long>($"SELECT count(*) FROM bucardo_node.change_{table} WHERE origin IS NOT NULL");
    }));

    static Process StartClient(TestDatabase node, string script)
    {
        var start = new ProcessStartInfo(PostgresPrograms.PathOf("pgbench"),
            ["-n", "-c", "2", "-T", Seconds.ToString(CultureInfo.InvariantCulture), "-f", script, "-h", node.Server.HostName, "-p", node.Server.Port.ToString(CultureInfo.InvariantCulture), "-U", node.Server.UserName, node.Name]);
        start.Environment["PGPASSWORD"] = node.Server.Password;
        return Process.Start(start)!;
    }
}
