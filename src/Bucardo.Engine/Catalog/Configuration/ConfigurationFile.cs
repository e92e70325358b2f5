using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bucardo.Model;

namespace Bucardo.Engine.Catalog.Configuration;

/// <summary>A whole configuration as it stands in a file: no passwords, no history, nothing that differs from one export to the next unless the configuration does.</summary>
sealed record ConfigurationFile
{
    public const int CurrentVersion = 1;

    static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // A misspelt word must not be passed over in silence.
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public int Version { get; init; } = CurrentVersion;

    public IReadOnlyList<DatabaseEntry> Databases { get; init => field = value ?? []; } = [];

    public IReadOnlyList<GroupEntry> DatabaseGroups { get; init => field = value ?? []; } = [];

    public IReadOnlyList<CodeEntry> CustomCodes { get; init => field = value ?? []; } = [];

    public IReadOnlyList<TableEntry> Tables { get; init => field = value ?? []; } = [];

    public IReadOnlyList<HerdEntry> Herds { get; init => field = value ?? []; } = [];

    public IReadOnlyList<SyncEntry> Syncs { get; init => field = value ?? []; } = [];

    public IReadOnlyList<SettingEntry> Settings { get; init => field = value ?? []; } = [];

    public string ToJson() => JsonSerializer.Serialize(this, s_json);

    /// <exception cref="BucardoException">InvalidConfiguration.</exception>
    public static ConfigurationFile Parse(string json)
    {
        try
        {
            var file = JsonSerializer.Deserialize<ConfigurationFile>(json, s_json) ?? throw Invalid("it is empty");
            if (file.Version != CurrentVersion) throw Invalid($"its version is {file.Version}, and this program reads version {CurrentVersion}: use the program that wrote it, or a newer one");
            file.RefuseNameless();
            return file;
        }
        catch (JsonException e)
        {
            throw Invalid(e.Message, e);
        }
    }

    void RefuseNameless()
    {
        string?[] names =
        [
            .. Databases.Select(d => d.Name), .. DatabaseGroups.SelectMany(g => g.Members.Select(m => m.Database).Prepend(g.Name)), .. Tables.SelectMany(t => new[] { t.Database, t.Schema, t.Name }),
            .. Herds.SelectMany(h => h.Tables.SelectMany(t => new[] { t.Database, t.Schema, t.Name }).Prepend(h.Name)), .. Syncs.SelectMany(s => new[] { s.Name, s.Herd, s.DatabaseGroup }),
            .. Settings.SelectMany(s => new[] { s.Name, s.Value }), .. CustomCodes.SelectMany(c => new[] { c.Name, c.Source }),
        ];
        if (names.Any(string.IsNullOrEmpty)) throw Invalid("something in it has no name, or a sync lacks its herd or database group, or custom code its source");
    }

    static BucardoException Invalid(string reason, Exception? inner = null) =>
        new("InvalidConfiguration", ErrorKind.InvalidArgument, $"The configuration cannot be used: {reason.TrimEnd('.')}. Export-BucardoConfiguration shows what one looks like.", inner);
}

sealed record DatabaseEntry(string Name)
{
    public string? HostName { get; init; }
    public int? Port { get; init; }
    public string? DatabaseName { get; init; }
    public string? UserName { get; init; }
    public string? ServiceName { get; init; }
    public string? PassFile { get; init; }
    public string? Options { get; init; }
    public string? ConnectionString { get; init; }
    public DatabaseStatus Status { get; init; } = DatabaseStatus.Active;
}

sealed record GroupEntry(string Name)
{
    public string? About { get; init; }
    public IReadOnlyList<MemberEntry> Members { get; init => field = value ?? []; } = [];
}

sealed record MemberEntry(string Database, DatabaseRole Role)
{
    public int Priority { get; init; }
}

sealed record CodeEntry(string Name, string Source)
{
    public CustomCodeLanguage Language { get; init; }

    /// <summary>Seconds.</summary>
    public double Timeout { get; init; } = CustomCodeCatalog.UsualTimeout.TotalSeconds;
    public string? About { get; init; }

    /// <summary>False for a script that is not run where it is, because somebody without the key file stored it: importing it must not change that.</summary>
    public bool? Sealed { get; init; }
}

sealed record TableEntry(string Database, string Schema, string Name)
{
    public RelationType Type { get; init; } = RelationType.Table;
    public IReadOnlyList<string> KeyColumns { get; init => field = value ?? []; } = [];
    public IReadOnlyList<string> KeyTypes { get; init => field = value ?? []; } = [];
    public string? ConflictStrategy { get; init; }
    public bool? AutoKick { get; init; }
    public bool MergeColumns { get; init; }
    public IReadOnlyList<string> Counters { get; init => field = value ?? []; } = [];
}

sealed record HerdEntry(string Name)
{
    public string? About { get; init; }
    public IReadOnlyList<HerdTableEntry> Tables { get; init => field = value ?? []; } = [];
}

sealed record HerdTableEntry(string Database, string Schema, string Name)
{
    public int Priority { get; init; }
}

sealed record SyncEntry(string Name, string Herd, string DatabaseGroup)
{
    public bool AutoKick { get; init; } = true;

    /// <summary>Seconds.</summary>
    public double? CheckTime { get; init; }
    public string? ConflictStrategy { get; init; }
    public int MaximumChanges { get; init; } = new Sync { Id = 0, Name = "", Herd = "", DatabaseGroup = "" }.MaximumChanges;
}

sealed record SettingEntry(string Name, string Value)
{
    public string? Sync { get; init; }
}
