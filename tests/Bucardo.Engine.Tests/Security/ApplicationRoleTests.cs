using Bucardo.Engine.Tests.Replication;
using Npgsql;

namespace Bucardo.Engine.Tests.Security;

/// <summary>An application with rights on its tables and no others, beside a replication role that is no superuser either.</summary>
public sealed class ApplicationRoleTests
{
    const string Schema = """
        CREATE TABLE t (id int PRIMARY KEY, v text);
        CREATE TABLE parts (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
        CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
        """;

    static async Task<(Nodes Nodes, Sessions Sessions, string Application)> CreateAsync(string roles = "ss")
    {
        var nodes = await Nodes.CreateAsync(roles, Schema, ["t(id)", "parts(id)"], role: "bucardo_" + Guid.NewGuid().ToString("N")[..10]);
        var sessions = new Sessions();
        var application = await sessions.CreateRoleAsync("app", nodes[0]);
        await nodes.ExecuteAsync(0, $"GRANT SELECT, INSERT, UPDATE, DELETE ON t, parts TO {application}; GRANT CREATE ON SCHEMA public TO {application}");
        return (nodes, sessions, application);
    }

    [Fact]
    public async Task It_can_neither_read_nor_write_nor_call_what_capture_keeps()
    {
        var (nodes, sessions, application) = await CreateAsync();
        await using var first = nodes;
        await using var second = sessions;
        var tables = (await nodes[0].QueryAsync("SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'bucardo_node'::regnamespace AND relkind IN ('r', 'p')")).Select(r => (string)r[0]!).ToList();
        Assert.Contains("bucardo_node.change_1", tables);
        foreach (var table in tables)
        {
            await Sessions.RefusesAsync(nodes[0], application, $"SELECT * FROM {table}");
            await Sessions.RefusesAsync(nodes[0], application, $"INSERT INTO {table} DEFAULT VALUES");
            await Sessions.RefusesAsync(nodes[0], application, $"DELETE FROM {table}");
        }
        await Sessions.RefusesAsync(nodes[0], application, "SELECT nextval('bucardo_node.change_seq')");
        await Sessions.RefusesAsync(nodes[0], application, "CREATE TABLE bucardo_node.mine ()");
        var functions = (await nodes[0].QueryAsync("SELECT p.oid::regprocedure::text FROM pg_proc p WHERE pronamespace = 'bucardo_node'::regnamespace")).Select(r => (string)r[0]!).ToList();
        Assert.Contains("bucardo_node.capture_1()", functions);
        await Sessions.RunAsync(nodes[0], application, "CREATE TABLE mine (id int PRIMARY KEY, v text)");
        foreach (var function in functions.Where(f => f.Contains("capture_")))
        {
            await Sessions.RefusesAsync(nodes[0], application, $"SELECT {function}");
            await Sessions.RefusesAsync(nodes[0], application, $"CREATE TRIGGER mine AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION {function}");
        }
        Assert.Equal(0L, await nodes[0].ScalarAsync<long>("SELECT count(*) FROM pg_proc p, aclexplode(p.proacl) a WHERE p.pronamespace = 'bucardo_node'::regnamespace AND a.grantee = 0"));
        Assert.Equal(0L, await nodes[0].ScalarAsync<long>("SELECT count(*) FROM pg_proc p WHERE p.pronamespace = 'bucardo_node'::regnamespace AND p.prosecdef AND p.proacl IS NULL"));
    }

    [Fact]
    public async Task The_setting_by_which_applied_rows_are_told_apart_lets_it_write_nothing_past_the_capture()
    {
        var (nodes, sessions, application) = await CreateAsync();
        await using var first = nodes;
        await using var second = sessions;
        await Sessions.RunAsync(nodes[0], application, "SET bucardo.origin = 'replication'; INSERT INTO t VALUES (1, 'a'), (2, 'b'); UPDATE t SET v = 'c' WHERE id = 1; DELETE FROM t WHERE id = 2; INSERT INTO parts VALUES (1, 'a')");
        await Sessions.RefusesAsync(nodes[0], application, "SET session_replication_role = replica");
        await nodes.SettleAsync();
        Assert.Equal(["(1,c)"], await nodes.AssertEqualAsync("t"));
        Assert.Equal(["(1,a)"], await nodes.AssertEqualAsync("parts"));
        // What the replication role itself applies is still no change of the node's own.
        Assert.Equal(0, await nodes[1].ScalarAsync<long>("SELECT count(*) FROM bucardo_node.change_1 WHERE origin IS NULL"));
        Assert.True((await nodes.RoundAsync()).IsEmpty);
    }

    [Fact]
    public async Task A_trigger_that_an_earlier_version_left_is_replaced()
    {
        await using var nodes = await Nodes.CreateAsync("ss", Schema, ["t(id)", "parts(id)"]);
        await nodes.ExecuteAsync(0, """
            CREATE OR REPLACE TRIGGER bucardo_capture_delete AFTER DELETE ON t REFERENCING OLD TABLE AS bucardo_old FOR EACH STATEMENT
            WHEN (coalesce(pg_catalog.current_setting('bucardo.origin', true), '') = '') EXECUTE FUNCTION bucardo_node.capture_1()
            """);
        Assert.Equal(["trigger bucardo_capture_delete of public.t"], await nodes.EnsureAsync(0));
        Assert.Empty(await nodes.EnsureAsync(0));
    }

