using Bucardo.Bench.Stages;

namespace Bucardo.Bench.Peers;

/// <summary>The raw limit: the same rows through <c>COPY | COPY</c> of two psqls, into tables with their indexes. It captures nothing and has to be told what to bring.</summary>
sealed class RawCopy : NoPeer
{
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(15);

    // The servers' addresses and the statements come as arguments, so nothing has to be quoted for the shell.
    const string Script = """
        psql=$1 host=$2 user=$3 from=$4 source=$5 to=$6 target=$7 out=$8 prepare=$9 in=${10}
        "$psql" -X -q -v ON_ERROR_STOP=1 -h "$host" -U "$user" -p "$from" -d "$source" -c "$out" |
        "$psql" -X -q -v ON_ERROR_STOP=1 -h "$host" -U "$user" -p "$to" -d "$target" -c 'BEGIN' -c "$prepare" -c "$in" -c 'COMMIT'
        """;

    public override async Task FlushAsync(BenchSync sync, IReadOnlyList<Change> changes, CancellationToken cancellation)
    {
        var (source, target) = (sync.Nodes[0], sync.Nodes[^1]);
        foreach (var change in changes)
        {
            await Clients.RunAsync("sh",
            [
                "-c", Script, "sh", PostgresPrograms.PathOf("psql"), source.Cluster.HostName, source.Cluster.UserName, Text(source.Cluster.Port), source.Name, Text(target.Cluster.Port), target.Name,
                $"COPY (SELECT * FROM {change.Table} WHERE {change.Where}) TO STDOUT",
                // As an empty statement does nothing, there is always one.
                change.Replaces ? $"TRUNCATE {change.Table}" : "SELECT",
                $"COPY {change.Table} FROM STDIN",
            ], s_limit, cancellation);
        }
        var marker = await source.ScalarAsync<long>($"SELECT n FROM {Workload.Marker} WHERE id = 1", cancellation);
        await target.ExecuteAsync(Workload.SetMarker(marker), cancellation);
    }

    static string Text(int port) => port.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
