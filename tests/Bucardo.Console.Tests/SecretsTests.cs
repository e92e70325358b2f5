using Bucardo.Console.Tests.Support;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Service;
using Npgsql;

namespace Bucardo.Console.Tests;

/// <summary>A daemon that logs all it can, with databases to which nothing leads: its passwords are nowhere to be seen.</summary>
public sealed class SecretsTests
{
    const string Wrong = "hush-wrong-password";

    [Fact]
    public async Task No_password_is_in_the_log_the_process_list_the_history_or_any_table()
    {
        await using var world = await World.CreateAsync("sstt");
        string[] secrets = [Wrong, .. new[] { world.Settings.Password, world.Nodes[0].Server.Password, world.Nodes[1].Server.Password }.OfType<string>()];
        await using var daemon = await world.ServeAsync("--log-level", "trace");
        await world.ExecuteAsync(0, "INSERT INTO item VALUES (1, 'x')");
        await world.KickAsync();

        // A wrong password, a server that is not there, a server that speaks no TLS.
        await ChangeAsync("n2", new ConnectionSettings { UserName = "nobody_here", Password = Wrong });
        await ChangeAsync("n3", new ConnectionSettings { Port = 1 });
        await ChangeAsync("n4", new ConnectionSettings { Options = "sslmode=verify-full" });
        foreach (var database in new[] { "n2", "n3", "n4" }) await daemon.WaitForLineAsync($"Database '{database}'");
        var kick = await SyncOperations.KickAsync(world.Control, "s1", Poll.Usual, default);
        Assert.NotEqual("TimedOut", kick.Result);
        var problems = (await SyncOperations.ValidateAsync(world.Control, "s1", default)).Select(p => p.ToString()).ToList();
        Assert.Equal(3, problems.Count);
        var errors = new List<string>();
        foreach (var name in new[] { "n2", "n3", "n4" })
        {
            errors.Add((await world.Control.Databases.TestAsync(name, default)).ToString());
            var settings = await world.Control.Databases.GetConnectionAsync(name, default);
            errors.Add(settings + System.Text.Json.JsonSerializer.Serialize(await world.Control.Databases.GetAsync(name, default)));
            errors.Add((await Assert.ThrowsAsync<BucardoException>(() => Bucardo.Engine.Postgres.NodeConnection.OpenAsync(settings, name, "test", default))).ToString());
        }

        var runs = string.Join('\n', (await world.RunsAsync()).Select(r => System.Text.Json.JsonSerializer.Serialize(r)));
        // Now and after its end, and in everything that it has started.
        var processes = string.Join('\n', Processes(daemon.Id));
        await daemon.StopAsync();
        foreach (var (what, text) in new[]
        {
            ("the log", daemon.Output), ("a command line", processes), ("the history", runs), ("the problems", string.Join('\n', problems)), ("the errors", string.Join('\n', errors)),
            ("the control database", await DumpAsync(world, -1, "bucardo")), ("a node", await DumpAsync(world, 0, "bucardo_node")),
        })
        {
            Assert.NotEmpty(text);
            foreach (var secret in secrets) Assert.False(text.Contains(secret, StringComparison.Ordinal), $"A password is in {what}:\n{text}");
        }

        Task ChangeAsync(string name, ConnectionSettings connection) => world.Control.Databases.UpdateAsync(name, new DatabaseChange { Connection = connection }, default);
    }

    [Fact]
    public async Task A_password_in_a_passfile_or_a_service_file_stays_there()
    {
        await using var world = await World.CreateAsync("st");
        var folder = Directory.CreateTempSubdirectory("bucardo-secrets-").FullName;
        try
        {
            var (passFile, serviceFile) = (Path.Combine(folder, "pass"), Path.Combine(folder, "service"));
            Write(passFile, $"*:*:*:*:{world.Settings.Password}\n");
            Write(serviceFile, $"[control]\nhost={world.Settings.HostName}\nport={world.Settings.Port}\ndbname={world.Settings.DatabaseName}\nuser={world.Settings.UserName}\npassword={world.Settings.Password}\n");
            foreach (var (words, variable) in new (string[], (string, string?))[]
            {
                (["--host", world.Settings.HostName!, "--port", $"{world.Settings.Port}", "--user", world.Settings.UserName!, "--dbname", world.Settings.DatabaseName!, "--passfile", passFile], ("PGAPPNAME", null)),
                (["--service", "control"], ("PGSERVICEFILE", serviceFile)),
            })
            {
                await using var daemon = BucardoProcess.Start(["daemon", "--log-level", "trace", .. words], variable);
                await daemon.WaitForLineAsync("The service has started");
                var processes = string.Join('\n', Processes(daemon.Id));
                await daemon.StopAsync();
                if (world.Settings.Password is { } password) Assert.DoesNotContain(password, daemon.Output + processes);
            }
            if (OperatingSystem.IsWindows()) return;
            File.SetUnixFileMode(serviceFile, UnixFileMode.UserRead | UnixFileMode.OtherRead);
            await using var refused = BucardoProcess.Start(["daemon", "--service", "control"], ("PGSERVICEFILE", serviceFile));
            Assert.Equal(1, await refused.WaitForExitAsync());
            Assert.Contains($"chmod 600 {serviceFile}", refused.Output);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public async Task Tokens_of_any_length_that_strangers_send_with_a_kick_keep_no_answer_from_others()
    {
        await using var world = await World.CreateAsync("st");
        await using var daemon = await world.ServeAsync();
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(world.Control.DataSource.ConnectionString) { Password = world.Settings.Password, Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var notify = new NpgsqlCommand("SELECT pg_notify('bucardo_kick_sync_s1', repeat('ä', 64 - length(i::text)) || i) FROM generate_series(1, 300) i UNION ALL SELECT pg_notify('bucardo_kick_sync_s1', repeat('x', 7990))", connection);
        await notify.ExecuteNonQueryAsync();
        Assert.Equal("Done", (await world.KickAsync()).Result);
    }

    static void Write(string path, string text)
    {
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    // Command lines of a process and all that it has started; what everybody on the machine can see.
    static IEnumerable<string> Processes(int id)
    {
        yield return File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ');
        foreach (var child in Directory.EnumerateDirectories($"/proc/{id}/task").SelectMany(t => File.ReadAllText(Path.Combine(t, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            foreach (var line in Processes(int.Parse(child))) yield return line;
    }

    static async Task<string> DumpAsync(World world, int node, string schema)
    {
        await using var connection = new NpgsqlConnection(node < 0 ? world.Control.DataSource.ConnectionString + $";Password={world.Settings.Password}" : world.Nodes[node].Server.ConnectionString(world.Nodes[node].Name));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"SELECT coalesce(string_agg(query_to_xml('SELECT * FROM ' || c.oid::regclass, true, true, '')::text, ' '), '') FROM pg_class c WHERE c.relnamespace = '{schema}'::regnamespace AND c.relkind = 'r'", connection);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
