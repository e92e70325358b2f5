using System.Globalization;
using System.Text.Json;

namespace Bucardo.Engine.Replication.Decisions;

/// <summary>The last change of a column.</summary>
/// <param name="Writer">Who made it: node and life, "3.1417".</param>
/// <param name="Number">Which of the writer's changes of the row it was.</param>
/// <param name="At">When.</param>
public readonly record struct ColumnStamp(string Writer, long Number, DateTime At)
{
    /// <summary>The change as a version, for a strategy to compare.</summary>
    public RowVersion Version => new(int.Parse(Writer.AsSpan(0, Writer.IndexOf('.')), CultureInfo.InvariantCulture), (ulong)Number, At);
}

/// <summary>
/// What capture keeps of a row that is merged (<c>bucardo_node.merge_N</c>; Capture/Sql/merge_state.sql writes it): of two of a writer's entries the one with more changes behind it is the later,
/// so two states have one sum that holds the changes of both, in whatever order and how often they meet.
/// </summary>
public sealed class MergeState
{
    /// <summary>The writer under which a counter's value stands that was there before anybody counted.</summary>
    public const string Base = "0";

    /// <summary>The name under which the stamp of the row as a whole stands.</summary>
    public const string WholeRow = "";

    /// <summary>Label of the row's life on the nodes that hold this state.</summary>
    public string Life { get; set; } = "";

    /// <summary>Per writer, how many changes of the row it has made.</summary>
    public Dictionary<string, long> Changes { get; } = [];

    /// <summary>Per counter and writer, what the writer has added.</summary>
    public Dictionary<string, Dictionary<string, ExactNumber>> Counters { get; } = [];

    /// <summary>Per column, its last change.</summary>
    public Dictionary<string, ColumnStamp> Stamps { get; } = [];

    /// <summary>Reads a state; null gives an empty one.</summary>
    public static MergeState Parse(string? json)
    {
        var state = new MergeState();
        if (json is null) return state;
        using var document = JsonDocument.Parse(json);
        state.Life = document.RootElement.GetProperty("l").GetString()!;
        foreach (var writer in document.RootElement.GetProperty("v").EnumerateObject()) state.Changes[writer.Name] = writer.Value.GetInt64();
        foreach (var counter in document.RootElement.GetProperty("c").EnumerateObject())
        {
            var entries = state.Counters[counter.Name] = [];
            foreach (var entry in counter.Value.EnumerateObject())
                if (ExactNumber.TryParse(entry.Value.GetRawText(), out var number)) entries[entry.Name] = number;
        }
        foreach (var column in document.RootElement.GetProperty("m").EnumerateObject())
            state.Stamps[column.Name] = new ColumnStamp(column.Value[0].GetString()!, column.Value[1].GetInt64(), DateTime.UnixEpoch.AddMicroseconds(column.Value[2].GetInt64()));
        return state;
    }

    /// <summary>A counter's value.</summary>
    public ExactNumber Sum(string counter) => Counters.TryGetValue(counter, out var entries) ? entries.Values.Aggregate(default(ExactNumber), (sum, n) => sum + n) : default;

    /// <summary>The last change of a column, or of the row as a whole where that is all that is known; null: nothing is known of any.</summary>
    public ColumnStamp? StampOf(string column) => Stamps.TryGetValue(column, out var stamp) || Stamps.TryGetValue(WholeRow, out stamp) ? stamp : null;

    /// <summary>Whether whoever holds this state has seen a change.</summary>
    public bool Covers(ColumnStamp? stamp) => stamp is not { } change || Changes.GetValueOrDefault(change.Writer) >= change.Number;

    /// <summary>The state as JSON.</summary>
    public override string ToString()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("l", Life);
            json.WriteStartObject("v");
            foreach (var (writer, changes) in Changes.OrderBy(c => c.Key, StringComparer.Ordinal)) json.WriteNumber(writer, changes);
            json.WriteEndObject();
            json.WriteStartObject("c");
            foreach (var (counter, entries) in Counters.OrderBy(c => c.Key, StringComparer.Ordinal))
            {
                json.WriteStartObject(counter);
                foreach (var (writer, number) in entries.OrderBy(e => e.Key, StringComparer.Ordinal))
                {
                    json.WritePropertyName(writer);
                    json.WriteRawValue(number.ToString());
                }
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteStartObject("m");
            foreach (var (column, stamp) in Stamps.OrderBy(s => s.Key, StringComparer.Ordinal))
            {
                json.WriteStartArray(column);
                json.WriteStringValue(stamp.Writer);
                json.WriteNumberValue(stamp.Number);
                json.WriteNumberValue((stamp.At - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
                json.WriteEndArray();
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }
}
