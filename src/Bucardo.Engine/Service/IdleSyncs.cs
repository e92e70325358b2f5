using Bucardo.Engine.Catalog;
using Bucardo.Model;

namespace Bucardo.Engine.Service;

/// <summary>
/// Which syncs keep their connections though they have nothing to do: on each database the few that had something to do last, for their next change is to travel at once.
/// A server process for each connection of many quiet syncs would be paid for by the databases' memory.
/// </summary>
/// <param name="kept">How many syncs keep their connections to a database.</param>
sealed class IdleSyncs(int kept)
{
    readonly Dictionary<int, (IReadOnlyList<string> Databases, DateTimeOffset Since)> _connected = [];
    DateTimeOffset _busy = DateTimeOffset.MinValue;

    /// <summary>When any of the syncs had something to do last.</summary>
    public DateTimeOffset Busy
    {
        get
        {
            lock (_connected) return _busy;
        }
    }

    /// <summary>A sync is connected. Rounds that find nothing do not count as something to do: a listener that has just come asks for them.</summary>
    public void Connect(SyncDefinition definition)
    {
        lock (_connected) _connected.TryAdd(definition.Sync.Id, ([.. definition.Members.Where(m => m.Status != DatabaseStatus.Inactive).Select(m => m.Name)], DateTimeOffset.MinValue));
    }

    /// <summary>A sync that is connected had something to do.</summary>
    public void Note(int sync, DateTimeOffset now)
    {
        lock (_connected)
        {
            _connected[sync] = _connected[sync] with { Since = now };
            _busy = now;
        }
    }

    /// <summary>A sync has given its connections up.</summary>
    public void Forget(int sync)
    {
        lock (_connected) _connected.Remove(sync);
    }

    /// <summary>Whether a sync keeps its connections: on no database so many others had something to do later.</summary>
    public bool Keeps(int sync)
    {
        lock (_connected)
        {
            if (!_connected.TryGetValue(sync, out var own)) return false;
            return own.Databases.All(d => _connected.Count(o => o.Key != sync && o.Value.Databases.Contains(d) && (o.Value.Since, o.Key).CompareTo((own.Since, sync)) > 0) < kept);
        }
    }
}
