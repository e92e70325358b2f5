using Bucardo.Engine.Capture;
using Bucardo.Model;

namespace Bucardo.Engine.Replication;

/// <summary>One node's form of a table.</summary>
/// <param name="Node">Id of the node.</param>
/// <param name="Name">Its name.</param>
/// <param name="IsSource">Whether it is a source of the sync.</param>
/// <param name="Shape">The table there; null when it does not exist.</param>
public sealed record NodeShape(int Node, string Name, bool IsSource, TableShape? Shape);

/// <summary>
/// How the rows of a table travel: which columns, in which order and format. The order is the layout's own: the nodes' may differ.
/// </summary>
public sealed record TableLayout
{
    /// <summary>The table.</summary>
    public required Table Table { get; init; }

    /// <summary>All columns that are replicated: every source's, but those that are computed.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>True when COPY's binary format means the same on all nodes.</summary>
    public required bool IsBinary { get; init; }

    /// <summary>Whether rows travel with what merging them takes.</summary>
    public bool HasStates => MergeSettings.Of(Table).Any;

    /// <summary>The table's counters with their types.</summary>
    public required IReadOnlyDictionary<string, string> CounterTypes { get; init; }

    /// <summary>The columns outside the key.</summary>
    public IEnumerable<string> DataColumns => Columns.Where(c => !Table.KeyColumns.Contains(c));

    /// <summary>Makes the layout of a table, and finds everything that stands in the way of replicating it.</summary>
    /// <param name="table">The table.</param>
    /// <param name="nodes">Its forms on the nodes, at least one source's among them.</param>
    /// <param name="problems">Receives what is wrong.</param>
    public static TableLayout? Create(Table table, IReadOnlyList<NodeShape> nodes, ICollection<Problem> problems)
    {
        var before = problems.Count;
        foreach (var node in nodes.Where(n => n.Shape is null))
            Add("TableMissing", node, $"Table {table.FullName} does not exist on database {node.Name}: create it there, or remove it from the herd.");
        var present = nodes.Where(n => n.Shape is not null).ToList();
        foreach (var node in present.Where(n => n.Shape!.FindKey(table.KeyColumns) is null))
            Add("KeyMissing", node, $"Table {table.FullName} on database {node.Name} has no unique index over its key ({string.Join(", ", table.KeyColumns)}): create one there.");

        var sources = present.Where(n => n.IsSource).ToList();
        var columns = sources.SelectMany(n => n.Shape!.Columns).Where(c => !c.IsGenerated).Select(c => c.Name).Distinct().ToList();
        foreach (var node in present)
        {
            foreach (var name in columns) CheckColumn(node, name);
            foreach (var name in table.Counters) CheckCounter(node, name);
            foreach (var column in node.Shape!.Columns.Where(c => !columns.Contains(c.Name) && !c.CanBeOmitted))
                Add("ColumnWithoutDefault", node, $"Column {column.Name} of table {table.FullName} on database {node.Name} exists only there and can be neither NULL nor omitted: give it a default, or drop NOT NULL.");
        }
        if (problems.Count > before || sources.Count == 0) return null;
        return new TableLayout
        {
            Table = table,
            Columns = columns,
            IsBinary = columns.All(c => IsBinaryEverywhere(c, present)),
            CounterTypes = table.Counters.Distinct().ToDictionary(c => c, c => sources[0].Shape!.Find(c)!.BaseType),
        };

        void CheckColumn(NodeShape node, string name)
        {
            var column = node.Shape!.Find(name);
            var reference = sources.Select(s => s.Shape!.Find(name)).First(c => c is not null)!;
            if (column is null)
                Add("ColumnMissing", node, $"Column {name} of table {table.FullName} is missing on database {node.Name}: add it there as {reference.Type}.");
            else if (column.IsGenerated)
                Add("ColumnGenerated", node, $"Column {name} of table {table.FullName} is computed on database {node.Name} but not on every source: make it the same everywhere.");
            else if (name.StartsWith("bucardo$", StringComparison.Ordinal))
                Add("ColumnNameReserved", node, $"Column {name} of table {table.FullName} on database {node.Name} has a name that begins with bucardo$, which is reserved: rename it.");
            else if (!AreCompatible(reference, column) || (node.IsSource && !AreCompatible(column, reference)))
                Add("TypeMismatch", node, $"Column {name} of table {table.FullName} is {column.Type} on database {node.Name} but {reference.Type} on database {sources[0].Name}: make the types equal.");
        }

        void CheckCounter(NodeShape node, string name)
        {
            // No float: what its increments add up to depends on their order, which is another one on each node.
            if (node.Shape!.Find(name) is not { } column || table.KeyColumns.Contains(name) || column.IsGenerated || !s_counterTypes.Contains(column.CastType))
                Add("CounterInvalid", node, $"Counter {name} of table {table.FullName} is no column of type smallint, integer, bigint or numeric on database {node.Name}, or is computed or part of the key: choose other counters with Set-BucardoTable -CounterColumn.");
        }

        void Add(string code, NodeShape node, string message) => problems.Add(new Problem(code, table.FullName, node.Name, message));
    }

    static readonly string[] s_counterTypes = ["smallint", "integer", "bigint", "numeric"];

    // What Bucardo tolerates too: the receiver's type holds every value of the source's.
    static bool AreCompatible(ColumnShape source, ColumnShape receiver)
    {
        if (source.BaseType == receiver.BaseType || source.CastType == receiver.CastType) return true;
        string[] integers = ["smallint", "integer", "bigint", "numeric"];
        string[] texts = ["character varying", "text"];
        var (from, to) = (Array.IndexOf(integers, source.CastType), Array.IndexOf(integers, receiver.CastType));
        if (from >= 0 && to >= from) return true;
        return texts.Contains(source.CastType) && texts.Contains(receiver.CastType);
    }

    static bool IsBinaryEverywhere(string column, List<NodeShape> nodes)
    {
        var shapes = nodes.Select(n => n.Shape!.Find(column)!).ToList();
        return shapes.All(c => c.IsBinary && c.CastType == shapes[0].CastType);
    }
}
