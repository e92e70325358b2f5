using System.Diagnostics;
using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>Looks at a node from outside: can it be reached, and does the role have the rights that replication needs there?</summary>
static class NodeTest
{
    const int OldestServer = 140000;

    /// <summary>Connects once and hangs up.</summary>
    /// <exception cref="BucardoException">HostUnreachable, AuthenticationFailed, DatabaseMissing, ConnectionFailed,
    /// InvalidConnectionString.</exception>
    public static async Task ConnectAsync(ConnectionSettings settings, string name, CancellationToken cancellation)
    {
        await using var source = ConnectionStrings.CreateDataSource(settings, b => b.Pooling = false);
        await using var connection = await OpenAsync(source, settings, name, cancellation);
    }

    /// <summary>An open connection, or the failure in our own words.</summary>
    public static async Task<NpgsqlConnection> OpenAsync(NpgsqlDataSource source, ConnectionSettings settings, string name,
        CancellationToken cancellation)
    {
        try
        {
            return await source.OpenConnectionAsync(cancellation);
        }
        catch (Exception e) when (e is not (OperationCanceledException or BucardoException))
        {
            throw ConnectionErrors.Translate(e, settings, name);
        }
    }

    /// <summary>Every problem, not the first one only.</summary>
    public static async Task<DatabaseTest> RunAsync(ConnectionSettings settings, string name, CancellationToken cancellation)
    {
        try
        {
            await using var source = ConnectionStrings.CreateDataSource(settings, b => b.Pooling = false);
            var watch = Stopwatch.StartNew();
            await using var connection = await OpenAsync(source, settings, name, cancellation);
            var elapsed = watch.Elapsed;
            var facts = (await Query.ListAsync(connection, "node_test", Facts, cancellation))[0];
            return new DatabaseTest
            {
                Name = name,
                ServerVersion = facts.Version,
                UserName = facts.Role,
                ConnectTime = elapsed,
                ApplyMode = await MayApplyAsReplicaAsync(connection, cancellation) ? "replica" : "origin",
                Problems = [.. Problems(facts, name)],
            };
        }
        catch (Exception e) when (e is BucardoException or NpgsqlException && !cancellation.IsCancellationRequested)
        {
            var error = ConnectionErrors.Translate(e, settings, name);
            return new DatabaseTest { Name = name, Problems = [new Problem(error.ErrorId, name, name, error.Message)] };
        }
    }

    static IEnumerable<Problem> Problems(NodeFacts facts, string name)
    {
        Problem Problem(string code, string message) => new(code, name, name, message);
        if (facts.VersionNumber < OldestServer)
            yield return Problem("ServerTooOld", $"Database '{name}' runs PostgreSQL {facts.Version}; version 14 or later is needed.");
        if (facts.InRecovery)
            yield return Problem("ServerInRecovery",
                $"Database '{name}' is a standby (in recovery) and takes no writes; connect to its primary.");
        else if (facts.ReadOnly)
            yield return Problem("DatabaseReadOnly",
                $"Database '{name}' is read only: default_transaction_read_only is on for role \"{facts.Role}\"; switch it off.");
        if (!facts.HasSchema && !facts.MayCreate)
            yield return Problem("PermissionMissing",
                $"Role \"{facts.Role}\" lacks the right CREATE on database '{name}', which the schema bucardo_node needs; run there: " +
                $"GRANT CREATE ON DATABASE {Quote.Identifier(facts.Database)} TO {Quote.Identifier(facts.Role)}");
        if (facts.HasSchema && !facts.MayUseSchema)
            yield return Problem("PermissionMissing",
                $"Role \"{facts.Role}\" lacks the rights USAGE and CREATE on the schema bucardo_node of database '{name}'; run there: " +
                $"GRANT USAGE, CREATE ON SCHEMA bucardo_node TO {Quote.Identifier(facts.Role)}");
        if (!facts.MayTemp)
            yield return Problem("PermissionMissing",
                $"Role \"{facts.Role}\" lacks the right TEMPORARY on database '{name}', which applying large rounds needs; run there: " +
                $"GRANT TEMPORARY ON DATABASE {Quote.Identifier(facts.Database)} TO {Quote.Identifier(facts.Role)}");
    }

    // Rights to this parameter can come from superuser, a grant (15 and later) or a provider's own extension; only trying tells.
    static async Task<bool> MayApplyAsReplicaAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        try
        {
            await Query.ExecuteAsync(connection, "node_apply_mode", cancellation);
            return true;
        }
        catch (PostgresException)
        {
            return false;
        }
    }

    static NodeFacts Facts(NpgsqlDataReader r) => new(
        r.Get<string>("version"), r.Get<int>("version_number"), r.Get<string>("role"), r.Get<string>("database"),
            r.Get<bool>("may_create"), r.Get<bool>("may_temp"),
        r.Get<bool>("has_schema"), r.Get<bool>("may_use_schema"), r.Get<bool>("in_recovery"), r.Get<bool>("read_only"));

    sealed record NodeFacts(
        string Version, int VersionNumber, string Role, string Database, bool MayCreate, bool MayTemp, bool HasSchema, bool MayUseSchema,
            bool InRecovery, bool ReadOnly);
}
