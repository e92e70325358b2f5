using Bucardo.Engine.Catalog;

namespace Bucardo.Engine.Tests.Catalog;

public sealed class TableTests : CatalogTest
{
    Task<TableAddition> AddAsync(params string[] patterns) =>
        Control.Tables.AddAsync(new TableSelection { Patterns = patterns }, Cancellation);

    [Fact]
    public async Task The_best_key_is_chosen()
    {
        await Node.ExecuteAsync("""
            CREATE TABLE pk (a int, b text, u int NOT NULL UNIQUE, PRIMARY KEY (b, a));
            CREATE TABLE uniq (a int NOT NULL, b numeric(10,2) NOT NULL, c int NOT NULL, n int UNIQUE, d int NOT NULL UNIQUE DEFERRABLE, UNIQUE (a, b));
            CREATE UNIQUE INDEX uniq_partial ON uniq (c) WHERE c > 0;
            CREATE UNIQUE INDEX uniq_expression ON uniq ((c + 1));
            CREATE UNIQUE INDEX uniq_late ON uniq (b, c) INCLUDE (a);
            CREATE TABLE bare (a int UNIQUE);
            CREATE SEQUENCE counter;
            CREATE VIEW seen AS SELECT * FROM pk;
            """);
        await AddNodesAsync("A");
        var added = (await AddAsync("pk", "public.uniq")).Added;
        Assert.Equal(["b", "a"], added[0].KeyColumns);
        Assert.Equal(["text", "integer"], added[0].KeyTypes);
        Assert.Equal(["a", "b"], added[1].KeyColumns);
        Assert.Equal(["integer", "numeric(10,2)"], added[1].KeyTypes);
        Assert.Equal("b|a", await ControlTest.ScalarAsync<string>("SELECT pkey FROM bucardo.goat WHERE tablename = 'pk'"));

        var error = await FailsAsync("TableWithoutKey", () => AddAsync("bare"));
        Assert.Contains("'public.bare' of database 'A'", error.Message);
        await FailsAsync("TableExists", () => AddAsync("pk"));
        await FailsAsync("NotATable", () => AddAsync("seen"));
        await FailsAsync("NotATable", () => AddAsync("counter"));
        Assert.Contains("did you mean", (await FailsAsync("TableNotFound", () => AddAsync("public.uniqq"))).Message);
        await FailsAsync("TableNotFound", () => AddAsync("zz*"));
        await FailsAsync("NothingSelected", () => AddAsync());

        var changed = await Control.Tables.UpdateAsync(added[1].Id,
            new TableChange { KeyColumns = ["c", "b"], ConflictStrategy = "latest", AutoKick = false }, Cancellation);
        Assert.Equal(["b", "c"], changed.KeyColumns);
        Assert.Equal(("bucardo_latest", false), (changed.ConflictStrategy, changed.AutoKick));
        changed = await Control.Tables.UpdateAsync(added[1].Id,
            new TableChange { ConflictStrategy = "", InheritAutoKick = true, KeyColumns = [] }, Cancellation);
        Assert.Equal((null, null, "a"), (changed.ConflictStrategy, changed.AutoKick, changed.KeyColumns[0]));
        await FailsAsync("InvalidKey", () => Control.Tables.UpdateAsync(added[1].Id, new TableChange { KeyColumns = ["c"] }, Cancellation));
        await FailsAsync("InvalidStrategy", () =>
            Control.Tables.UpdateAsync(added[1].Id, new TableChange { ConflictStrategy = "Nowhere" }, Cancellation));
    }

    [Fact]
    public async Task What_is_merged_is_kept_until_it_is_changed_and_never_a_key_or_a_sequence()
    {
        await Node.ExecuteAsync("CREATE DOMAIN d AS numeric; CREATE DOMAIN e AS d; CREATE TABLE t (id int PRIMARY KEY, n int, f float, g int GENERATED ALWAYS AS (1) STORED, e e); CREATE SEQUENCE s");
        await AddNodesAsync("A");
        var table = (await Control.Tables.AddAsync(new TableSelection { Patterns = ["t"], MergeColumns = true, Counters = ["n"] }, Cancellation)).Added[0];
        Assert.True(table.MergeColumns);
        Assert.Equal(["n"], table.Counters);
        table = await Control.Tables.UpdateAsync(table.Id, new TableChange { AutoKick = false }, Cancellation);
        Assert.Equal((true, "n"), (table.MergeColumns, table.Counters.Single()));
        table = await Control.Tables.UpdateAsync(table.Id, new TableChange { MergeColumns = false, Counters = [] }, Cancellation);
        Assert.Equal((false, 0), (table.MergeColumns, table.Counters.Count));
        table = await Control.Tables.UpdateAsync(table.Id, new TableChange { Counters = ["n", "e"] }, Cancellation);
        Assert.Equal(["e", "n"], table.Counters.Order());
        foreach (var wrong in new[] { "id", "f", "g", "nope" })
            await FailsAsync("CounterInvalid", () => Control.Tables.UpdateAsync(table.Id, new TableChange { Counters = ["n", wrong] }, Cancellation));
        await FailsAsync("CounterInvalid", () => Control.Tables.AddAsync(new TableSelection { Patterns = ["s"], Type = RelationType.Sequence, MergeColumns = true }, Cancellation));
    }

