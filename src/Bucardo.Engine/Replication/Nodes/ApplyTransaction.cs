using Bucardo.Engine.Postgres;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>The transaction that applies a step on a node, or holds rows for it.</summary>
sealed class ApplyTransaction(NpgsqlConnection connection)
{
    static readonly TimeSpan s_rollback = TimeSpan.FromSeconds(10);

    NpgsqlTransaction? _current;

    public bool IsOpen => _current is not null;

    /// <summary>Opens it, if it is not open yet.</summary>
    public async Task BeginAsync(CancellationToken cancellation) => _current ??= await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, cancellation);

    /// <summary>Notes a place to which it can go back.</summary>
    public Task SaveAsync(string name, CancellationToken cancellation) => _current!.SaveAsync(name, cancellation);

    /// <summary>Takes back what was done since.</summary>
    public Task RollbackToAsync(string name, CancellationToken cancellation) => _current!.RollbackAsync(name, cancellation);

    /// <summary>A statement has committed it.</summary>
    public async Task EndAsync()
    {
        await _current!.DisposeAsync();
        _current = null;
    }

    /// <summary>Takes everything back, if it is open. Never throws.</summary>
    public async Task RollbackAsync()
    {
        if (_current is null) return;
        try
        {
            await _current.RollbackAsync(CancellationToken.None).WaitAsync(s_rollback);
        }
        catch (Exception e) when (e is NpgsqlException or IOException or InvalidOperationException or TimeoutException or ObjectDisposedException)
        {
            // The connection is lost or stuck; the server rolls back when it notices, the next round opens another one.
            await connection.AbandonAsync();
        }
        _current = null;
    }
}
