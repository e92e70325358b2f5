using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;
using Bucardo.Model;

namespace Bucardo.Engine.Replication;

/// <summary>Measures what every node of a sync has that others do not have yet.</summary>
/// <param name="look">The nodes.</param>
/// <param name="limit">Change rows of one table for one receiver that are counted at most.</param>
/// <param name="until">Per node, a snapshot: only what was committed there by then counts. Null: everything counts.</param>
public sealed class DeltaMeter(SyncLook look, long limit, IReadOnlyDictionary<int, Snapshot>? until = null)
{
    IReadOnlyDictionary<int, NodeState> _states = new Dictionary<int, NodeState>();

    /// <summary>Counts, per table, origin and receiver. Pairs with nothing pending are left out.</summary>
    public async Task<IReadOnlyList<DeltaCount>> MeasureAsync(CancellationToken cancellation)
    {
        _states = await look.BeginAsync(cancellation);
        try
        {
            var receivers = look.Definition.Members.Where(m => m.Status != DatabaseStatus.Inactive).Select(m => m.Id).ToList();
            var found = await Task.WhenAll(look.Nodes.Where(n => n.HasChanges).Select(holder => AtAsync(holder, receivers, cancellation)));
            return [.. Merge(found.SelectMany(f => f).Concat(Deferred())).OrderBy(d => d.Table, StringComparer.Ordinal).ThenBy(d => d.Origin, StringComparer.Ordinal).ThenBy(d => d.Receiver, StringComparer.Ordinal)];
        }
        finally
        {
            await look.EndAsync();
        }
    }

    async Task<List<Found>> AtAsync(PgRoundNode holder, IReadOnlyList<int> receivers, CancellationToken cancellation)
    {
        var found = new List<Found>();
        foreach (var receiver in receivers.Where(r => r != holder.Id))
        {
            // Tables that go a way of their own have a context of their own.
            var alone = _states.TryGetValue(receiver, out var state) ? state.Held.Keys.ToHashSet() : [];
            foreach (var table in alone.Cast<int?>().Append(null))
            {
                if (WindowOf(holder.Id, receiver, table, alone) is not { } window) continue;
                // What an origin that is here can say itself, it says; others speak for those that are away.
                var pending = (await holder.MeasureAsync(window, limit, cancellation)).Where(p => p.Origin == holder.Id || !_states.ContainsKey(p.Origin));
                found.AddRange(pending.Where(p => p.Origin != receiver).Select(p => new Found(p, holder.Id, receiver)));
            }
        }
        return found;
    }

    Window? WindowOf(int holder, int receiver, int? table, IReadOnlySet<int> alone)
    {
        if (SeenBy(receiver, holder, table) is not { } seen) return null;
        var tables = look.Definition.Tables.Select(t => t.Id).Where(t => table is null ? !alone.Contains(t) : t == table).ToHashSet();
        var part = _states.GetValueOrDefault(receiver)?.Progress.GetValueOrDefault(holder).Part;
        var versions = Origins(receiver).Where(o => o != holder && o != receiver).Select(o => (Id: o, Seen: SeenBy(receiver, o, table))).Where(v => v.Seen is not null);
        return new Window(seen, until?.GetValueOrDefault(holder) ?? _states[holder].Snapshot, versions.ToDictionary(v => v.Id, v => v.Seen!), Skip: part) { Tables = tables };
    }

    // Those that have left, too: what they brought may still be on its way among the others.
    IEnumerable<int> Origins(int receiver) => look.Definition.Members.Select(m => m.Id).Union(_states.GetValueOrDefault(receiver)?.Progress.Keys ?? []);

    // What the receiver says itself; else, what it has been heard to say by the origin. Null: nobody knows, for it was never prepared.
    Snapshot? SeenBy(int receiver, int origin, int? table)
    {
        if (_states.TryGetValue(receiver, out var state))
        {
            if (table is { } alone && state.Held.TryGetValue(alone, out var held) && held.TryGetValue(origin, out var own)) return own.Seen;
            if (state.Progress.TryGetValue(origin, out var progress)) return progress.Seen;
        }
        return _states.GetValueOrDefault(origin)?.Acknowledged.GetValueOrDefault(receiver);
    }

    // Keys that a receiver left out because somebody was writing them just then.
    IEnumerable<Found> Deferred() =>
        from state in _states
        from left in state.Value.Deferred.Where(d => until?.GetValueOrDefault(d.Version.Origin)?.Contains(d.Version.Xid) ?? true).GroupBy(d => (d.Table, d.Version.Origin))
        where left.Key.Origin != state.Key
        select new Found(new PendingChanges(left.Key.Table, left.Key.Origin, left.Select(d => d.Key).Distinct().Count(), left.Min(d => d.Version.At)), left.Key.Origin, state.Key) { IsDeferred = true };

    IEnumerable<DeltaCount> Merge(IEnumerable<Found> found) =>
        from pending in found
        group pending by (pending.Pending.Table, pending.Pending.Origin, pending.Receiver) into pair
        // Several may speak for an origin that is away, and say the same.
        let changes = pair.Where(p => !p.IsDeferred).GroupBy(p => p.Holder).MaxBy(h => h.Sum(p => p.Pending.Rows))
        let parts = (changes ?? Enumerable.Empty<Found>()).Concat(pair.Where(p => p.IsDeferred)).ToList()
        let oldest = parts.Min(p => p.Pending.Oldest)
        select new DeltaCount
        {
            Sync = look.Definition.Sync.Name,
            Table = look.Definition.Tables.First(t => t.Id == pair.Key.Table).FullName,
            Origin = look.Name(pair.Key.Origin),
            Receiver = look.Name(pair.Key.Receiver),
            Rows = parts.Sum(p => p.Pending.Rows),
            Oldest = oldest,
            Lag = Positive(Clock(pair.Key.Origin) - oldest),
            IsEstimate = !_states.ContainsKey(pair.Key.Receiver),
            IsAtLeast = parts.Any(p => p.Pending.Rows >= limit),
        };

    DateTime Clock(int origin) => _states.TryGetValue(origin, out var state) ? state.Clock : _states.Values.Max(s => s.Clock);

    static TimeSpan Positive(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;

    sealed record Found(PendingChanges Pending, int Holder, int Receiver)
    {
        public bool IsDeferred { get; init; }
    }
}
