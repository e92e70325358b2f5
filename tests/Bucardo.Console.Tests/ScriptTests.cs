using Bucardo.Engine.Catalog;

namespace Bucardo.Console.Tests;

/// <summary>The command runs no PowerShell: what a script should decide waits, the log says so, and nothing is lost.</summary>
public sealed class ScriptTests
{
    const string Pick = """CREATE FUNCTION pick(c jsonb) RETURNS jsonb LANGUAGE sql AS $$ SELECT '{"winner": "n1"}'::jsonb $$""";

    [Fact]
    public async Task A_conflict_waits_until_something_decides_it_that_the_command_can_run()
    {
        await using var world = await World.CreateAsync("ss");
        await world.Control.CustomCodes.AddAsync(new NewCustomCode { Name = "pick", Language = CustomCodeLanguage.PowerShell, Source = "'n1'" }, default);
        await world.Control.Syncs.UpdateAsync("s1", new SyncChange { ConflictStrategy = "bucardo_custom(pick)" }, default);
        await world.ExecuteAsync(0, "INSERT INTO item VALUES (1, 'n1')");
        await world.ExecuteAsync(1, "INSERT INTO item VALUES (1, 'n2'), (2, 'goes on')");
        await using var daemon = await world.ServeAsync();
        await daemon.WaitForLineAsync("custom code pick is a PowerShell script, which this service cannot run");
        await daemon.WaitForLineAsync("could not decide the conflict of key (1) in table public.item on database n2");
        await world.WaitForRowsAsync("item", "1=n1 2=goes on", [0]);
        await world.WaitForRowsAsync("item", "1=n2 2=goes on", [1]);

        for (var i = 0; i < 2; i++) await world.ExecuteAsync(i, Pick);
        await world.Control.CustomCodes.UpdateAsync("pick", new CustomCodeChange { Language = CustomCodeLanguage.Sql, Source = "public.pick" }, default);
        await world.WaitForRowsAsync("item", "1=n1 2=goes on");
        Assert.Equal(0, await daemon.StopAsync());
    }
}
