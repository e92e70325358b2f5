using System.Management.Automation;
using Bucardo.Model;

namespace Bucardo.Ps.Parameters;

/// <summary>What kind of thing a name names.</summary>
public enum NameKind
{
    /// <summary>A sync.</summary>
    Sync,

    /// <summary>A database.</summary>
    Database,

    /// <summary>A database group.</summary>
    DatabaseGroup,

    /// <summary>A herd.</summary>
    Herd,

    /// <summary>A registered table.</summary>
    Table,

    /// <summary>A registered sequence.</summary>
    Sequence,

    /// <summary>Custom code.</summary>
    CustomCode,
}

/// <summary>
/// Lets a parameter that asks for names take the objects that the other cmdlets return, from the command line and from the pipeline. Where an object
/// leads to several names (a group to its databases, a herd to its tables), all of them are taken.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NameTransformationAttribute(NameKind kind) : ArgumentTransformationAttribute
{
    /// <summary>What the parameter names.</summary>
    public NameKind Kind => kind;

    /// <summary>True: a text is a list, separated by commas or blanks, as in a cell of a CSV file.</summary>
    public bool SplitText { get; init; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) => Unwrap.Flatten(inputData, item => item switch
    {
        string text when SplitText => Unwrap.Split(text),
        _ => Names(item),
    });

    IEnumerable<string>? Names(object? item) => (kind, item) switch
    {
        (NameKind.Sync, Sync sync) => [sync.Name],
        (NameKind.Sync, SyncState state) => [state.Name],
        (NameKind.Sync, SyncRun run) => [run.Sync],
        (NameKind.Sync, Conflict conflict) => [conflict.Sync],
        (NameKind.Sync, KickResult kick) => [kick.Sync],
        (NameKind.Sync, ServiceInfo service) => service.Syncs,
        (NameKind.Sync, DeltaCount delta) => [delta.Sync],
        (NameKind.Sync, SyncNode node) => [node.Sync],
        (NameKind.Sync, SyncPlan plan) => [plan.Sync],
        (NameKind.Database, Database database) => [database.Name],
        (NameKind.Database, DatabaseTest test) => [test.Name],
        (NameKind.Database, DatabaseGroup group) => group.Members.Select(m => m.Database),
        (NameKind.Database, DatabaseGroupMember member) => [member.Database],
        (NameKind.Database, Table table) => [table.Database],
        (NameKind.Database, SyncNode node) => [node.Database],
        (NameKind.Database, NodeProblem problem) => [problem.Database],
        (NameKind.DatabaseGroup, DatabaseGroup group) => [group.Name],
        (NameKind.DatabaseGroup, Sync sync) => [sync.DatabaseGroup],
        (NameKind.Herd, Herd herd) => [herd.Name],
        (NameKind.Herd, Sync sync) => [sync.Herd],
        (NameKind.Herd, Table table) => table.Herds,
        (NameKind.CustomCode, CustomCode code) => [code.Name],
        (NameKind.Database, TableCandidate candidate) => [candidate.Database],
        (NameKind.Table, Table table) => [TableName(table.Schema, table.Name)],
        (NameKind.Table, TableCandidate candidate) => [TableName(candidate.Schema, candidate.Name)],
        (NameKind.Sequence, Table table) => [TableName(table.Schema, table.Name)],
        (NameKind.Sequence, TableCandidate candidate) => [TableName(candidate.Schema, candidate.Name)],
        (NameKind.Sequence, Herd herd) => herd.Tables.Where(t => t.Type == RelationType.Sequence).Select(t => TableName(t.Schema, t.Name)),
        (NameKind.Table, Herd herd) => herd.Tables.Select(t => TableName(t.Schema, t.Name)),
        _ => null,
    };

    // Quoted, so that dots and wildcard signs in names mean themselves.
    static string TableName(string schema, string name) => $"{Quoted(schema)}.{Quoted(name)}";

    static string Quoted(string name) => "\"" + name.Replace("\"", "\"\"") + "\"";
}
