using Bucardo.Engine.Catalog;

namespace Bucardo.Engine.Tests.Catalog;

/// <summary>Custom code in the control database: who uses it, what may be run, and what plain SQL cannot do to it.</summary>
public sealed class CustomCodeTests : CatalogTest
{
    Task<CustomCode> AddScriptAsync(string name = "pick", string script = "param($Conflict) 'A'") =>
        Control.CustomCodes.AddAsync(new NewCustomCode { Name = name, Language = CustomCodeLanguage.PowerShell, Source = script }, Cancellation);

    async Task AddSyncAsync(string strategy)
    {
        await AddNodesAsync("A", "B");
        await Node.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY)");
        await Control.Syncs.AddAsync(new NewSync { Name = "s", Tables = ["t"], Sources = ["A", "B"], ConflictStrategy = strategy }, Cancellation);
    }

    async Task<ConflictCode> OfSyncAsync() => Assert.Single((await Control.Syncs.LoadDefinitionAsync("s", Cancellation)).Codes);

    [Fact]
    public async Task A_sync_gets_the_code_that_its_strategy_names()
    {
        await AddScriptAsync();
        await AddScriptAsync("other");
        await AddSyncAsync(" Custom( pick ) ");
        Assert.Equal("bucardo_custom(pick)", (await Control.Syncs.GetAsync("s", Cancellation)).ConflictStrategy);
        Assert.Equal(new ConflictCode("pick", CustomCodeLanguage.PowerShell, "param($Conflict) 'A'", TimeSpan.FromSeconds(5)), await OfSyncAsync());
        Assert.Equal(["sync s"], (await Control.CustomCodes.GetAsync("pick", Cancellation)).UsedBy);
        Assert.Empty((await Control.CustomCodes.GetAsync("other", Cancellation)).UsedBy);
    }

    [Fact]
    public async Task A_strategy_cannot_name_code_that_is_not_there_nor_lose_it()
    {
        await AddScriptAsync();
        await AddSyncAsync("bucardo_custom(pick)");
        await FailsAsync("InvalidStrategy", () => Control.Syncs.UpdateAsync("s", new SyncChange { ConflictStrategy = "bucardo_custom(nope)" }, Cancellation));
        await FailsAsync("CodeInUse", () => Control.CustomCodes.RemoveAsync("pick", Cancellation));
        await RefusesAsync("customcode_in_strategy", "DELETE FROM bucardo.customcode");
        await RefusesAsync("conflict_strategy_valid", "UPDATE bucardo.sync SET conflict_strategy = 'bucardo_custom(nope)'");
        await RefusesAsync("customcode_name_sane", "UPDATE bucardo.customcode SET name = 'a)b'");
        await ControlTest.ExecuteAsync("UPDATE bucardo.customcode SET name = 'chosen'");
        Assert.Equal("bucardo_custom(chosen)", (await Control.Syncs.GetAsync("s", Cancellation)).ConflictStrategy);
        await Control.Syncs.UpdateAsync("s", new SyncChange { ConflictStrategy = "bucardo_latest" }, Cancellation);
        await Control.CustomCodes.RemoveAsync("chosen", Cancellation);
    }

    [Theory]
    [InlineData("UPDATE bucardo.customcode SET src_code = 'evil'")]
    [InlineData("UPDATE bucardo.customcode SET seal = NULL")]
    [InlineData("UPDATE bucardo.customcode SET seal = 'v1:' || repeat('A', 43) || '='")]
    [InlineData("UPDATE bucardo.customcode SET seal = 'nonsense'")]
    [InlineData("UPDATE bucardo.customcode SET name = 'other'")]
    [InlineData("UPDATE bucardo.customcode SET status = 'inactive'")]
    public async Task A_script_that_somebody_without_the_key_file_has_touched_is_not_run(string sql)
    {
        await AddScriptAsync();
        await AddSyncAsync("bucardo_custom(pick)");
        Assert.Null((await OfSyncAsync()).Problem);
        await ControlTest.ExecuteAsync(sql);
        Assert.NotNull((await OfSyncAsync()).Problem);
    }

    [Fact]
    public async Task Renaming_does_not_make_somebody_elses_script_ours()
    {
        await AddScriptAsync();
        await ControlTest.ExecuteAsync("UPDATE bucardo.customcode SET src_code = 'evil'");
        await FailsAsync("CodeNotSealed", () => Control.CustomCodes.UpdateAsync("pick", new CustomCodeChange { NewName = "chosen" }, Cancellation));
        await Control.CustomCodes.UpdateAsync("pick", new CustomCodeChange { NewName = "chosen", Source = "'B'" }, Cancellation);
        await AddSyncAsync("bucardo_custom(chosen)");
        Assert.Equal(("'B'", null), ((await OfSyncAsync()).Source, (await OfSyncAsync()).Problem));
        await Control.CustomCodes.UpdateAsync("chosen", new CustomCodeChange { NewName = "again", Timeout = TimeSpan.FromSeconds(1), About = "x" }, Cancellation);
        Assert.Equal(("again", null), ((await OfSyncAsync()).Name, (await OfSyncAsync()).Problem));
    }

    [Theory]
    [InlineData("shop.decide", "\"shop\".\"decide\"")]
    [InlineData(" Shop.DECIDE ", "\"shop\".\"decide\"")]
    [InlineData("\"My Shop\".\"de\"\"cide\"", "\"My Shop\".\"de\"\"cide\"")]
    [InlineData("decide", null)]
    [InlineData("a.b.c", null)]
    [InlineData("shop.", null)]
    [InlineData(".decide", null)]
    [InlineData("shop.decide(jsonb)", null)]
    [InlineData("shop.\"decide", null)]
    [InlineData("", null)]
    public void A_function_is_named_with_its_schema(string text, string? quoted)
    {
        if (quoted is null) Assert.Equal("InvalidFunctionName", Assert.Throws<BucardoException>(() => FunctionName.Quoted(text)).ErrorId);
        else Assert.Equal(quoted, FunctionName.Quoted(text));
    }
}
