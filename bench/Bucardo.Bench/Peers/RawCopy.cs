using Bucardo.Bench.Stages;

namespace Bucardo.Bench.Peers;

/// <summary>The raw limit: the same rows through <c>COPY | COPY</c> of two psqls, into tables with their indexes. It captures nothing and has to be told what to bring.</summary>
sealed class RawCopy : NoPeer
{
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(15);

    // The servers' addresses and the statements come as arguments, so nothing has to be quoted for the shell.
    const string Script = """
        psql=$1 host=$2 user=$3 from=$4 source=$5 to=$6 target=$7 out=$8 prepare=$9 in=${10} finish=${11}
        "$psql" -X -q -v ON_ERROR_STOP=1 -h "$host" -U "$user" -p "$from" -d "$source" -c "$out" |
        "$psql" -X -q -v ON_ERROR_STOP=1 -h "$host" -U "$user" -p "$to" -d "$target" -c 'BEGIN' -c "$prepare" -c "$in" -c "$finish" -c 'COMMIT'
        """;

    /// <summary>Whether a copy builds the primary keys after the rows.</summary>
    public bool BuildsIndexAfter { get; set; }

    public override async Task FlushAsync(BenchSync sync, IReadOnlyList<Change> changes, CancellationToken cancellation)
    {
        // As an empty statement does nothing, there is always one.
        foreach (var change in changes)
            await PourAsync(sync, $"COPY (SELECT * FROM {change.Table} WHERE {change.Where}) TO STDOUT", change.Replaces ? $"TRUNCATE {change.Table}" : "SELECT", $"COPY {change.Table} FROM STDIN", "SELECT", cancellation);
        var marker = await sync.Nodes[0].ScalarAsync<long>($"SELECT n FROM {Workload.Marker} WHERE id = 1", cancellation);
        await sync.Nodes[^1].ExecuteAsync(Workload.SetMarker(marker), cancellation);
    }

    // All tables at once: as fast as it goes.
    public override Task CopyAsync(BenchSync sync, CancellationToken cancellation) => Task.WhenAll(sync.Tables.Select(async table =>
    {
        var key = await sync.Nodes[0].ScalarAsync<string>($"SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype = 'p'", cancellation);
        await PourAsync(sync, $"COPY {table} TO STDOUT", BuildsIndexAfter ? $"ALTER TABLE {table} DROP CONSTRAINT {key!.Split(' ')[0]}" : "SELECT", $"COPY {table} FROM STDIN",
            BuildsIndexAfter ? $"ALTER TABLE {table} ADD CONSTRAINT {key}" : "SELECT", cancellation);
    }));

    static Task PourAsync(BenchSync sync, string read, string prepare, string write, string finish, CancellationToken cancellation)
    {
        var (source, target) = (sync.Nodes[0], sync.Nodes[^1]);
        return Clients.RunAsync("sh",
        [
            "-c", Script, "sh", PostgresPrograms.PathOf("psql"), source.Cluster.HostName, source.Cluster.UserName, Text(source.Cluster.Port), source.Name, Text(target.Cluster.Port), target.Name, read, prepare, write, finish,
        ], s_limit, cancellation);
    }

    static string Text(int port) => port.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
