using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>From rows of the control database to the model's records, and back to its words.</summary>
static class Rows
{
    public static Database Database(NpgsqlDataReader r) => new()
    {
        Id = r.Get<int>("id"),
        Name = r.Get<string>("name"),
        Connection = Connection(r),
        Status = DatabaseStatusOf(r.Get<string>("status")),
        HasStoredPassword = r.Text("dbpass") is not null,
        Created = r.Get<DateTimeOffset>("cdate"),
    };

    /// <summary>Where a database is, without the password.</summary>
    public static ConnectionSettings Connection(NpgsqlDataReader r) => new()
    {
        ConnectionString = r.Text("dbdsn"),
        HostName = r.Text("dbhost"),
        Port = r.Text("dbport") is { } port ? int.Parse(port, System.Globalization.CultureInfo.InvariantCulture) : null,
        DatabaseName = r.Text("dbname"),
        UserName = r.Text("dbuser"),
        Options = r.Text("dbconn"),
        ServiceName = r.Text("dbservice"),
        PassFile = r.Text("pgpass"),
    };

    public static DatabaseGroup Group(NpgsqlDataReader r)
    {
        var (names, roles, priorities) = (r.Get<string[]>("dbs"), r.Get<string[]>("roles"), r.Get<int[]>("priorities"));
        return new()
        {
            Name = r.Get<string>("name"),
            About = r.Text("about"),
            Members = [.. names.Select((n, i) =>
                new DatabaseGroupMember { Database = n, Role = RoleOf(roles[i]), Priority = priorities[i], Group = r.Get<string>("name") })],
            Created = r.Get<DateTimeOffset>("cdate"),
        };
    }

    public static Table Table(NpgsqlDataReader r) => new()
    {
        Id = r.Get<int>("id"),
        Database = r.Get<string>("db"),
        Schema = r.Get<string>("schemaname"),
        Name = r.Get<string>("tablename"),
        Type = r.Get<string>("reltype") == "sequence" ? RelationType.Sequence : RelationType.Table,
        KeyColumns = r.Get<string[]>("keycolumns"),
        KeyTypes = r.Get<string[]>("keytypes"),
        ConflictStrategy = r.Text("conflict_strategy"),
        AutoKick = r.GetNullable<bool>("autokick"),
        MergeColumns = r.Get<bool>("merge_columns"),
        Counters = r.Get<string[]>("counters"),
        Herds = r.Get<string[]>("herds"),
        Created = r.Get<DateTimeOffset>("cdate"),
    };

    public static Sync Sync(NpgsqlDataReader r) => new()
    {
        Id = r.Get<int>("id"),
        Name = r.Get<string>("name"),
        Herd = r.Get<string>("herd"),
        DatabaseGroup = r.Get<string>("dbs"),
        // A stalled sync is one that the service tries to get going: active for everybody else.
        Status = r.Get<string>("status") == "inactive" ? SyncStatus.Inactive : SyncStatus.Active,
        Paused = r.Get<bool>("paused"),
        PauseReason = r.Text("pause_reason"),
        AutoKick = r.Get<bool>("autokick"),
        CheckTime = r.GetNullable<double>("checktime") is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        ConflictStrategy = r.Get<string>("conflict_strategy"),
        MaximumChanges = r.Get<int>("max_changes"),
        Created = r.Get<DateTimeOffset>("cdate"),
    };

    public static CustomCode Code(NpgsqlDataReader r) => new()
    {
        Name = r.Get<string>("name"),
        Language = r.Get<string>("language") == "sql" ? CustomCodeLanguage.Sql : CustomCodeLanguage.PowerShell,
        Source = r.Get<string>("src_code"),
        Timeout = TimeSpan.FromSeconds(r.Get<double>("timeout")),
        IsActive = r.Get<string>("status") == "active",
        About = r.Text("about"),
        UsedBy = r.Get<string[]>("users"),
        Created = r.Get<DateTimeOffset>("cdate"),
    };

    public static string Word(CustomCodeLanguage language) => language == CustomCodeLanguage.Sql ? "sql" : "powershell";

    public static string Word(DatabaseStatus status) =>
        status switch { DatabaseStatus.Active => "active", DatabaseStatus.Inactive => "inactive", _ => "stalled" };

    public static string Word(SyncStatus status) => status == SyncStatus.Active ? "active" : "inactive";

    public static string Word(DatabaseRole role) => role == DatabaseRole.Source ? "source" : "target";

    public static string Word(RelationType type) => type == RelationType.Sequence ? "sequence" : "table";

    public static string Word(RunOutcome outcome) =>
        outcome switch { RunOutcome.Good => "good", RunOutcome.Empty => "empty", RunOutcome.Bad => "bad", _ => "running" };

    public static string Word(ConflictKind kind) =>
        kind switch { ConflictKind.Row => "row", ConflictKind.Unique => "unique", _ => "foreign key" };

    public static ConflictKind ConflictKindOf(string word) =>
        word switch { "row" => ConflictKind.Row, "unique" => ConflictKind.Unique, _ => ConflictKind.ForeignKey };

    public static DatabaseRole RoleOf(string word) => word == "source" ? DatabaseRole.Source : DatabaseRole.Target;

    public static RunOutcome OutcomeOf(string word) =>
        word switch { "good" => RunOutcome.Good, "empty" => RunOutcome.Empty, "bad" => RunOutcome.Bad, _ => RunOutcome.Running };

    public static DatabaseStatus DatabaseStatusOf(string word) =>
        word switch { "active" => DatabaseStatus.Active, "inactive" => DatabaseStatus.Inactive, _ => DatabaseStatus.Stalled };
}
