using System.Runtime.CompilerServices;
using Bucardo.Engine.Catalog;

namespace Bucardo.Engine.Tests.Catalog;

/// <summary>A control database and an empty node of its own for each test.</summary>
public abstract class CatalogTest : IAsyncLifetime
{
    TestDatabase? _controlDatabase;
    TestDatabase? _node;
    ControlDatabase? _control;

    protected static CancellationToken Cancellation => CancellationToken.None;

    protected TestDatabase ControlTest => _controlDatabase!;

    protected TestDatabase Node => _node!;

    protected ControlDatabase Control => _control!;

    // The tests must not touch the key of whoever runs them.
    [ModuleInitializer]
    internal static void UseOwnKeyFile()
    {
        var folder = Directory.CreateTempSubdirectory("bucardo-key-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, true);
        Environment.SetEnvironmentVariable("BUCARDO_KEYFILE", Path.Combine(folder, "key"));
    }

    public async Task InitializeAsync()
    {
        _controlDatabase = await PostgresServers.CreateAsync("control");
        _node = await PostgresServers.CreateAsync("node");
        await ControlDatabase.InstallAsync(ControlTest.Settings, createDatabase: false, Cancellation);
        _control = await ControlDatabase.OpenAsync(ControlTest.Settings, Cancellation);
    }

    public async Task DisposeAsync()
    {
        if (_control is not null) await _control.DisposeAsync();
        if (_node is not null) await _node.DisposeAsync();
        if (_controlDatabase is not null) await _controlDatabase.DisposeAsync();
    }

    /// <summary>Registers the test's node under some names.</summary>
    protected async Task AddNodesAsync(params string[] names)
    {
        foreach (var name in names) await Control.Databases.AddAsync(
            new NewDatabase { Name = name, Connection = Node.Settings, SkipTest = true }, Cancellation);
    }

    protected static async Task<BucardoException> FailsAsync(string errorId, Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<BucardoException>(action);
        Assert.Equal(errorId, error.ErrorId);
        return error;
    }

    /// <summary>What plain SQL gets for its trouble: the constraint's name.</summary>
    protected async Task RefusesAsync(string constraint, string sql)
    {
        var error = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => ControlTest.ExecuteAsync(sql));
        Assert.Equal(constraint, error.ConstraintName);
    }
}
