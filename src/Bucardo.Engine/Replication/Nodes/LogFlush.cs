using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>
/// Sees to it that what a snapshot holds is on the server's disk before others rely on it. Transactions of applications that do not wait for the disk can be seen before they are there; a server
/// that crashes loses them, and gives their ids to others, which nobody would ask for any more.
/// </summary>
/// <param name="apply">Used where no transaction is open on it.</param>
/// <param name="member">The database, for a connection of its own otherwise.</param>
sealed class LogFlush(NpgsqlConnection apply, Member member) : IAsyncDisposable
{
    NpgsqlConnection? _own;
    string? _position;
    bool _isDone = true;

    /// <summary>A snapshot was opened.</summary>
    /// <param name="position">How far the log has to be on disk; null: it is, or nobody can tell.</param>
    /// <param name="isDone">Whether there is nothing to do.</param>
    public void Note(string? position, bool isDone) => (_position, _isDone) = (position, isDone);

    /// <summary>Writes the log, if it has not been written that far.</summary>
    /// <param name="applies">Whether a transaction is open that is to apply.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public async Task RunAsync(bool applies, CancellationToken cancellation)
    {
        if (_isDone) return;
        if (applies) _own ??= await NodeConnection.OpenAsync(member.Connection, member.Name, "flush", cancellation);
        await using var command = (applies ? _own! : apply).Command(SqlText.Load("Replication/Sql/flush.sql"), new NpgsqlParameter { Value = (object?)_position ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync(cancellation);
        _isDone = true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_own is not null) await _own.AbandonAsync();
    }
}
