using Bucardo.Engine.Capture;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Nodes;
using Bucardo.Model;

namespace Bucardo.Engine.Replication;

/// <summary>The way to one node: connected, or waiting for its next attempt with exponential back-off and jitter.</summary>
sealed class NodeLink(SyncDefinition definition, Member member, SyncSessionOptions options) : IAsyncDisposable
{
    static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(10);

    // A node that was away a moment ago probably still is.
    static readonly TimeSpan s_shortPatience = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    int _failures;
    Task<PgRoundNode>? _connecting;
    CancellationTokenSource? _giveUp;
    DateTimeOffset _since;
    DateTimeOffset _nextAttempt = DateTimeOffset.MinValue;

    public Member Member => member;

    public PgRoundNode? Node { get; private set; }

    /// <summary>Tables that cannot be captured on the node as they are.</summary>
    public IReadOnlyList<Problem> Broken { get; private set; } = [];

    /// <summary>Why the node is away; null while it is here.</summary>
    public string? Problem { get; private set; }

    /// <summary>Whether an attempt is under way: it goes on while rounds are run among the others.</summary>
    public bool IsConnecting => _connecting is not null;

    /// <summary>When there is something to do for a node that is away: the next attempt, or a look at the one that is under way.</summary>
    public DateTimeOffset NextLook => IsConnecting ? options.Time.GetUtcNow() + s_look : _nextAttempt;

    /// <summary>
    /// Connects if the node is away and it is time. Prepares the node too: what has been lost there meanwhile is repaired. True when it has just come. An attempt that
    /// takes longer than the caller's patience goes on by itself, and one of the next calls finds its result.
    /// </summary>
    public async Task<bool> ConnectAsync(bool now, TimeSpan patience, CancellationToken cancellation)
    {
        if (Node is not null || (_connecting is null && !now && options.Time.GetUtcNow() < _nextAttempt)) return false;
        if (_connecting is null)
        {
            _giveUp = new CancellationTokenSource(options.ConnectTimeout);
            _since = options.Time.GetUtcNow();
            _connecting = OpenAsync(_giveUp.Token);
        }
        if (_failures > 0 && !now && patience < options.ConnectTimeout) patience = Min(patience, s_shortPatience);
        var rest = _since + patience - options.Time.GetUtcNow();
        if (rest > TimeSpan.Zero) await Task.WhenAny(_connecting, Task.Delay(rest, cancellation));
        cancellation.ThrowIfCancellationRequested();
        if (!_connecting.IsCompleted)
        {
            Problem ??= $"Database {member.Name} has not answered yet.";
            return false;
        }
        try
        {
            (Node, Problem, _failures) = (await Finished(), null, 0);
            return true;
        }
        catch (OperationCanceledException)
        {
            await FailAsync($"Database {member.Name} did not answer within {options.ConnectTimeout.TotalSeconds:0} s; it is tried again.");
        }
        catch (Exception e) when (e is BucardoException or Npgsql.NpgsqlException or IOException)
        {
            await FailAsync(e is BucardoException ? e.Message : NodeErrors.Describe(e, member.Name));
        }
        return false;
    }

    Task<PgRoundNode> Finished()
    {
        var connecting = _connecting!;
        _connecting = null;
        _giveUp!.Dispose();
        return connecting;
    }

    async Task<PgRoundNode> OpenAsync(CancellationToken cancellation)
    {
        var connection = await NodeConnection.OpenAsync(member.Connection, member.Name, "prepare", cancellation);
        try
        {
            await connection.ExecuteAsync(SqlText.Load("Replication/Sql/left_behind.sql"), cancellation, (object)new[] { $"bucardo read {definition.Sync.Name}", $"bucardo apply {definition.Sync.Name}" });
            if (await NodeCopyLock.IsTakenAsync(connection, definition.Sync.Id, cancellation)) throw NodeCopyLock.Refusal(member.Name);
            var broken = new List<Problem>();
            await new CaptureInstaller(connection, member, options.Capture).EnsureAsync(definition, cancellation, broken);
            Broken = broken;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
        return await PgRoundNode.OpenAsync(definition, member, options, connection, cancellation);
    }

    public async Task FailAsync(string problem)
    {
        await DisconnectAsync();
        Problem = problem;
        _failures++;
        var wait = TimeSpan.FromMilliseconds(Math.Min(s_longestWait.TotalMilliseconds, 250 * Math.Pow(2, Math.Min(_failures, 10))));
        _nextAttempt = options.Time.GetUtcNow() + wait * (0.5 + Random.Shared.NextDouble() / 2);
    }

    public async Task DropIfBrokenAsync()
    {
        if (Node is { IsBroken: true }) await FailAsync($"The connection to database {member.Name} was lost; it is tried again.");
    }

    public async Task DisconnectAsync()
    {
        if (Node is null) return;
        try
        {
            await Node.DisposeAsync();
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or IOException or InvalidOperationException)
        {
            // It was broken already.
        }
        Node = null;
    }

    /// <summary>Closes everything, an attempt that is under way included.</summary>
    public async ValueTask DisposeAsync()
    {
        await DisconnectAsync();
        if (_connecting is null) return;
        // Npgsql asks the server to cancel, on the thread that says so; a server that is silent keeps that thread waiting.
        _ = Task.Run(_giveUp!.Cancel);
        await Task.WhenAny(DropAsync(_connecting), Task.Delay(TimeSpan.FromSeconds(2)));
        _connecting = null;
    }

    // What comes of it now is nobody's.
    static async Task DropAsync(Task<PgRoundNode> connecting)
    {
        try
        {
            await (await connecting).DisposeAsync();
        }
        catch (Exception e) when (e is BucardoException or Npgsql.NpgsqlException or IOException or InvalidOperationException or OperationCanceledException)
        {
            // Nothing came of it.
        }
    }

    static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
