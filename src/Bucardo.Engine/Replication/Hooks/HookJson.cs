using System.Text.Json;
using System.Text.Json.Nodes;
using Bucardo.Model;

namespace Bucardo.Engine.Replication.Hooks;

/// <summary>A conflict and the answer to it as jsonb. Values of columns are the texts that PostgreSQL writes, so that nothing is rounded on the way.</summary>
static class HookJson
{
    /// <summary>The conflict: <c>{"sync", "table", "key": {...}, "versions": [{"database", "time", "deleted", "row": {...}}, ...]}</c>.</summary>
    public static string Write(ConflictQuestion conflict) => new JsonObject
    {
        ["sync"] = conflict.Sync,
        ["table"] = conflict.Table,
        ["key"] = Object(conflict.Key),
        ["versions"] = new JsonArray([.. conflict.Versions.Select(v => (JsonNode)new JsonObject
        {
            ["database"] = v.Database,
            ["time"] = v.Time.ToUniversalTime().ToString("O", System.Globalization.CultureInfo.InvariantCulture),
            ["deleted"] = v.IsDeleted,
            ["row"] = v.Row is null ? null : Object(v.Row),
        })]),
    }.ToJsonString();

    /// <summary>The answer: <c>{"winner": "DATABASE"}</c>, or <c>{"row": {...}}</c>, or both.</summary>
    /// <exception cref="HookFailedException">It is something else.</exception>
    public static HookAnswer Read(string? text)
    {
        if (text is null) throw new HookFailedException("it returned NULL instead of an object that names the winner or the row");
        using var document = JsonDocument.Parse(text);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || root.EnumerateObject().Any(p => p.Name is not ("winner" or "row"))) throw Strange(text);
        string? winner = null;
        Dictionary<string, string?>? row = null;
        if (root.TryGetProperty("winner", out var w)) winner = w.ValueKind is JsonValueKind.String or JsonValueKind.Null ? w.GetString() : throw Strange(text);
        if (root.TryGetProperty("row", out var r) && r.ValueKind != JsonValueKind.Null)
            row = r.ValueKind == JsonValueKind.Object ? r.EnumerateObject().ToDictionary(p => p.Name, p => Value(p.Value)) : throw Strange(text);
        return winner is null && row is null ? throw Strange(text) : new HookAnswer(winner, row);
    }

    static HookFailedException Strange(string text) =>
        new($"it returned {(text.Length > 100 ? text[..100] + "..." : text)} instead of {{\"winner\": \"DATABASE\"}} or {{\"row\": {{...}}}}");

    // A number as it was written, so that nothing is rounded; an object or an array is a value of a column of type json.
    static string? Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };

    static JsonObject Object(IReadOnlyDictionary<string, string?> row) => new(row.Select(c => KeyValuePair.Create(c.Key, (JsonNode?)c.Value)));
}