    [Fact]
    public async Task All_and_wildcards_skip_what_is_known_or_keyless()
    {
        await Node.ExecuteAsync("""
            CREATE SCHEMA s; CREATE SCHEMA bucardo_node; CREATE TABLE bucardo_node.x (i int PRIMARY KEY);
            CREATE TABLE s.one (i int PRIMARY KEY); CREATE TABLE two (i int PRIMARY KEY); CREATE TABLE bare (i int);
            CREATE TABLE part (i int PRIMARY KEY) PARTITION BY RANGE (i); CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (9);
            CREATE SEQUENCE seq;
            """);
        await AddNodesAsync("A");
        await AddAsync("two");
        var all = await Control.Tables.AddAsync(new TableSelection { All = true, Herd = "h" }, Cancellation);
        Assert.Equal(["public.part", "s.one"], all.Added.Select(t => t.FullName));
        Assert.Equal(["public.two"], all.Known.Select(t => t.FullName));
        Assert.Equal(["public.bare"], all.Skipped.Select(p => p.Object));
        Assert.Equal(["h"], all.Known[0].Herds);
        Assert.Equal(3, (await Control.Herds.GetAsync("h", Cancellation)).Tables.Count);
        await FailsAsync("TableExists", () => Control.Tables.AddAsync(new TableSelection { Patterns = ["two"], Herd = "h" }, Cancellation));
        Assert.Single((await Control.Tables.AddAsync(new TableSelection { Patterns = ["two"], Herd = "other" }, Cancellation)).Known);
        Assert.Single((await AddAsync("part_1")).Added);
        Assert.Equal(RelationType.Sequence,
            (await Control.Tables.AddAsync(new TableSelection { All = true, Type = RelationType.Sequence },
            Cancellation)).Added.Single().Type);

        Assert.Equal(["s.one"], (await Control.Tables.ListAsync(new TableFilter { Schema = "s" })).Select(t => t.FullName));
        Assert.Equal(["public.part", "public.part_1"],
            (await Control.Tables.ListAsync(new TableFilter { Pattern = "public.part*" })).Select(t => t.FullName));
        Assert.Equal(["public.two"], (await Control.Tables.ListAsync(new TableFilter { Herd = "oth*" })).Select(t => t.FullName));
        Assert.Equal(["public.seq"], (await Control.Tables.ListAsync(new TableFilter { Type = RelationType.Sequence })).Select(t =>
            t.FullName));
    }

    [Fact]
    public async Task Any_name_works()
    {
        var longest = new string('x', 61) + "é";
        string[] names = ["Mixed Case", "a.b", "q\"uote", "it's", "back\\slash", "per%cent", "star*", longest, "\"wrapped\"", "pipe|d"];
        foreach (var name in names) await Node.ExecuteAsync($"CREATE TABLE \"{name.Replace("\"", "\"\"")}\" (\"Key|One\" int PRIMARY KEY)");
        await Node.ExecuteAsync("CREATE SCHEMA \"My.Schema\"; CREATE TABLE \"My.Schema\".\"t.x\" (i int PRIMARY KEY); CREATE SCHEMA a; CREATE TABLE a.b (i int PRIMARY KEY)");
        await AddNodesAsync("A");
        var added = await AddAsync("Mixed Case", "public.q\"uote", "it's", "back\\slash", "\"per%cent\"", "public.\"star*\"", longest,
            "\"\"\"wrapped\"\"\"", "pipe|d", "\"My.Schema\".t.x", "\"a.b\"", "a.b");
        Assert.Equal(12, added.Added.Count);
        Assert.Equal(["a.b", "My.Schema.t.x"],
            added.Added.Where(t => t.Schema != "public").Select(t => t.FullName).OrderBy(n => n, StringComparer.OrdinalIgnoreCase));
        Assert.All(names, n => Assert.Contains(added.Added, t => t.Name == n));
        Assert.Equal("Key|One", added.Added.First(t => t.Name == longest).KeyColumns.Single());
    }

    [Fact]
    public async Task Herds_take_tables_of_one_database_only()
    {
        await Node.ExecuteAsync("CREATE TABLE t (i int PRIMARY KEY); CREATE TABLE u (i int PRIMARY KEY)");
        await AddNodesAsync("A", "B");
        var t = (await Control.Tables.AddAsync(new TableSelection { Database = "A", Patterns = ["t"] }, Cancellation)).Added[0].Id;
        var u = (await Control.Tables.AddAsync(new TableSelection { Database = "A", Patterns = ["u"] }, Cancellation)).Added[0].Id;
        var other = (await Control.Tables.AddAsync(new TableSelection { Database = "B", Patterns = ["t"] }, Cancellation)).Added[0].Id;
        var herd = await Control.Herds.AddAsync("h", "note", [u, t], Cancellation);
        Assert.Equal([t, u], herd.Tables.Select(x => x.Id));
        herd = await Control.Herds.UpdateAsync("h", new HerdChange { Priorities = new Dictionary<int, int> { [u] = 9 } }, Cancellation);
        Assert.Equal([u, t], herd.Tables.Select(x => x.Id));
        await FailsAsync("HerdMixedDatabases", () => Control.Herds.UpdateAsync("h", new HerdChange { Add = [other] }, Cancellation));
        await FailsAsync("TableNotFound", () => Control.Herds.UpdateAsync("h", new HerdChange { Add = [999] }, Cancellation));
        await FailsAsync("HerdExists", () => Control.Herds.AddAsync("h", null, [], Cancellation));
        await FailsAsync("HerdNotFound", () => Control.Herds.GetAsync("hh", Cancellation));
        herd = await Control.Herds.UpdateAsync("h", new HerdChange { NewName = "k", Remove = [u], About = "" }, Cancellation);
        Assert.Equal(("k", null, 1), (herd.Name, herd.About, herd.Tables.Count));
        await Control.Herds.RemoveAsync("k", false, Cancellation);
        await Control.Tables.RemoveAsync(t, false, Cancellation);
        await FailsAsync("TableNotFound", () => Control.Tables.GetAsync(t, Cancellation));
    }
}
