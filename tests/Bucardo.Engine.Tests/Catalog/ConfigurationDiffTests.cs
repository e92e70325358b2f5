using Bucardo.Engine.Catalog.Configuration;

namespace Bucardo.Engine.Tests.Catalog;

public sealed class ConfigurationDiffTests
{
    static ConfigurationFile File(string json) => ConfigurationFile.Parse(json);

    static string Diff(string before, string after, bool prune = false) => string.Join("; ", new ConfigurationDiff(File(before), File(after), prune).Changes());

    const string Full = """
        { "databases": [ { "name": "a", "port": 5432 }, { "name": "b" } ],
          "databaseGroups": [ { "name": "g", "members": [ { "database": "a", "role": "source" }, { "database": "b", "role": "target" } ] } ],
          "customCodes": [ { "name": "c", "source": "'a'", "timeout": 2 } ],
          "tables": [ { "database": "a", "schema": "public", "name": "t", "keyColumns": [ "id" ], "keyTypes": [ "integer" ] } ],
          "herds": [ { "name": "h", "tables": [ { "database": "a", "schema": "public", "name": "t" } ] } ],
          "syncs": [ { "name": "s", "herd": "h", "databaseGroup": "g", "checkTime": 60 } ],
          "settings": [ { "name": "run_history_days", "value": "7" } ] }
        """;

    [Fact]
    public void The_same_makes_no_difference_whatever_the_order_of_members()
    {
        Assert.Equal("", Diff(Full, Full, prune: true));
        Assert.Equal("", Diff(Full, Full.Replace("""{ "database": "a", "role": "source" }, { "database": "b", "role": "target" }""", """{ "database": "b", "role": "target" }, { "database": "a", "role": "source" }""")));
        Assert.Equal("", Diff(Full, File(Full).ToJson(), prune: true));
    }

    [Fact]
    public void Into_the_empty_what_is_needed_comes_before_what_needs_it() =>
        Assert.Equal(["Database a", "Database b", "DatabaseGroup g", "CustomCode c", "Table a:public.t", "Herd h", "Sync s", "Setting run_history_days"],
            new ConfigurationDiff(File("{}"), File(Full), false).Changes().Select(c => $"{c.Kind} {c.Name}"));

    [Fact]
    public void What_is_not_wanted_goes_only_if_told_so_and_what_needs_it_goes_first()
    {
        Assert.Equal("", Diff(Full, "{}"));
        Assert.Equal("Remove Setting run_history_days; Remove Sync s; Remove Herd h; Remove Table a:public.t; Remove CustomCode c; Remove DatabaseGroup g; Remove Database a; Remove Database b", Diff(Full, "{}", prune: true));
    }

    [Fact]
    public void A_change_says_what_was_and_what_is_to_be()
    {
        Assert.Equal("Change Database a (hostName: none -> db1, port: 5432 -> none)",
            Diff(Full, Full.Replace("\"port\": 5432", "\"hostName\": \"db1\"")));
        Assert.Equal("Change Sync s (checkTime: 60 -> 90)", Diff(Full, Full.Replace("60", "90")));
        Assert.Equal("Change CustomCode c (source: 'a' -> 'b')", Diff(Full, Full.Replace("'a'", "'b'")));
        Assert.Equal("Change CustomCode c (sealed: none -> False)", Diff(Full, Full.Replace("\"timeout\": 2", "\"timeout\": 2, \"sealed\": false")));
        Assert.Equal("Change Setting run_history_days (value: 7 -> 8)", Diff(Full, Full.Replace("\"7\"", "\"8\"")));
    }
}
