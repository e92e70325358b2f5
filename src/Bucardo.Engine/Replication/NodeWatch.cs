using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Nodes;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Replication;

/// <summary>
/// Looks after the nodes of a round that takes long. A statement may well take minutes; a network that swallows packets, or a server that hangs, looks the same from
/// here. So each node is asked over a further connection what the round's own ones are doing there. Who does not answer, or knows nothing of a statement that this side
/// waits for, is given up, and with it the round: the next attempt does without that node.
/// </summary>
sealed class NodeWatch : IAsyncDisposable
{
    static readonly TimeSpan s_parting = TimeSpan.FromSeconds(2);

    readonly IReadOnlyList<PgRoundNode> _nodes;
    readonly TimeSpan _interval;
    readonly TimeSpan _limit;
    readonly CancellationTokenSource _round;
    readonly TaskCompletionSource _found = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly CancellationTokenSource _stop = new();
    readonly Task _watching;

    /// <summary>Begins to watch.</summary>
    /// <param name="nodes">The nodes of the round.</param>
    /// <param name="options">How long nodes may be silent.</param>
    /// <param name="cancellation">Cancels the round.</param>
    public NodeWatch(IReadOnlyList<PgRoundNode> nodes, SyncSessionOptions options, CancellationToken cancellation)
    {
        (_nodes, _interval, _limit) = (nodes, options.SilenceInterval, options.SilenceLimit);
        _round = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _watching = WatchAsync();
    }

    /// <summary>
    /// Runs something with the nodes. When one is found to be silent, it is cancelled; and if it does not end then, because the driver waits for the silent one too, it is
    /// left to itself: nothing is ever said to any of its nodes again.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled, or a node is <see cref="Silent"/>.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> run)
    {
        var running = run(_round.Token);
        if (await Task.WhenAny(running, _found.Task) == running) return await running;
        if (await Task.WhenAny(running, Task.Delay(s_parting)) == running) return await running;
        foreach (var node in _nodes) node.GiveUp();
        _ = running.ContinueWith(r => r.Exception, TaskScheduler.Default);
        throw new OperationCanceledException(_round.Token);
    }

    /// <summary>The nodes that were given up, and why.</summary>
    public IReadOnlyDictionary<PgRoundNode, string> Silent { get; private set; } = new Dictionary<PgRoundNode, string>();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    async Task WatchAsync()
    {
        var seen = _nodes.ToDictionary(n => n, _ => "");
        try
        {
            while (true)
            {
                await Task.Delay(_interval, _stop.Token);
                var reasons = await Task.WhenAll(_nodes.Select(n => LookAsync(n, seen)));
                var silent = _nodes.Zip(reasons).Where(p => p.Second is not null).ToDictionary(p => p.First, p => p.Second!);
                if (silent.Count == 0) continue;
                Silent = silent;
                foreach (var node in silent.Keys) node.GiveUp();
                // Npgsql asks the server to cancel, on the thread that says so; a server that is silent keeps that thread waiting.
                _ = Task.Run(_round.Cancel, CancellationToken.None);
                _found.SetResult();
                return;
            }
        }
        catch (OperationCanceledException)
        {
            // The round is over.
        }
    }

    // Why the node has to be given up; null when it is well.
    async Task<string?> LookAsync(PgRoundNode node, Dictionary<PgRoundNode, string> seen)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        limit.CancelAfter(_limit);
        try
        {
            // Never more than the limit, whatever the driver does to say good-bye.
            var lost = await FindLostAsync(node, seen[node], limit.Token).WaitAsync(limit.Token);
            var before = seen[node];
            seen[node] = lost;
            return lost.Length > 0 && lost == before ? $"The connection to database {node.Name} was lost without a word; it is tried again." : null;
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            return $"Database {node.Name} has stopped answering: neither it nor the network to it said why; it is tried again.";
        }
        catch (Exception e) when (e is BucardoException or NpgsqlException or IOException)
        {
            // The server is there and says no, or it says that it is gone: then the round's own connections have heard it too.
            return null;
        }
    }

    // The backends that this side waits for while they wait for this side, and since when. Seen twice, they are ended: they may hold locks.
    static async Task<string> FindLostAsync(PgRoundNode node, string before, CancellationToken cancellation)
    {
        var backends = node.Backends;
        await using var connection = await NodeConnection.OpenAsync(node.Member.Connection, node.Name, "watch", cancellation);
        await using var command = connection.Command(SqlText.Load("Replication/Sql/lost_backends.sql"), backends.Select(b => b.Process).ToArray(), backends.Select(b => b.HasStatement).ToArray());
        var lost = new List<(int Process, string Since)>();
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation)) lost.Add((reader.GetInt32(0), reader.GetString(1)));
        }
        var text = string.Join(", ", lost);
        if (lost.Count > 0 && text == before)
            await connection.ExecuteAsync("SELECT pg_terminate_backend(p) FROM unnest($1::integer[]) AS p", cancellation, lost.Select(l => l.Process).ToArray());
        return text;
    }
}
