using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>The databases that take part in replication: <c>bucardo.db</c>.</summary>
public sealed class DatabaseCatalog
{
    readonly ControlContext _context;

    internal DatabaseCatalog(ControlContext context) => _context = context;

    /// <summary>Adds a database, connecting to it first unless told not to. Its password, if one is given, is stored encrypted.</summary>
    /// <exception cref="BucardoException">InvalidName, DatabaseExists, InvalidConnectionString, HostUnreachable, AuthenticationFailed,
    /// DatabaseMissing, ConnectionFailed, KeyFilePermissions.</exception>
    public async Task<Database> AddAsync(NewDatabase database, CancellationToken cancellation)
    {
        Names.Check(database.Name, "database");
        if (database.Group is not null) Names.Check(database.Group, "database group");
        var settings = ConnectionSecrets.Separate(database.Connection);
        var known = await _context.ReadAsync(c => NamesAsync(c, cancellation), cancellation);
        if (known.Contains(database.Name)) throw Exists(database.Name);
        if (!database.SkipTest) await NodeTest.ConnectAsync(settings, database.Name, cancellation);

        var password = settings.Password is { } clear ? _context.Vault.Encrypt(database.Name, clear) : null;
        return await _context.WriteAsync(async connection =>
        {
            await Query.ExecuteAsync(connection, "db_insert", cancellation,
                [database.Name, .. Columns(settings, password), Rows.Word(database.Status)]);
            if (database.Group is { } group)
            {
                var there = await Query.ValueAsync<string>(connection, "group_lock", cancellation, group) is not null;
                if (!there) await Query.ExecuteAsync(connection, "group_insert", cancellation, group, null);
                var role = database.Role ?? (there ? DatabaseRole.Target : DatabaseRole.Source);
                await Query.ExecuteAsync(connection, "group_member", cancellation, group, database.Name, Rows.Word(role),
                    database.Priority);
            }
            return await FindAsync(connection, database.Name, cancellation);
        }, removing: false, cancellation);
    }

    /// <summary>Databases whose names match (wildcards * % ?), by name; null: all.</summary>
    public Task<IReadOnlyList<Database>> ListAsync(string? pattern = null, CancellationToken cancellation = default) =>
        _context.ReadAsync<IReadOnlyList<Database>>(async c =>
            await Query.ListAsync(c, "db_list", Rows.Database, cancellation, Names.Like(pattern)), cancellation);

    /// <summary>One database.</summary>
    /// <exception cref="BucardoException">DatabaseNotFound.</exception>
    public Task<Database> GetAsync(string name, CancellationToken cancellation) =>
        _context.ReadAsync(c => FindAsync(c, name, cancellation), cancellation);

    /// <summary>Changes a database. It is not connected to.</summary>
    /// <exception cref="BucardoException">DatabaseNotFound, DatabaseExists, InvalidName, InvalidConnectionString, KeyFilePermissions,
    /// PasswordNotReadable.</exception>
    public Task<Database> UpdateAsync(string name, DatabaseChange change, CancellationToken cancellation)
    {
        if (change.NewName is { } wanted) Names.Check(wanted, "database");
        var given = change.Connection is null ? null : ConnectionSecrets.Separate(change.Connection);
        return _context.WriteAsync(async connection =>
        {
            var (database, stored) = await LockAsync(connection, name, cancellation);
            var target = change.NewName ?? name;
            if (target != name && (await NamesAsync(connection, cancellation)).Contains(target)) throw Exists(target);
            // The password is bound to the name, so a new name needs it encrypted again.
            if (given?.Password is { } password) stored = _context.Vault.Encrypt(target, password);
            else if (change.ClearPassword) stored = null;
            else if (stored is not null && target != name) stored = _context.Vault.Encrypt(target, _context.Vault.Decrypt(name, stored));
            var settings = given is null ? database.Connection : Merge(database.Connection, given);
            await Query.ExecuteAsync(connection, "db_update", cancellation,
                [name, target, .. Columns(settings, stored), Rows.Word(change.Status ?? database.Status)]);
            return await FindAsync(connection, target, cancellation);
        }, removing: false, cancellation);
    }

    /// <summary>
    /// Removes a database. By force it is taken out of its groups and strategies, and its tables out of the control database, too; syncs
    /// keep at
    /// least one source all the same. The node itself is not touched.
    /// </summary>
    /// <exception cref="BucardoException">DatabaseNotFound, DatabaseInUse, SyncWithoutSource.</exception>
    public Task RemoveAsync(string name, bool force, CancellationToken cancellation) => _context.WriteAsync(async connection =>
    {
        await LockAsync(connection, name, cancellation);
        var users = await Query.ListAsync(connection, "db_users", r => r.GetString(0), cancellation, name);
        if (users.Count > 0 && !force)
            throw new BucardoException("DatabaseInUse", ErrorKind.InvalidOperation,
                $"Database '{name}' is used by {string.Join(", ", users)}; take it out there first, or remove it by force.");
        if (force) await Query.ExecuteAsync(connection, "db_release", cancellation, name);
        return await Query.ExecuteAsync(connection, "db_delete", cancellation, name);
    }, removing: true, cancellation);

