using System.Diagnostics;
using Bucardo.Engine.Capture;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;

namespace Bucardo.Bench;

/// <summary>Databases with pgbench's tables on a cluster of their own, and a sync over them.</summary>
sealed class BenchNodes : IAsyncDisposable
{
    public const string Tables = "pgbench_accounts pgbench_branches pgbench_tellers";

    readonly PostgresCluster _cluster;

    BenchNodes(PostgresCluster cluster, SyncDefinition definition) => (_cluster, Definition) = (cluster, definition);

    public SyncDefinition Definition { get; }

    public PostgresCluster Cluster => _cluster;

    public static async Task<BenchNodes> CreateAsync(string roles, int scale, bool capture = true, bool counters = false)
    {
        var cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions { Fsync = true });
        await cluster.CreateDatabaseAsync("t1");
        await PgbenchAsync(cluster, "t1", $"-i -q -s {scale}");
        for (var i = 2; i <= roles.Length; i++) await cluster.CreateDatabaseAsync($"t{i}", "t1");
        string[] keys = ["aid", "bid", "tid"];
        string[] balances = ["abalance", "bbalance", "tbalance"];
        var definition = new SyncDefinition
        {
            Sync = new Sync { Id = 1, Name = "bench", Herd = "bench", DatabaseGroup = "bench", Status = SyncStatus.Active },
            Members = [.. roles.Select((r, i) => new Member
            {
                Id = i + 1,
                Name = $"t{i + 1}",
                Role = r == 's' ? DatabaseRole.Source : DatabaseRole.Target,
                Priority = 0,
                Status = DatabaseStatus.Active,
                Connection = cluster.For($"t{i + 1}"),
            })],
            Tables = [.. Tables.Split(' ').Select((t, i) => new Table { Id = i + 1, Database = "t1", Schema = "public", Name = t, KeyColumns = [keys[i]], Counters = counters ? [balances[i]] : [] })],
        };
        var nodes = new BenchNodes(cluster, definition);
        if (capture) await nodes.CaptureAsync();
        await cluster.ExecuteAsync("t1", "CHECKPOINT");
        return nodes;
    }

    public async Task CaptureAsync()
    {
        foreach (var member in Definition.Members)
        {
            await using var connection = await NodeConnection.OpenAsync(member.Connection, member.Name, "bench", default);
            await new CaptureInstaller(connection, member).EnsureAsync(Definition, default);
        }
    }

    public Task<string> PgbenchAsync(string database, string arguments) => PgbenchAsync(_cluster, database, arguments);

    /// <summary>Runs pgbench and returns its output.</summary>
    public static async Task<string> PgbenchAsync(PostgresCluster cluster, string database, string arguments)
    {
        var start = new ProcessStartInfo("pgbench", $"-h {cluster.HostName} -p {cluster.Port} -U {cluster.UserName} {arguments} {database}") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PGPASSWORD"] = cluster.Password;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"pgbench {arguments}: {await errors}");
    }

    /// <summary>All databases hold the same rows.</summary>
    public async Task VerifyAsync()
    {
        foreach (var table in Tables.Split(' '))
        {
            var sums = await Task.WhenAll(Definition.Members.Select(m => _cluster.ScalarAsync<string>(m.Name, $"SELECT count(*) || ' ' || sum(hashtextextended(t::text, 0)) FROM {table} t")));
            if (sums.Distinct().Count() > 1) throw new InvalidOperationException($"{table} differs: {string.Join("; ", sums)}");
        }
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();
}
