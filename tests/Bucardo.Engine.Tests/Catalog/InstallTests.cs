using Bucardo.Engine.Catalog;

namespace Bucardo.Engine.Tests.Catalog;

public sealed class InstallTests : IAsyncLifetime
{
    TestDatabase _db = null!;

    public async Task InitializeAsync() => _db = await PostgresServers.CreateAsync("install");

    public async Task DisposeAsync() => await _db.DisposeAsync();

    [Fact]
    public async Task Installs_once_and_records_every_migration()
    {
        var first = await ControlDatabase.InstallAsync(_db.Settings, false, default);
        var second = await ControlDatabase.InstallAsync(_db.Settings, false, default);

        Assert.Equal(0, first.PreviousVersion);
        Assert.Equal(Migration.CurrentVersion, first.Version);
        Assert.Equal(Migration.All.Count, first.Applied.Count);
        Assert.Equal(Enumerable.Range(1, Migration.All.Count), Migration.All.Select(m => m.Version));
        Assert.Empty(second.Applied);
        Assert.Equal(Migration.CurrentVersion, second.PreviousVersion);
        Assert.Equal(Migration.All.Count, await _db.ScalarAsync<long>("SELECT count(*) FROM bucardo.upgrade_log"));
    }

    [Fact]
    public async Task Upgrades_from_every_older_version_and_keeps_what_is_there()
    {
        for (var version = 1; version < Migration.CurrentVersion; version++)
        {
            await using var db = await PostgresServers.CreateAsync("upgrade");
            await ControlInstaller.InstallAsync(db.Settings, false, [.. Migration.All.Take(version)], default);
            await db.ExecuteAsync("INSERT INTO bucardo.bucardo_config (name, setting) VALUES ('kept', 'yes')");
            var error = await Assert.ThrowsAsync<BucardoException>(() => ControlDatabase.OpenAsync(db.Settings, default));
            Assert.Equal("ControlTooOld", error.ErrorId);

            var result = await ControlDatabase.InstallAsync(db.Settings, false, default);

            Assert.Equal(version, result.PreviousVersion);
            Assert.Equal("yes", await db.ScalarAsync<string>("SELECT setting FROM bucardo.bucardo_config WHERE name = 'kept'"));
            Assert.Equal(version.ToString(),
                await db.ScalarAsync<string>("SELECT setting FROM bucardo.bucardo_config WHERE name = 'bucardo_initial_version'"));
            await using var control = await ControlDatabase.OpenAsync(db.Settings, default);
        }
    }

    [Fact]
    public async Task Concurrent_installations_do_not_hurt_each_other()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ControlDatabase.InstallAsync(_db.Settings, false, default)));
        Assert.Single(results, r => r.Applied.Count > 0);
    }

    [Fact]
    public async Task Creates_the_database_when_asked()
    {
        var name = "made " + _db.Name;
        var settings = _db.Server.For(name);
        try
        {
            var missing = await Assert.ThrowsAsync<BucardoException>(() => ControlDatabase.InstallAsync(settings, false, default));
            Assert.Equal("DatabaseMissing", missing.ErrorId);
            Assert.True((await ControlDatabase.InstallAsync(settings, true, default)).DatabaseCreated);
            Assert.False((await ControlDatabase.InstallAsync(settings, true, default)).DatabaseCreated);
        }
        finally
        {
            await _db.Server.DropDatabaseAsync(name);
        }
    }

    [Fact]
    public async Task Works_for_a_plain_role_with_create_on_the_database()
    {
        var role = "plain_" + _db.Name;
        await _db.ExecuteAsync($"CREATE ROLE {role} LOGIN PASSWORD 'secret'");
        try
        {
            var settings = _db.For(role, "secret");
            var refused = await Assert.ThrowsAsync<BucardoException>(() => ControlDatabase.InstallAsync(settings, false, default));
            Assert.Equal("PermissionMissing", refused.ErrorId);
            await _db.ExecuteAsync($"GRANT CREATE ON DATABASE \"{_db.Name}\" TO {role}");
            await ControlDatabase.InstallAsync(settings, false, default);
            await using var control = await ControlDatabase.OpenAsync(settings, default);
            await control.Databases.AddAsync(new NewDatabase { Name = "A", Connection = _db.Settings, SkipTest = true, Group = "g" },
                default);
            Assert.Equal(DatabaseRole.Source, (await control.DatabaseGroups.GetAsync("g", default)).Members[0].Role);
        }
        finally
        {
            await _db.ExecuteAsync($"DROP OWNED BY {role} CASCADE; DROP ROLE {role}");
        }
    }

    [Fact]
    public async Task Refuses_missing_newer_and_foreign_schemas()
    {
        Assert.Equal("ControlNotInstalled",
            (await Assert.ThrowsAsync<BucardoException>(() => ControlDatabase.OpenAsync(_db.Settings, default))).ErrorId);

        await ControlDatabase.InstallAsync(_db.Settings, false, default);
        await _db.ExecuteAsync("UPDATE bucardo.bucardo_config SET setting = '9999' WHERE name = 'bucardo_version'");
        Assert.Equal("ControlTooNew", (
            await Assert.ThrowsAsync<BucardoException>(() => ControlDatabase.OpenAsync(_db.Settings, default))).ErrorId);
        Assert.Equal("ControlTooNew", (
            await Assert.ThrowsAsync<BucardoException>(() => ControlDatabase.InstallAsync(_db.Settings, false, default))).ErrorId);

        await _db.ExecuteAsync("UPDATE bucardo.bucardo_config SET setting = '5.6.0' WHERE name = 'bucardo_version'");
        Assert.Equal("ForeignControlSchema",
            (await Assert.ThrowsAsync<BucardoException>(() => ControlDatabase.InstallAsync(_db.Settings, false, default))).ErrorId);

        await _db.ExecuteAsync("DROP SCHEMA bucardo CASCADE; CREATE SCHEMA bucardo; CREATE TABLE bucardo.delta_public_t (i int)");
        Assert.Equal("ForeignControlSchema",
            (await Assert.ThrowsAsync<BucardoException>(() => ControlDatabase.InstallAsync(_db.Settings, false, default))).ErrorId);
    }

    [Fact]
    public async Task A_failing_migration_leaves_nothing_behind()
    {
        await Assert.ThrowsAsync<ArgumentException>(() =>
            ControlInstaller.InstallAsync(_db.Settings, false, [.. Migration.All, new Migration(99, "0099_missing")], default));
        Assert.False(await _db.ScalarAsync<bool>("SELECT to_regnamespace('bucardo') IS NOT NULL"));
    }
}
