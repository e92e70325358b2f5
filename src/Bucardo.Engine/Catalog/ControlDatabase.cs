using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>The control database: what is to be replicated, and what became of it. Safe for concurrent use.</summary>
public sealed class ControlDatabase : IAsyncDisposable
{
    ControlDatabase(ConnectionSettings settings, NpgsqlDataSource dataSource)
    {
        Settings = settings;
        DataSource = dataSource;
        Databases = new();
        DatabaseGroups = new();
        Tables = new();
        Herds = new();
        Syncs = new();
        SyncRuns = new();
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

    /// <summary>Connects and checks that the schema <c>bucardo</c> is there, in this version.</summary>
    /// <exception cref="BucardoException">ControlNotInstalled, ControlTooOld, ControlTooNew, ForeignControlSchema, or a connection failure.</exception>
    public static Task<ControlDatabase> OpenAsync(ConnectionSettings settings, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <summary>Creates the schema <c>bucardo</c>, or brings an older version up to date, in one transaction. Does nothing when it is up to date.</summary>
    /// <exception cref="BucardoException">ControlTooNew, ForeignControlSchema, PermissionMissing, or a connection failure.</exception>
    public static Task<InstallResult> InstallAsync(ConnectionSettings settings, bool createDatabase, CancellationToken cancellation) => throw new InvalidOperationException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => DataSource.DisposeAsync();
}
