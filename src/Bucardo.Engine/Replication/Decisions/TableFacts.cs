using System.Text.Json;

namespace Bucardo.Engine.Replication.Decisions;

/// <summary>A node's entry for a key: the version that it holds, the local transaction that wrote it there, and its place in the node's order of changes.</summary>
/// <param name="Version">The version.</param>
/// <param name="LocalXid">The holder's own transaction; the version's, where it was written on the holder.</param>
/// <param name="Sequence">Ascending on one node in the order in which one key's changes took effect.</param>
public readonly record struct Held(RowVersion Version, ulong LocalXid, long Sequence);

/// <summary>What was collected from one node about one table: what at least one other online node has not seen.</summary>
public sealed class NodeTableFacts
{
    /// <summary>What the node has seen.</summary>
    public required NodeKnowledge Knowledge { get; init; }

    /// <summary>Per key (<see cref="RowKey"/>), the version that the node holds.</summary>
    public Dictionary<string, Held> Entries { get; init; } = [];

    /// <summary>The node's last TRUNCATE; it stands for an entry of every key that has no later one.</summary>
    public Held? Truncation { get; init; }

    /// <summary>Versions inside the node's context that it has not seen all the same.</summary>
    public Dictionary<string, HashSet<RowVersion>> Deferred { get; init; } = [];

    /// <summary>Versions outside the node's context that it has seen all the same: of a transaction that travels in several steps, what has come.</summary>
    public Dictionary<string, HashSet<RowVersion>> Parts { get; init; } = [];

    /// <summary>Deferred keys that changed on the node behind the cut of the step: nothing is decided about them, for it is not yet known what the present version was made on.</summary>
    public HashSet<string> Behind { get; init; } = [];

    /// <summary>What the node holds of a key, as far as it was collected. Null: nothing.</summary>
    public Held? HeldOf(string key)
    {
        if (!Entries.TryGetValue(key, out var entry) || Truncation is { } truncation && truncation.Sequence > entry.Sequence) return Truncation;
        return entry.Version.IsNothing ? null : entry;
    }

    /// <summary>Whether the node has seen a version of a key: what it holds, and what its context and the parts of transactions say, less what it had to leave out.</summary>
    public bool HasSeen(string key, RowVersion version, int holder, ulong localXid) =>
        HeldOf(key)?.Version == version || ((Knowledge.Covers(version, holder, localXid) || Contains(Parts, key, version)) && !Contains(Deferred, key, version));

    internal static bool Contains(Dictionary<string, HashSet<RowVersion>> versions, string key, RowVersion version) => versions.TryGetValue(key, out var some) && some.Contains(version);
}

/// <summary>A key as one string: the canonical text of its columns, separated by NUL, which no text in PostgreSQL can hold.</summary>
public static class RowKey
{
    /// <summary>Joins the columns' texts.</summary>
    public static string Join(IEnumerable<string> columns) => string.Join('\0', columns);

    /// <summary>The columns' texts.</summary>
    public static string[] Split(string key) => key.Split('\0');

    /// <summary>The key as a JSON array, for storing: a column of type text cannot hold NUL.</summary>
    public static string ToJson(string key) => JsonSerializer.Serialize(Split(key));

    /// <summary>Reads <see cref="ToJson"/> back.</summary>
    public static string FromJson(string json) => Join(JsonSerializer.Deserialize<string[]>(json)!);

    /// <summary>For messages: columns separated by a comma.</summary>
    public static string Display(string key) => key.Replace("\0", ", ");
}
