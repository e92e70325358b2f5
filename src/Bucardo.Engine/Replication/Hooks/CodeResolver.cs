using Bucardo.Engine.Catalog;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Model;

namespace Bucardo.Engine.Replication.Hooks;

/// <summary>
/// Has one piece of custom code decide conflicts, one after the other. What it cannot decide is left as it is on all nodes and comes up again; it is asked again after a while that grows.
/// </summary>
/// <param name="definition">The sync.</param>
/// <param name="code">The code.</param>
/// <param name="hook">Asks it.</param>
/// <param name="options">Time and fault points.</param>
sealed class CodeResolver(SyncDefinition definition, ConflictCode code, IConflictHook hook, SyncSessionOptions options) : IConflictResolver
{
    // A host that does not keep the code's own limit is not waited for much longer.
    static readonly TimeSpan s_grace = TimeSpan.FromSeconds(15);

    // The nodes' snapshots stay open while the code is asked, and other tables wait: what it has not got to by then, it gets to in the next round.
    static readonly TimeSpan s_longestStep = TimeSpan.FromSeconds(10);

    readonly HookPatience _patience = new(options.Time);

    /// <summary>When the code is to be asked again about a row that waits.</summary>
    public DateTimeOffset NextOf(int table, string key) => Later(_patience.When(Name(table, key)), _patience.When(code.Name));

    /// <summary>Asks again at once, whatever has failed.</summary>
    public void Hurry() => _patience.Hurry();

    /// <summary>Notes that the table refused the row that the code had made. Returns the reason in full.</summary>
    public string Refuse(int table, string key, string node, string message)
    {
        var reason = Explain(NameOf(table), key, node, $"the table refuses the row that it made: {message}");
        _patience.Failed(Name(table, key), reason);
        return reason;
    }

    public async Task<IReadOnlyList<Resolution>> ResolveAsync(IReadOnlyList<ConflictCase> conflicts, CancellationToken cancellation)
    {
        var resolutions = new List<Resolution>();
        var started = options.Time.GetTimestamp();
        foreach (var conflict in conflicts)
        {
            var name = Name(conflict.Table, conflict.Key);
            if (IsAgreed(conflict.Contenders)) resolutions.Add(new Resolution(0));
            else if ((_patience.WhyNot(name) ?? _patience.WhyNot(code.Name)) is { } reason) resolutions.Add(new Resolution(0) { Undecided = reason });
            else if (options.Time.GetElapsedTime(started) > s_longestStep) resolutions.Add(new Resolution(0) { Undecided = Explain(conflict, "it has not got to it yet") });
            else resolutions.Add(await ResolveAsync(conflict, name, cancellation));
        }
        return resolutions;
    }

    async Task<Resolution> ResolveAsync(ConflictCase conflict, string name, CancellationToken cancellation)
    {
        try
        {
            var node = NodeOf(conflict);
            options.Faults.Reach("before-decide", node);
            var answer = await hook.AskAsync(Question(conflict), node, cancellation).WaitAsync(code.Timeout + s_grace, cancellation);
            options.Faults.Reach("after-decide", node);
            var resolution = HookAnswers.Check(answer, conflict, NamesOf(conflict), KeyColumns(conflict.Table));
            _patience.Succeeded(name);
            _patience.Succeeded(code.Name);
            return resolution;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            var reason = Explain(conflict, e switch
            {
                HookFailedException => e.Message,
                TimeoutException or OperationCanceledException => $"it did not answer within {Display.Duration(code.Timeout)}",
                _ => $"it failed: {e.Message}",
            });
            _patience.Failed(name, reason);
            if (e is not HookFailedException { IsItsOwn: true }) _patience.Failed(code.Name, reason);
            return new Resolution(0) { Undecided = reason };
        }
    }

    // The row is gone in all versions, or the same in all: there is nothing to ask.
    static bool IsAgreed(IReadOnlyList<Contender> versions) =>
        versions.All(v => v.Row is null) || (versions[0].Row is { } first && versions.All(v => v.Row is not null && first.All(c => v.Row.GetValueOrDefault(c.Key) == c.Value)));

    ConflictQuestion Question(ConflictCase conflict) => new()
    {
        Sync = definition.Sync.Name,
        Table = conflict.TableName,
        Key = KeyColumns(conflict.Table).Zip(RowKey.Split(conflict.Key)).ToDictionary(k => k.First, k => (string?)k.Second),
        Versions = [.. conflict.Contenders.Zip(NamesOf(conflict), (c, database) => new ConflictVersion { Database = database, Time = new DateTimeOffset(c.Version.At.ToUniversalTime()), Row = c.Row })],
    };

    string Explain(ConflictCase conflict, string reason) => Explain(conflict.TableName, conflict.Key, NodeOf(conflict), reason);

    string Explain(string table, string key, string node, string reason) =>
        $"Custom code {code.Name} of sync {definition.Sync.Name} could not decide the conflict of key ({RowKey.Display(key)}) in table {table} on database {node}: {reason.TrimEnd('.')}. "
        + "All databases keep what they have, and it is asked again by itself; mend it, or choose another conflict strategy.";

    string NodeOf(ConflictCase conflict) => NameOfMember(conflict.Contenders[0].Node);

    IReadOnlyList<string> NamesOf(ConflictCase conflict) => [.. conflict.Contenders.Select(c => NameOfMember(c.Version.Origin))];

    // A version that came in by a cascade was written on a database that this sync does not know.
    string NameOfMember(int id) => definition.Members.FirstOrDefault(m => m.Id == id)?.Name ?? $"node {id}";

    IReadOnlyList<string> KeyColumns(int table) => definition.Tables.First(t => t.Id == table).KeyColumns;

    string NameOf(int table) => definition.Tables.First(t => t.Id == table).FullName;

    static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    static string Name(int table, string key) => $"{table}\0{key}";
}