    [Fact]
    public async Task The_owner_of_a_partitioned_table_can_go_on_adding_partitions()
    {
        var (nodes, sessions, _) = await CreateAsync();
        await using var first = nodes;
        await using var second = sessions;
        for (var i = 0; i < 2; i++)
        {
            var owner = await sessions.CreateRoleAsync("owner", nodes[i]);
            await nodes.ExecuteAsync(i, $"GRANT USAGE, CREATE ON SCHEMA public TO {owner}; ALTER TABLE parts OWNER TO {owner}; ALTER TABLE parts_1 OWNER TO {owner};"
                + $"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT, TRIGGER ON TABLES TO {nodes.Definition.Members[i].Connection.UserName}");
            await nodes.EnsureAsync(i);
            Assert.Empty(await nodes.EnsureAsync(i));
            await Sessions.RunAsync(nodes[i], owner, "CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (100) TO (200); CREATE TABLE parts_3 (LIKE parts INCLUDING ALL); ALTER TABLE parts ATTACH PARTITION parts_3 DEFAULT");
            await Sessions.RunAsync(nodes[i], owner, "CREATE TABLE mine (id int PRIMARY KEY, v text)");
            await Sessions.RefusesAsync(nodes[i], owner, "CREATE TRIGGER mine AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION bucardo_node.capture_2()");
        }
        await nodes.ExecuteAsync(0, "INSERT INTO parts VALUES (150, 'second'), (500, 'third')");
        await nodes.SettleAsync();
        Assert.Equal(["(150,second)", "(500,third)"], await nodes.AssertEqualAsync("parts"));
    }

    [Fact]
    public async Task Objects_of_its_own_are_found_neither_by_the_capture_nor_by_the_rounds()
    {
        var (nodes, sessions, application) = await CreateAsync("sss");
        await using var first = nodes;
        await using var second = sessions;
        // What would be called by a superuser or the replication role notes it.
        await Sessions.RunAsync(nodes[0], application, Traps);
        await Sessions.RunAsync(nodes[0], application, """
            CREATE TEMP TABLE bucardo_new (id int); CREATE TEMP TABLE bucardo_old (id int); CREATE TEMP TABLE change_1 (k1 int); CREATE TEMP TABLE pg_class (oid oid);
            SET search_path = pg_temp, public, pg_catalog; SET standard_conforming_strings = off; SET row_security = off; SET "bucardo.origin" = '';
            INSERT INTO public.t VALUES (1, 'a'), (2, 'b'); UPDATE public.t SET id = 3 WHERE id OPERATOR(pg_catalog.=) 2; INSERT INTO public.parts VALUES (1, 'a'); DELETE FROM public.parts
            """);
        await nodes.OnlineAsync(0, 1, 2);
        await nodes.PrepareAsync();
        await nodes.SettleAsync();
        await nodes.MaintainAsync();
        Assert.Equal(["(1,a)", "(3,b)"], await nodes.AssertEqualAsync("t"));
        Assert.Empty(await nodes[0].QueryAsync($"SELECT who, what FROM public.caught WHERE who <> '{application}'"));
    }

    // Operators and functions that fit what is compared and called better than PostgreSQL's own, which do it by way of a cast.
    const string Traps = """
        CREATE TABLE public.caught (who text, what text); GRANT ALL ON public.caught TO PUBLIC;
        CREATE FUNCTION public.trap(oid, regproc) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.caught VALUES (current_user, ''oid = regproc''); RETURN $1 OPERATOR(pg_catalog.=) $2::oid; END';
        CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = regproc, FUNCTION = public.trap);
        CREATE FUNCTION public.trap(oid, regclass) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.caught VALUES (current_user, ''oid = regclass''); RETURN $1 OPERATOR(pg_catalog.=) $2::oid; END';
        CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = regclass, FUNCTION = public.trap);
        CREATE FUNCTION public.trap(name, varchar) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.caught VALUES (current_user, ''name = varchar''); RETURN $1::text OPERATOR(pg_catalog.=) $2::text; END';
        CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = varchar, FUNCTION = public.trap);
        CREATE FUNCTION public.pg_notify(varchar, varchar) RETURNS void LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.caught VALUES (current_user, ''pg_notify''); END';
        CREATE FUNCTION public.format_type(oid, bigint) RETURNS text LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.caught VALUES (current_user, ''format_type''); RETURN NULL; END';
        CREATE FUNCTION public.to_regclass(varchar) RETURNS regclass LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.caught VALUES (current_user, ''to_regclass''); RETURN NULL; END';
        CREATE FUNCTION public.hashtext(varchar) RETURNS int LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.caught VALUES (current_user, ''hashtext''); RETURN 1; END';
        """;
}
