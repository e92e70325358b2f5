using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>Creates the schema <c>bucardo</c> or brings it up to date.</summary>
static class ControlInstaller
{
    const int OldestServer = 140000;

    public static async Task<InstallResult> InstallAsync(
        ConnectionSettings settings, bool createDatabase, IReadOnlyList<Migration> migrations, CancellationToken cancellation)
    {
        var connected = false;
        try
        {
            var created = createDatabase && await CreateDatabaseAsync(settings, cancellation);
            await using var source = ConnectionStrings.CreateDataSource(settings, b => b.Pooling = false);
            await using var connection = await source.OpenConnectionAsync(cancellation);
            connected = true;
            RefuseOldServer(connection);
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            await Query.ExecuteAsync(connection, "install_lock", cancellation);
            var found = await ReadVersionAsync(connection, cancellation);
            RefuseForeign(found, migrations[^1].Version);
            var pending = migrations.Where(m => m.Version > found.Version).ToList();
            if (pending.Count > 0 && found.Owner is { } owner)
                throw new BucardoException("ForeignControlSchema", ErrorKind.Permission,
                    $"The schema bucardo of this database belongs to role {owner} and not to the role that logs in: log in as {owner}, or " +
                    $"use another database for the control schema.");
            if (!found.HasSchema) await Query.ExecuteAsync(connection, "install_schema", cancellation);
            foreach (var migration in pending)
            {
                await using (var command = new NpgsqlCommand(migration.Sql, connection)) await command.ExecuteNonQueryAsync(cancellation);
                await Query.ExecuteAsync(connection, "install_log", cancellation, found.Version == 0 ? "install" : "upgrade",
                    migration.Name, migration.Version.ToString(System.Globalization.CultureInfo.InvariantCulture));
            }
            if (pending.Count > 0)
                await Query.ExecuteAsync(connection, "install_version", cancellation,
                    pending[^1].Version.ToString(System.Globalization.CultureInfo.InvariantCulture), found.Version == 0);
            await transaction.CommitAsync(cancellation);
            return new InstallResult(created, found.Version, migrations[^1].Version, [.. pending.Select(m => m.Name)]);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new BucardoException("PermissionMissing", ErrorKind.Permission,
                $"The role may not install the control schema ({e.MessageText}); it needs CREATE on the database, or to own the schema " +
                $"bucardo, and CREATEDB if the database is to be made.", e);
        }
        catch (PostgresException e) when (!ConnectionErrors.IsConnectionFailure(e) && e.SqlState != PostgresErrorCodes.QueryCanceled)
        {
            throw ControlErrors.Translate(e, removing: false);
        }
        catch (NpgsqlException e) when (connected && e.InnerException is TimeoutException && !cancellation.IsCancellationRequested)
        {
            throw ControlContext.TimedOut(e);
        }
        catch (NpgsqlException e) when (!cancellation.IsCancellationRequested)
        {
            throw ConnectionErrors.Translate(e, settings, ControlContext.NodeName);
        }
    }

    /// <summary>Which migrations an installed schema lacks.</summary>
    public static async Task<InstallResult> InspectAsync(ConnectionSettings settings, IReadOnlyList<Migration> migrations, CancellationToken cancellation)
    {
        try
        {
            await using var source = ConnectionStrings.CreateDataSource(settings, b => b.Pooling = false);
            await using var connection = await source.OpenConnectionAsync(cancellation);
            var found = await ReadVersionAsync(connection, cancellation);
            RefuseForeign(found, migrations[^1].Version);
            if (found.Version == 0) throw NotInstalled(connection);
            return new InstallResult(false, found.Version, migrations[^1].Version, [.. migrations.Where(m => m.Version > found.Version).Select(m => m.Name)]);
        }
        catch (PostgresException e) when (!ConnectionErrors.IsConnectionFailure(e) && e.SqlState != PostgresErrorCodes.QueryCanceled)
        {
            throw ControlErrors.Translate(e, removing: false);
        }
        catch (NpgsqlException e) when (!cancellation.IsCancellationRequested)
        {
            throw ConnectionErrors.Translate(e, settings, ControlContext.NodeName);
        }
    }

