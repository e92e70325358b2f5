using System.Globalization;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Replication.Hooks;

/// <summary>
/// A function of the databases themselves, asked on the one that holds the latest version: on a connection of its own, in a transaction that may only read, so that
/// whatever it does or fails with leaves nothing behind and the round's own transactions are not touched.
/// </summary>
/// <param name="code">The function.</param>
/// <param name="sync">Name of the sync.</param>
/// <param name="members">The databases of the sync.</param>
sealed class SqlFunctionHook(ConflictCode code, string sync, IReadOnlyList<Member> members) : IConflictHook, IAsyncDisposable
{
    // For the way there and back; the function itself is stopped by its own limit.
    static readonly TimeSpan s_way = TimeSpan.FromSeconds(5);

    readonly Dictionary<string, NpgsqlConnection> _connections = [];

    public async Task<HookAnswer> AskAsync(ConflictQuestion conflict, string node, CancellationToken cancellation)
    {
        try
        {
            var connection = await ConnectionToAsync(node, cancellation);
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            await connection.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = {(long)code.Timeout.TotalMilliseconds}"), cancellation);
            await using var command = connection.Command(SqlText.Load("Replication/Sql/hook.sql", ("function", FunctionName.Quoted(code.Source))), HookJson.Write(conflict));
            command.CommandTimeout = (int)Math.Ceiling((code.Timeout + s_way).TotalSeconds);
            var answer = await command.ExecuteScalarAsync(cancellation) as string;
            await transaction.RollbackAsync(cancellation);
            return HookJson.Read(answer);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.QueryCanceled && !cancellation.IsCancellationRequested)
        {
            throw new HookFailedException($"it did not answer within {Display.Duration(code.Timeout)}", isItsOwn: false, e);
        }
        catch (PostgresException e)
        {
            // Not found, not allowed, not of that form: that is so for every conflict.
            throw new HookFailedException($"it failed: {e.MessageText} ({e.SqlState})", isItsOwn: e.SqlState is not ("42883" or "42501" or "3F000" or "42804"), e);
        }
        catch (Exception e) when (e is NpgsqlException or IOException or BucardoException or InvalidOperationException && !cancellation.IsCancellationRequested)
        {
            await DropAsync(node);
            throw new HookFailedException($"database {node} could not be asked: {e.Message}", isItsOwn: false, e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _connections.Keys.ToList()) await DropAsync(node);
    }

    async Task<NpgsqlConnection> ConnectionToAsync(string node, CancellationToken cancellation)
    {
        if (_connections.TryGetValue(node, out var known))
        {
            if (known.State == System.Data.ConnectionState.Open) return known;
            await DropAsync(node);
        }
        return _connections[node] = await NodeConnection.OpenAsync(members.First(m => m.Name == node).Connection, node, $"decide {sync}", cancellation);
    }

    async Task DropAsync(string node)
    {
        if (_connections.Remove(node, out var connection)) await connection.AbandonAsync();
    }
}
