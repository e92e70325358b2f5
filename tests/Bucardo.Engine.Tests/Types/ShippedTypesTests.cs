using Bucardo.Engine.Capture;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication;
using Bucardo.Engine.Tests.Replication;

namespace Bucardo.Engine.Tests.Types;

/// <summary>Every type that PostgreSQL ships and that a column can have: the catalogs say which, so that a new one cannot be forgotten.</summary>
public sealed class ShippedTypesTests
{
    // One table of all of them: a failure names the columns, which are named as their types.
    sealed record TypeColumn(string Name, string Type, string[] Values);

    public static TheoryData<bool, bool> Ways => new() { { true, false }, { false, false }, { false, true } };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Values_of_every_type_arrive_as_they_are(bool small, bool binary)
    {
        var columns = await ColumnsAsync();
        if (binary) columns = await OnlyBinaryAsync(columns);
        var schema = CreateTable(columns);
        var rows = columns.Max(c => c.Values.Length);
        await using var nodes = await Nodes.CreateAsync("st", schema, ["every(id)"], options: new SyncSessionOptions { SmallRows = small ? 500 : 0 });
        // Row 0 holds NULLs, the others each column's next value.
        for (var row = 0; row <= rows; row++)
            await nodes.ExecuteAsync(0, $"INSERT INTO every VALUES ({row}, {string.Join(", ", columns.Select(c => Value(c, row)))})");
        await nodes.SettleAsync();
        await AssertEqualAsync(nodes, columns, rows + 1);

        await nodes.ExecuteAsync(0, string.Join(";", Enumerable.Range(0, rows + 1).Select(row =>
            $"UPDATE every SET ({string.Join(", ", columns.Select(c => Quote.Identifier(c.Name)))}) = (SELECT {string.Join(", ", columns.Select(c => Value(c, row + 1)))}) WHERE id = {row}")));
        await nodes.SettleAsync();
        await AssertEqualAsync(nodes, columns, rows + 1);
    }

    static string Value(TypeColumn column, int row) =>
        row == 0 || column.Values.Length == 0 ? $"NULL::{column.Type}" : $"{Quote.Literal(column.Values[(row - 1) % column.Values.Length])}::{column.Type}";

    static string CreateTable(IReadOnlyList<TypeColumn> columns) =>
        $"CREATE TABLE every (id int PRIMARY KEY, {string.Join(", ", columns.Select(c => $"{Quote.Identifier(c.Name)} {c.Type}"))})";

    static async Task AssertEqualAsync(Nodes nodes, IReadOnlyList<TypeColumn> columns, int rows)
    {
        var select = $"SELECT id::text, {string.Join(", ", columns.Select(c => $"{Quote.Identifier(c.Name)}::text"))} FROM every ORDER BY every.id";
        var (source, target) = (await nodes[0].QueryAsync(select), await nodes[1].QueryAsync(select));
        Assert.Equal((rows, rows), (source.Count, target.Count));
        var wrong = columns.SelectMany((c, i) => Enumerable.Range(0, rows).Where(r => !Equals(source[r][i + 1], target[r][i + 1]))
            .Select(r => $"{c.Name}, row {r}: {source[r][i + 1]} arrives as {target[r][i + 1]}"));
        Assert.Empty(wrong);
    }

    static async Task<IReadOnlyList<TypeColumn>> ColumnsAsync()
    {
        await using var database = await PostgresServers.CreateAsync("types");
        var types = await database.QueryAsync("""
            SELECT t.typname::text, format_type(t.oid, NULL), e.typname::text, t.typdelim::text
            FROM pg_type t LEFT JOIN pg_type e ON e.typarray = t.oid
            WHERE t.typnamespace = 'pg_catalog'::regnamespace
              AND (t.typtype IN ('b', 'r', 'm') AND t.typcategory <> 'A' OR t.typname IN ('int2vector', 'oidvector') OR e.typtype IN ('b', 'r', 'm'))
            ORDER BY 1
            """);
        Assert.True(types.Count > 150);
        var unknown = types.Where(t => t[2] is null).Select(t => (string)t[0]!).Where(t => !SampleValues.ByType.ContainsKey(t) && !SampleValues.WithoutInput.Contains(t));
        Assert.True(!unknown.Any(), $"PostgreSQL has types that have no sample values in {nameof(SampleValues)}: {string.Join(", ", unknown)}");
        return [.. types.Select(t => new TypeColumn((string)t[0]!, (string)t[1]!, Values(t)))];
    }

    static string[] Values(object?[] type)
    {
        if (type[2] is not string element) return SampleValues.ByType.GetValueOrDefault((string)type[0]!, []);
        var values = SampleValues.ByType.GetValueOrDefault(element, []);
        return SampleValues.Arrays(element == "regclass" ? [.. values.Where(v => v != "public.every")] : values, Convert.ToChar(type[3]!));
    }

    // Where one column's binary form differs between databases, the whole table travels as text; these are the others.
    static async Task<IReadOnlyList<TypeColumn>> OnlyBinaryAsync(IReadOnlyList<TypeColumn> columns)
    {
        await using var database = await PostgresServers.CreateAsync("types");
        await database.ExecuteAsync(CreateTable(columns));
        await using var connection = await NodeConnection.OpenAsync(database.Settings, "types", "test", default);
        var table = new Table { Id = 1, Database = "types", Schema = "public", Name = "every", KeyColumns = ["id"] };
        var shape = (await ShapeReader.ReadAsync(connection, [table], default))[("public", "every")];
        var found = columns.Where(c => shape.Find(c.Name)!.IsBinary).ToList();
        Assert.True(found.Count > 100);
        return found;
    }
}
