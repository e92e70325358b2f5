using Bucardo.Engine.Catalog;
using Npgsql;

namespace Bucardo.Engine.Tests.Catalog;

/// <summary>People write to the control tables with plain SQL; wrong states must be impossible for them, too.</summary>
public sealed class ControlSchemaTests : CatalogTest
{
    async Task FillAsync() => await ControlTest.ExecuteAsync("""
        INSERT INTO bucardo.db (name, dbname) VALUES ('A', 'a'), ('B', 'b');
        INSERT INTO bucardo.dbgroup (name) VALUES ('g');
        INSERT INTO bucardo.dbmap (db, dbgroup, role) VALUES ('A', 'g', 'source'), ('B', 'g', 'target');
        INSERT INTO bucardo.goat (db, schemaname, tablename, keycolumns, keytypes) VALUES ('A', 'public', 't', '{i}', '{integer}'), ('B', 'public', 't', '{i}', '{integer}');
        INSERT INTO bucardo.herd (name) VALUES ('h');
        INSERT INTO bucardo.herdmap (herd, goat) SELECT 'h', id FROM bucardo.goat WHERE db = 'A';
        INSERT INTO bucardo.sync (name, herd, dbs, conflict_strategy) VALUES ('s', 'h', 'g', ' A,B ');
        """);

    [Fact]
    public async Task Wrong_states_are_refused()
    {
        await FillAsync();
        Assert.Equal("A B", await ControlTest.ScalarAsync<string>("SELECT conflict_strategy FROM bucardo.sync"));
        await RefusesAsync("db_name_sane", "INSERT INTO bucardo.db (name) VALUES ('no-good')");
        await RefusesAsync("db_status_valid", "UPDATE bucardo.db SET status = 'odd'");
        await RefusesAsync("db_password_encrypted", "UPDATE bucardo.db SET dbpass = 'clear'");
        await RefusesAsync("db_dsn_without_password", "UPDATE bucardo.db SET dbdsn = 'host=x password=clear'");
        await RefusesAsync("db_dsn_without_password", "UPDATE bucardo.db SET dbdsn = 'postgresql://me:clear@host/db'");
        await RefusesAsync("db_conn_without_password", "UPDATE bucardo.db SET dbconn = 'sslpassword=clear'");
        await RefusesAsync("db_port_numeric", "UPDATE bucardo.db SET dbport = 'x'");
        await RefusesAsync("db_id_constant", "UPDATE bucardo.db SET id = DEFAULT WHERE name = 'A'");
        await RefusesAsync("db_in_strategy", "DELETE FROM bucardo.goat WHERE db = 'B'; DELETE FROM bucardo.db WHERE name = 'B'");
        await RefusesAsync("dbmap_role_valid", "UPDATE bucardo.dbmap SET role = 'master'");
        await RefusesAsync("goat_unique",
            "INSERT INTO bucardo.goat (db, schemaname, tablename, keycolumns, keytypes) VALUES ('A', 'public', 't', '{i}', '{integer}')");
        await RefusesAsync("goat_key_valid", "INSERT INTO bucardo.goat (db, schemaname, tablename) VALUES ('A', 'public', 'x')");
        await RefusesAsync("goat_key_valid", "UPDATE bucardo.goat SET keytypes = '{int,int}'");
        await RefusesAsync("herd_one_db", "INSERT INTO bucardo.herdmap (herd, goat) SELECT 'h', id FROM bucardo.goat WHERE db = 'B'");
        await RefusesAsync("sync_name_sane", "UPDATE bucardo.sync SET name = 'swap'");
        await RefusesAsync("sync_name_sane", $"UPDATE bucardo.sync SET name = '{new string('x', 40)}'");
        await RefusesAsync("conflict_strategy_valid", "UPDATE bucardo.sync SET conflict_strategy = 'bucardo_nonsense'");
        await RefusesAsync("conflict_strategy_valid", "UPDATE bucardo.sync SET conflict_strategy = ''");
        await RefusesAsync("conflict_strategy_valid",
            "UPDATE bucardo.bucardo_config SET setting = 'x' WHERE name = 'default_conflict_strategy'");
        await RefusesAsync("sync_has_source", "UPDATE bucardo.dbmap SET role = 'target'");
        await RefusesAsync("sync_has_source", "DELETE FROM bucardo.dbmap");
        await RefusesAsync("sync_herd_fk", "DELETE FROM bucardo.herd");
        await RefusesAsync("sync_dbs_fk", "DELETE FROM bucardo.dbgroup");
        await RefusesAsync("sync_checktime_valid", "UPDATE bucardo.sync SET checktime = '0'");
        await RefusesAsync("syncrun_ended_valid", "INSERT INTO bucardo.syncrun (sync, outcome) VALUES ('s', 'good')");
        await RefusesAsync("syncrun_lastgood",
            "INSERT INTO bucardo.syncrun (sync, outcome, ended, lastgood) SELECT 's', 'good', now(), true FROM generate_series(1, 2)");
        await RefusesAsync("bucardo_config_scope", "INSERT INTO bucardo.bucardo_config (name, setting, type) VALUES ('x', 'y', 'sync')");
        await RefusesAsync("customcode_whenrun", "INSERT INTO bucardo.customcode (name, whenrun, src_code) VALUES ('c', 'never', 'x')");
    }