    /// <summary>Connects to a registered database and reports every problem that replication would have there. The result is noted in
    /// db_connlog.</summary>
    /// <exception cref="BucardoException">DatabaseNotFound, or a stored password that cannot be read; a node that cannot be reached is a
    /// problem in the result.</exception>
    public async Task<DatabaseTest> TestAsync(string name, CancellationToken cancellation)
    {
        var settings = await GetConnectionAsync(name, cancellation);
        var test = await NodeTest.RunAsync(settings, name, cancellation);
        var status = test.ServerVersion is not null ? "good" : test.Problems.Any(p => p.Code == "HostUnreachable") ? "unreachable" : "down";
        await _context.WriteAsync(c =>
            Query.ExecuteAsync(c, "db_log_test", cancellation, name, settings.ToString(), status, test.ServerVersion), removing: false,
            cancellation);
        return test;
    }

    /// <summary>Tests a connection that is not registered (yet).</summary>
    public Task<DatabaseTest> TestAsync(ConnectionSettings settings, CancellationToken cancellation) =>
        NodeTest.RunAsync(settings, ConnectionStrings.Build(settings).Database!, cancellation);

    /// <summary>Where a database is, with the stored password in the clear: for the engine itself, never for output.</summary>
    /// <exception cref="BucardoException">DatabaseNotFound, KeyFileMissing, KeyFilePermissions, PasswordNotReadable.</exception>
    public async Task<ConnectionSettings> GetConnectionAsync(string name, CancellationToken cancellation)
    {
        var found = await _context.ReadAsync(async c =>
            await Query.ListAsync(c, "db_list", r => (Settings: Rows.Connection(r), Stored: r.Text("dbpass")), cancellation,
            Names.Exact(name)) is [var one]
            ? one : throw await NotFoundAsync(c, name, cancellation), cancellation);
        return found.Stored is null ? found.Settings : found.Settings with { Password = _context.Vault.Decrypt(name, found.Stored) };
    }

    internal static async Task<BucardoException> NotFoundAsync(NpgsqlConnection connection, string name, CancellationToken cancellation) =>
        Names.NotFound("DatabaseNotFound", "database", name, await NamesAsync(connection, cancellation), "add it with New-BucardoDatabase");

    internal static Task<List<string>> NamesAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        Query.ListAsync(connection, "db_names", r => r.GetString(0), cancellation);

    internal static async Task<Database> FindAsync(NpgsqlConnection connection, string name, CancellationToken cancellation) =>
        await Query.ListAsync(connection, "db_list", Rows.Database, cancellation, Names.Exact(name)) is [var one]
            ? one : throw await NotFoundAsync(connection, name, cancellation);

    internal static async Task<(Database Database, string? Stored)> LockAsync(NpgsqlConnection connection, string name,
        CancellationToken cancellation) =>
        await Query.ListAsync(connection, "db_lock", r => (Rows.Database(r), r.Text("dbpass")), cancellation, name) is [var one]
            ? one : throw await NotFoundAsync(connection, name, cancellation);

    static BucardoException Exists(string name) =>
        new("DatabaseExists", ErrorKind.AlreadyExists,
            $"Database '{name}' exists already in the control database; choose another name, or change it with Set-BucardoDatabase.");

    // In the order of the columns in db_insert.sql and db_update.sql.
    internal static object?[] Columns(ConnectionSettings s, string? password) =>
        [s.ConnectionString, s.HostName, s.Port?.ToString(System.Globalization.CultureInfo.InvariantCulture), s.DatabaseName, s.UserName,
            password, s.Options, s.ServiceName, s.PassFile];

    // What is null stays, what is empty (port 0) is cleared.
    static ConnectionSettings Merge(ConnectionSettings old, ConnectionSettings change)
    {
        static string? Choose(string? before, string? after) => after is null ? before : after.Length == 0 ? null : after;
        return old with
        {
            ConnectionString = Choose(old.ConnectionString, change.ConnectionString),
            HostName = Choose(old.HostName, change.HostName),
            Port = change.Port is 0 ? null : change.Port ?? old.Port,
            DatabaseName = Choose(old.DatabaseName, change.DatabaseName),
            UserName = Choose(old.UserName, change.UserName),
            Options = Choose(old.Options, change.Options),
            ServiceName = Choose(old.ServiceName, change.ServiceName),
            PassFile = Choose(old.PassFile, change.PassFile),
        };
    }
}
