using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Replication.Nodes;

// Its connections.
public sealed partial class PgRoundNode
{
    /// <summary>Connects and reads the tables' shapes.</summary>
    /// <exception cref="BucardoException">The database cannot be reached or has not been prepared.</exception>
    public static async Task<PgRoundNode> OpenAsync(SyncDefinition definition, Member member, SyncSessionOptions options, CancellationToken cancellation) =>
        await OpenAsync(definition, member, options, await OpenAsync(member, options, ReadPurpose(definition), cancellation), cancellation);

    /// <summary>The same with a connection that is there already, of a session that has prepared the node: its server process knows the tables, and a new one would have to learn them. It is the node's from now on, also where this fails.</summary>
    /// <exception cref="BucardoException">The database cannot be reached or has not been prepared.</exception>
    internal static Task<PgRoundNode> OpenAsync(SyncDefinition definition, Member member, SyncSessionOptions options, NpgsqlConnection read, CancellationToken cancellation) =>
        OpenAsync(definition, member, options, read, null, cancellation);

    static async Task<PgRoundNode> OpenAsync(SyncDefinition definition, Member member, SyncSessionOptions options, NpgsqlConnection read, NodeTables? tables, CancellationToken cancellation)
    {
        NpgsqlConnection? apply = null;
        try
        {
            await read.RenameAsync(Purpose(options, ReadPurpose(definition)), cancellation);
            apply = await OpenAsync(member, options, $"apply {definition.Sync.Name}", cancellation);
            tables ??= await NodeTables.ReadAsync(read, definition, cancellation);
            // Reading waits for nobody's ALTER TABLE, or the whole round would.
            await read.ExecuteAsync(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"SET lock_timeout = {(long)options.LockTimeout.TotalMilliseconds}"), cancellation);
            var asReplica = await MayActAsReplicaAsync(apply, cancellation);
            // For good, and not round by round: the server throws all its plans away whenever it changes.
            if (asReplica) await apply.ExecuteAsync("SET session_replication_role = replica", cancellation);
            var timeline = await ServerTimeline.ReadAsync(read, cancellation);
            return new PgRoundNode(definition, member, options, read, apply, timeline, asReplica, tables)
            {
                _backends = (await BackendAsync(read, cancellation), await BackendAsync(apply, cancellation)),
            };
        }
        catch
        {
            await read.DisposeAsync();
            if (apply is not null) await apply.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Connects to the database once more, for what goes on apart from this node's rounds. The tables are what they were for this node: where they have changed since, it shows.
    /// What becomes of this node, becomes of the other one.
    /// </summary>
    internal async Task<PgRoundNode> OpenTwinAsync(CancellationToken cancellation)
    {
        var twin = await OpenAsync(_definition, Member, _options, await OpenAsync(Member, _options, ReadPurpose(_definition), cancellation), _found, cancellation);
        twin.Bind(_layouts);
        twin._twinOf = this;
        return _twin = twin;
    }

    static string ReadPurpose(SyncDefinition definition) => $"read {definition.Sync.Name}";

    // Sessions that only look have a name of their own, so that nobody takes them for those of a round.
    static string Purpose(SyncSessionOptions options, string purpose) => options.Purpose ?? (options.LooksOnly ? "look" : purpose);

    static async Task<NpgsqlConnection> OpenAsync(Member member, SyncSessionOptions options, string purpose, CancellationToken cancellation)
    {
        var connection = await NodeConnection.OpenAsync(member.Connection, member.Name, Purpose(options, purpose), cancellation);
        if (options.LooksOnly) await connection.ExecuteAsync("SET default_transaction_read_only = on", cancellation);
        return connection;
    }

    // Asked, because a pooler in between gives numbers of its own.
    static async Task<int> BackendAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = connection.Command("SELECT pg_backend_pid()");
        return (int)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Whether the session's role may set session_replication_role: superusers, roles that were granted it, and what clouds have in their place.</summary>
    public static async Task<bool> MayActAsReplicaAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        try
        {
            await connection.ExecuteAsync("SET session_replication_role = replica; RESET session_replication_role", cancellation);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            return false;
        }
    }
}
