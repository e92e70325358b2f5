using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>The control database: what is to be replicated, and what became of it. Safe for concurrent use.</summary>
public sealed class ControlDatabase : IAsyncDisposable
{
    readonly ControlContext _context;

    ControlDatabase(ConnectionSettings settings, NpgsqlDataSource dataSource)
    {
        var context = new ControlContext(settings, dataSource);
        Settings = settings;
        DataSource = dataSource;
        Databases = new(context);
        DatabaseGroups = new(context);
        Tables = new(context, Databases);
        Herds = new(context);
        Syncs = new(context, Tables);
        SyncRuns = new(context);
        Conflicts = new(context);
        CustomCodes = new(context);
        Clocks = new(context);
        Config = new(context);
        Configuration = new(context);
        _context = context;
    }

    /// <summary>Where it is. Holds the password in memory; ToString hides it.</summary>
    public ConnectionSettings Settings { get; }

    /// <summary>Connections to it.</summary>
    public NpgsqlDataSource DataSource { get; }

    /// <summary>The databases that take part.</summary>
    public DatabaseCatalog Databases { get; }

    /// <summary>Groups of databases, with roles.</summary>
    public DatabaseGroupCatalog DatabaseGroups { get; }

    /// <summary>Tables and sequences.</summary>
    public TableCatalog Tables { get; }

    /// <summary>Herds of tables.</summary>
    public HerdCatalog Herds { get; }

    /// <summary>Syncs.</summary>
    public SyncCatalog Syncs { get; }

    /// <summary>History of the syncs.</summary>
    public SyncRunCatalog SyncRuns { get; }

    /// <summary>History of the conflicts.</summary>
    public ConflictCatalog Conflicts { get; }

    /// <summary>Custom code that decides conflicts.</summary>
    public CustomCodeCatalog CustomCodes { get; }

    /// <summary>How far the sources' clocks are off.</summary>
    public ClockCatalog Clocks { get; }

    /// <summary>Settings.</summary>
    public SettingCatalog Config { get; }

    /// <summary>All of it at once.</summary>
    public ConfigurationCatalog Configuration { get; }

    /// <summary>Connects and checks that the schema <c>bucardo</c> is there, in this version.</summary>
    /// <exception cref="BucardoException">ControlNotInstalled, ControlTooOld, ControlTooNew, ForeignControlSchema, or a connection
    /// failure.</exception>
    public static async Task<ControlDatabase> OpenAsync(ConnectionSettings settings, CancellationToken cancellation)
    {
        var source = ConnectionStrings.CreateDataSource(settings);
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellation);
            await ControlInstaller.CheckAsync(connection, cancellation);
            return new ControlDatabase(settings, source);
        }
        catch (Exception e)
        {
            await source.DisposeAsync();
            throw e switch
            {
                PostgresException p when !ConnectionErrors.IsConnectionFailure(p) && p.SqlState != PostgresErrorCodes.QueryCanceled =>
                    ControlErrors.Translate(p, removing: false),
                NpgsqlException when !cancellation.IsCancellationRequested =>
                    ConnectionErrors.Translate(e, settings, ControlContext.NodeName),
                _ => Rethrown(e),
            };
        }
    }

    /// <summary>Creates the schema <c>bucardo</c>, or brings an older version up to date, in one transaction. Does nothing when it is up
    /// to date.</summary>
    /// <param name="settings">Where the control database is.</param>
    /// <param name="createDatabase">True: make the database itself, too, if it is missing (the role then needs CREATEDB).</param>
    /// <param name="cancellation">Stops it; the transaction is rolled back.</param>
    /// <exception cref="BucardoException">ControlTooNew, ForeignControlSchema, PermissionMissing, ServerTooOld, or a connection
    /// failure.</exception>
    public static Task<InstallResult> InstallAsync(ConnectionSettings settings, bool createDatabase, CancellationToken cancellation) =>
        ControlInstaller.InstallAsync(settings, createDatabase, Migration.All, cancellation);

    /// <summary>What <see cref="InstallAsync"/> would do to a control database that is there; nothing is changed.</summary>
    /// <exception cref="BucardoException">ControlNotInstalled, ControlTooNew, ForeignControlSchema, or a connection failure.</exception>
    public static Task<InstallResult> InspectAsync(ConnectionSettings settings, CancellationToken cancellation) =>
        ControlInstaller.InspectAsync(settings, Migration.All, cancellation);

    /// <summary>Removes the schema <c>bucardo</c> with all that is in it. What syncs installed on their databases is not touched.</summary>
    internal Task DropSchemaAsync(CancellationToken cancellation) =>
        _context.WriteAsync(c => Query.ExecuteAsync(c, "uninstall", cancellation), removing: true, cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => DataSource.DisposeAsync();

    static Exception Rethrown(Exception e)
    {
        System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e);
        return e;
    }
}
