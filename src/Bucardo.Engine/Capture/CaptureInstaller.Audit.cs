using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Model;

namespace Bucardo.Engine.Capture;

// What would have to be done, without doing it.
public sealed partial class CaptureInstaller
{
    /// <summary>Whether an earlier version of this product prepared the node, and none since.</summary>
    public async Task<bool> IsOfEarlierVersionAsync(CancellationToken cancellation) => await IsInstalledAsync(cancellation) && await VersionAsync(cancellation) < NodeVersion;

    /// <summary>What <see cref="EnsureAsync"/> would put back here, where the node is of this version, in words; nothing when all is in place. Changes nothing and takes no lock that anybody waits for.</summary>
    public async Task<IReadOnlyList<string>> FindMissingAsync(SyncDefinition definition, CancellationToken cancellation)
    {
        if (!await IsInstalledAsync(cancellation)) return ["schema bucardo_node"];
        var missing = new List<string>();
        var peers = definition.Members.Where(m => m.Id != _node.Id).ToList();
        var (isRegistered, known) = await ReadRegistrationAsync(definition.Sync.Id, cancellation);
        if (!isRegistered) return [$"the entry of sync {definition.Sync.Name} in bucardo_node.sync"];
        missing.AddRange(peers.Where(p => !known.Contains(p.Id)).Select(p => $"the entry of {p.Name} in bucardo_node.consumer"));
        var isSource = _node.Role == DatabaseRole.Source;
        var tables = isSource || definition.EveryNodeLogs() ? definition.ReplicatedTables() : [];
        foreach (var (name, shape) in await ShapeReader.ReadAsync(_connection, tables, cancellation))
        {
            var table = tables.First(t => (t.Schema, t.Name) == name);
            missing.AddRange(Missing(table, shape, await ReadStateAsync(shape.Oid, cancellation), isSource));
        }
        return missing;
    }

    async Task<(bool IsRegistered, HashSet<int> Peers)> ReadRegistrationAsync(int sync, CancellationToken cancellation)
    {
        await using var command = _connection.Command(SqlText.Load("Capture/Sql/registration.sql"), sync);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetBoolean(0), [.. reader.GetFieldValue<int[]>(1)]);
    }

    IEnumerable<string> Missing(Table table, TableShape shape, State? state, bool isSource)
    {
        if (state is not { HasChanges: true, HasView: true } || !state.Keys.SequenceEqual(table.KeyColumns))
        {
            yield return $"change table of {table.FullName}";
            yield break;
        }
        if (!isSource) yield break;
        var sql = new CaptureSql(shape, table.KeyColumns, state.Id, state.Kicks, state.Merge, _node.Id, _options);
        if (state.Body is null || !state.Source) yield return $"capture function of {table.FullName}";
        foreach (var (name, _) in sql.Triggers().Where(t => !state.Triggers.Contains(t.Name))) yield return $"trigger {name} of {table.FullName}";
        foreach (var leaf in state.BareLeaves) yield return $"trigger {CaptureSql.LeafTrigger} of {leaf}";
    }
}
