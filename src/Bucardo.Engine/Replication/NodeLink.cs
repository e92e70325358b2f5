using Bucardo.Engine.Capture;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication.Nodes;
using Bucardo.Model;

namespace Bucardo.Engine.Replication;

/// <summary>The way to one node: connected, or waiting for its next attempt with exponential back-off and jitter.</summary>
sealed class NodeLink(SyncDefinition definition, Member member, SyncSessionOptions options)
{
    static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(30);

    int _failures;

    public Member Member => member;

    public PgRoundNode? Node { get; private set; }

    /// <summary>Why the node is away; null while it is here.</summary>
    public string? Problem { get; private set; }

    public DateTimeOffset NextAttempt { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>Connects if the node is away and it is time. Prepares the node too: what has been lost there meanwhile is repaired. True when it has just come.</summary>
    public async Task<bool> ConnectAsync(bool now, CancellationToken cancellation)
    {
        if (Node is not null || (!now && options.Time.GetUtcNow() < NextAttempt)) return false;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.ConnectTimeout);
        try
        {
            await using (var connection = await NodeConnection.OpenAsync(member.Connection, member.Name, "prepare", limit.Token))
                await new CaptureInstaller(connection, member).EnsureAsync(definition, limit.Token);
            Node = await PgRoundNode.OpenAsync(definition, member, options.LockTimeout, limit.Token);
            (Problem, _failures) = (null, 0);
            return true;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            await FailAsync($"Database {member.Name} did not answer within {options.ConnectTimeout.TotalSeconds:0} s; it is tried again.");
        }
        catch (Exception e) when (e is BucardoException or Npgsql.NpgsqlException or IOException)
        {
            await FailAsync(e is BucardoException ? e.Message : NodeErrors.Describe(e, member.Name));
        }
        return false;
    }

    public async Task FailAsync(string problem)
    {
        await DisconnectAsync();
        Problem = problem;
        _failures++;
        var wait = TimeSpan.FromMilliseconds(Math.Min(s_longestWait.TotalMilliseconds, 250 * Math.Pow(2, Math.Min(_failures, 10))));
        NextAttempt = options.Time.GetUtcNow() + wait * (0.5 + Random.Shared.NextDouble() / 2);
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
}