    static BucardoException NotInstalled(NpgsqlConnection connection) => new("ControlNotInstalled", ErrorKind.InvalidOperation,
        $"The control database: database \"{connection.Database}\" on host {connection.Host}, port {connection.Port}, holds no control schema of Bucardo; run Install-Bucardo, or name the one that does.");

    /// <summary>Checks that the schema is there in the version that this program works with.</summary>
    public static async Task CheckAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var found = await ReadVersionAsync(connection, cancellation);
        RefuseForeign(found, Migration.CurrentVersion);
        if (found.Version == 0) throw NotInstalled(connection);
        if (found.Version < Migration.CurrentVersion)
            throw new BucardoException("ControlTooOld", ErrorKind.InvalidOperation,
                $"The control schema in database \"{connection.Database}\" has version {found.Version}, this program needs " +
                $"{Migration.CurrentVersion}; Update-Bucardo upgrades it.");
    }

    static async Task<(bool HasSchema, int Version, string? Foreign, string? Owner)> ReadVersionAsync(NpgsqlConnection connection,
        CancellationToken cancellation)
    {
        var state = (await Query.ListAsync(connection, "install_state", r =>
            (Schema: r.Get<bool>("has_schema"), Config: r.Get<bool>("has_config"), Objects: r.Get<bool>("has_objects"), Owner: r.Text("foreign_owner")), cancellation))[0];
        if (!state.Config) return (state.Schema, 0, state.Objects ? "objects that are not of this program" : null, state.Owner);
        var text = await Query.ValueAsync<string>(connection, "install_read", cancellation);
        return int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture,
            out var version) && version > 0
            ? (true, version, null, state.Owner) : (true, 0, $"Bucardo {text ?? "of unknown version"}", state.Owner);
    }

    static void RefuseForeign((bool HasSchema, int Version, string? Foreign, string? Owner) found, int newest)
    {
        if (found.Foreign is not null)
            throw new BucardoException("ForeignControlSchema", ErrorKind.InvalidOperation,
                $"The schema bucardo of this database holds {found.Foreign}; use another database for the control schema, it is left " +
                $"alone.");
        if (found.Version > newest)
            throw new BucardoException("ControlTooNew", ErrorKind.InvalidOperation,
                $"The control schema has version {found.Version}, this program knows versions up to {newest}; update Bucardo for " +
                $"PowerShell on this machine.");
    }

    static void RefuseOldServer(NpgsqlConnection connection)
    {
        if (connection.PostgreSqlVersion.Major < OldestServer / 10000)
            throw new BucardoException("ServerTooOld", ErrorKind.InvalidOperation,
                $"The server runs PostgreSQL {connection.PostgreSqlVersion}; the control database needs version 14 or later.");
    }

    // The database "postgres" is there on nearly every server; it is only used to issue CREATE DATABASE.
    static async Task<bool> CreateDatabaseAsync(ConnectionSettings settings, CancellationToken cancellation)
    {
        await using (var source = ConnectionStrings.CreateDataSource(settings, b => b.Pooling = false))
        {
            try
            {
                await using var there = await source.OpenConnectionAsync(cancellation);
                return false;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidCatalogName)
            {
                // Missing: it is made below.
            }
        }
        var name = ConnectionStrings.Build(settings).Database!;
        await using var maintenance = ConnectionStrings.CreateDataSource(settings, b => (b.Pooling, b.Database) = (false, "postgres"));
        await using var connection = await maintenance.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand($"CREATE DATABASE {Quote.Identifier(name)}", connection);
        try
        {
            await command.ExecuteNonQueryAsync(cancellation);
            // Everybody who can connect can stop the service, for NOTIFY asks for no right.
            command.CommandText = $"REVOKE ALL ON DATABASE {Quote.Identifier(name)} FROM PUBLIC";
            await command.ExecuteNonQueryAsync(cancellation);
            return true;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            return false;
        }
    }
}
