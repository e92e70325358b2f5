namespace Bucardo.Simulation;

/// <summary>Carries out one statement of a user's transaction, and captures it.</summary>
sealed class UserStatement(MemoryNode node, Writing writing)
{
    public void Run(Statement statement)
    {
        var (table, key, to) = (statement.Table, statement.Key, statement.To);
        writing.Touched.Add(table);
        switch (statement.Kind)
        {
            case StatementKind.Put:
                Set(table, key!, write => $"v{write}");
                break;
            case StatementKind.Delete when Seen(table, key!).Value is not null:
                Set(table, key!, _ => null);
                break;
            case StatementKind.Move when Seen(table, key!).Value is { } value && Seen(table, to!).Value is null:
                Set(table, key!, _ => null);
                Set(table, to!, _ => value);
                break;
            case StatementKind.Truncate:
                Truncate(table);
                break;
        }
    }

    Cell Seen(int table, string key) => writing.Cells.TryGetValue((table, key), out var own) ? own : node.CellOf(table, key);

    void Set(int table, string key, Func<int, string?> value)
    {
        var write = Note(table, key, isTruncation: false);
        writing.Cells[(table, key)] = new Cell(value(write), write);
        writing.Locked.Add((table, key));
        writing.Changes.Add(new Change(table, key, node.NextSequence(), writing.Xid, writing.Version));
    }

    void Truncate(int table)
    {
        foreach (var key in node.World.KeysOf(table)) writing.Cells[(table, key)] = new Cell(null, Note(table, key, isTruncation: true));
        writing.LockedTables.Add(table);
        writing.Changes.Add(new Change(table, null, node.NextSequence(), writing.Xid, writing.Version));
    }

    int Note(int table, string key, bool isTruncation) =>
        node.World.Lineage.Add(writing.Version, table, key, isTruncation ? "the TRUNCATE" : "the change", [Seen(table, key).Write], isTruncation);
}
