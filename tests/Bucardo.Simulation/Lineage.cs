using Bucardo.Engine.Replication;

namespace Bucardo.Simulation;

/// <summary>What a node has of a row: its value, null where there is none, and the write that made it so.</summary>
readonly record struct Cell(string? Value, int Write)
{
    /// <summary>A row that nobody has ever written.</summary>
    public static Cell Nothing => new(null, 0);
}

/// <summary>One write of one row, by a user or by a settlement.</summary>
sealed class Write
{
    public required int Id { get; init; }
    public required int Table { get; init; }
    public required string Key { get; init; }
    public required RowVersion Version { get; init; }
    public required string Text { get; init; }

    /// <summary>The writes that it was made on, theirs included.</summary>
    public required HashSet<int> Ancestors { get; init; }

    public bool IsSettlement { get; init; }
    public bool IsCommitted { get; set; }

    /// <summary>A server lost it, committed or not, and nobody else had it then: whether it comes up again nobody can say.</summary>
    public bool IsLost { get; set; }
}

/// <summary>
/// Who wrote what on top of what: known to the simulation only, never to the rounds, so that it can tell whether they took an older version for a newer one.
/// Write 0 stands for the row before anybody wrote it.
/// </summary>
sealed class Lineage
{
    readonly List<Write> _writes = [new() { Id = 0, Table = 0, Key = "", Version = default, Text = "nothing", Ancestors = [] }];
    // With the time: a promoted standby gives transaction ids a second time.
    readonly Dictionary<(RowVersion Version, DateTime At, int Table, string Key, bool IsTruncation), int> _byVersion = [];

    /// <summary>The first thing that was wrong; null so far.</summary>
    public string? Problem { get; private set; }

    public IEnumerable<Write> Committed => _writes.Where(w => w.IsCommitted);

    public int Add(RowVersion version, int table, string key, string text, IEnumerable<int> madeOn, bool isTruncation = false, bool isSettlement = false)
    {
        var ancestors = new HashSet<int>();
        foreach (var write in madeOn)
        {
            ancestors.Add(write);
            ancestors.UnionWith(_writes[write].Ancestors);
        }
        var id = _writes.Count;
        _writes.Add(new Write { Id = id, Table = table, Key = key, Version = version, Text = text, Ancestors = ancestors, IsSettlement = isSettlement });
        _byVersion[(version, version.At, table, key, isTruncation)] = id;
        return id;
    }

    /// <summary>The write that a version of a row is: of a transaction that wrote it and truncated the table, what came last.</summary>
    public int Find(RowVersion version, int table, string key) =>
        Math.Max(FindTruncation(version, table, key), _byVersion.GetValueOrDefault((version, version.At, table, key, false)));

    /// <summary>What a TRUNCATE did to a row.</summary>
    public int FindTruncation(RowVersion version, int table, string key) => _byVersion.GetValueOrDefault((version, version.At, table, key, true));

    public void Commit(RowVersion version)
    {
        for (var i = _writes.Count - 1; i > 0; i--)
            if (_writes[i].Version == version && !_writes[i].IsLost) _writes[i].IsCommitted = true;
    }

    /// <summary>A node has taken over, as a version of its own, what another one has lost.</summary>
    public void Rename(int table, string? key, RowVersion from, RowVersion to)
    {
        foreach (var (place, write) in _byVersion.Where(v => v.Key.Version == from && v.Key.At == from.At && v.Key.Table == table && (key is null ? v.Key.IsTruncation : v.Key.Key == key && !v.Key.IsTruncation)).ToList())
            _byVersion[place with { Version = to, At = to.At }] = write;
    }

    /// <summary>A server has lost something: what no node has any more need not be there in the end.</summary>
    public void Lose(int node, IReadOnlyList<MemoryNode> nodes)
    {
        foreach (var write in _writes.Where(w => !w.IsLost && (w.IsCommitted || w.Version.Origin == node))) write.IsLost = !nodes.Any(n => n.Holds(write, IsOlder));
    }

    public string Describe(int write) => write == 0 ? "nothing" : $"{_writes[write].Text} of {_writes[write].Version}";

    public bool IsOlder(int write, int than) => write != than && _writes[than].Ancestors.Contains(write);

    public RowVersion VersionOf(int write) => _writes[write].Version;

    public bool IsLost(int write) => _writes[write].IsLost;

    /// <summary>False: on its way to where it ends, a row may be older than another that was made on it.</summary>
    public bool IsOrderKept { get; set; } = true;

    public void Report(string problem)
    {
        if (IsOrderKept) Problem ??= problem;
    }

    /// <summary>A round replaces what a node has of a row. What comes of it, seen from the node: of two absences the one that knows more.</summary>
    public Cell Replace(string node, int table, string key, Cell old, Cell given)
    {
        if (!IsOlder(given.Write, old.Write)) return given;
        if (old.Value is null && given.Value is null) return old;
        Report($"on {node} a round put {table}/{key} back from {Describe(old.Write)} to {Describe(given.Write)}, which is older");
        return given;
    }
}
