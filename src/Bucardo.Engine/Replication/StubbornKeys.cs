namespace Bucardo.Engine.Replication;

/// <summary>
/// Keys that were left out of several rounds in a row, because somebody is always just writing them. The next round locks them before it looks, so that they stand still
/// while it decides; without that a row under a steady load would not travel until the load ends.
/// </summary>
public sealed class StubbornKeys
{
    const int Rounds = 3;

    // Where locking did not help, there is a long transaction, or a conflict that nobody is to decide: it is not tried again in each round.
    const int Rest = -20;

    // Many keys at once are a backlog, not a hot row.
    const int Most = 100;

    readonly Dictionary<(int Table, string Key), int> _rounds = [];
    HashSet<(int Table, string Key)> _locked = [];

    /// <summary>Notes what the nodes have left out so far; returns what is to be locked now, by table.</summary>
    public IReadOnlyDictionary<int, IReadOnlyCollection<string>> Note(IEnumerable<(int Table, string Key)> deferred)
    {
        var now = deferred.ToHashSet();
        foreach (var key in _rounds.Keys.Where(k => !now.Contains(k)).ToList()) _rounds.Remove(key);
        foreach (var key in now) _rounds[key] = _locked.Contains(key) ? Rest : _rounds.GetValueOrDefault(key) + 1;
        _locked = [.. _rounds.Where(r => r.Value >= Rounds).Select(r => r.Key).Take(Most)];
        return _locked.GroupBy(k => k.Table).ToDictionary(g => g.Key, g => (IReadOnlyCollection<string>)[.. g.Select(k => k.Key)]);
    }
}