    [Fact]
    public async Task The_longest_sync_name_fits_into_every_channel()
    {
        await FillAsync();
        await ControlTest.ExecuteAsync(
            $"UPDATE bucardo.sync SET name = '{new string('x', 39)}'; SELECT pg_notify('bucardo_deactivate_sync_' || name, '') FROM " +
            $"bucardo.sync");
    }

    [Fact]
    public async Task Configuration_changes_are_announced_and_history_is_not()
    {
        await FillAsync();
        await using var connection = await ControlTest.OpenAsync();
        List<string> heard = [];
        connection.Notification += (_, e) => heard.Add(e.Payload);
        await using (var listen = new NpgsqlCommand("LISTEN bucardo_config_changed", connection)) await listen.ExecuteNonQueryAsync();
        await Control.SyncRuns.RecordAsync(new SyncRun { Sync = "s", Outcome = RunOutcome.Good, Started = DateTimeOffset.UtcNow },
            Cancellation);
        await Control.Databases.UpdateAsync("A", new DatabaseChange { Status = DatabaseStatus.Inactive }, Cancellation);
        await Control.Syncs.SetPausedAsync("s", true, null, Cancellation);
        for (var i = 0; i < 10 && heard.Count < 2; i++) await connection.WaitAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(["db", "sync"], heard);
    }

    [Fact]
    public async Task A_role_without_rights_is_told_so()
    {
        var role = "stranger_" + ControlTest.Name;
        await ControlTest.ExecuteAsync($"CREATE ROLE {role} LOGIN PASSWORD 'p'");
        try
        {
            await FailsAsync("PermissionMissing", () => ControlDatabase.OpenAsync(ControlTest.For(role, "p"), Cancellation));
        }
        finally
        {
            await ControlTest.ExecuteAsync($"DROP ROLE {role}");
        }
    }

    [Fact]
    public async Task A_lock_that_somebody_else_holds_ends_in_a_timeout_and_obeys_cancellation()
    {
        await FillAsync();
        await using var hurried = await ControlDatabase.OpenAsync(ControlTest.Settings with { Options = "Command Timeout=1" },
            Cancellation);
        await using var other = await ControlTest.OpenAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("LOCK TABLE bucardo.sync", other)) await hold.ExecuteNonQueryAsync();
        await FailsAsync("ControlTimeout", () => hurried.Syncs.SetPausedAsync("s", true, null, Cancellation));

        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Control.Syncs.SetPausedAsync("s", true, null, source.Token));
        await transaction.RollbackAsync();
        Assert.False((await Control.Syncs.GetAsync("s", Cancellation)).Paused);
    }
}
