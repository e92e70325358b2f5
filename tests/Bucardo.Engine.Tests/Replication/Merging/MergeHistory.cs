using System.Globalization;
using System.Text;
using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Decisions;

namespace Bucardo.Engine.Tests.Replication.Merging;

/// <summary>
/// One row on replicas in memory, which do what merge_state.sql does: random changes, and exchanges between any of them, in which a conflict is settled by one of those that take part.
/// </summary>
sealed class MergeHistory(Random random, string strategyText, bool deletions)
{
    sealed class Replica(int id)
    {
        public int Id { get; } = id;

        public Dictionary<string, string?>? Row { get; set; } = new() { ["id"] = "1", ["name"] = "first", ["note"] = "1", ["n"] = "100" };

        public MergeState? State { get; set; }

        public RowVersion Version { get; set; } = new(0, 0, DateTime.UnixEpoch);

        public HashSet<RowVersion> Seen { get; set; } = [new(0, 0, DateTime.UnixEpoch)];
    }

    readonly Replica[] _replicas = [.. Enumerable.Range(1, 4).Select(i => new Replica(i))];
    readonly StringBuilder _log = new();
    readonly ConflictStrategy _strategy = ConflictStrategy.Parse(strategyText, new Dictionary<string, int>(), [1, 2, 3, 4]);
    long _time;
    ulong _xid;
    long _added;

    public void Play()
    {
        for (var step = 0; step < 40; step++)
        {
            if (random.Next(3) > 0) Change(_replicas[random.Next(4)]);
            else Exchange([.. _replicas.Where(_ => random.Next(2) == 0)]);
        }
        for (var i = 0; i < 3; i++) Exchange(_replicas);
        foreach (var replica in _replicas)
        {
            Assert.Equal(Text(_replicas[0]), Text(replica));
            Assert.Equal(_replicas[0].State?.ToString(), replica.State?.ToString());
            if (replica is { Row: { } row, State: { } state }) Assert.Equal(row["n"], state.Sum("n").ToString());
        }
        if (!deletions) Assert.Equal((100 + _added).ToString(CultureInfo.InvariantCulture), _replicas[0].Row!["n"]);
    }

    void Change(Replica replica)
    {
        var was = replica.Row;
        var now = was is null ? new Dictionary<string, string?> { ["id"] = "1", ["name"] = Value(), ["note"] = Value(), ["n"] = "10" } : new Dictionary<string, string?>(was);
        if (was is not null)
        {
            if (deletions && random.Next(8) == 0) now = null;
            else if (random.Next(2) == 0) now[random.Next(2) == 0 ? "name" : "note"] = Value();
            else
            {
                var delta = random.Next(-20, 21);
                _added += delta;
                now["n"] = (long.Parse(was["n"]!, CultureInfo.InvariantCulture) + delta).ToString(CultureInfo.InvariantCulture);
            }
        }
        if (now is not null) Track(replica, was, now);
        else replica.State ??= Counted(replica, was!);
        replica.Row = now;
        Write(replica);
    }

    MergeState Counted(Replica replica, Dictionary<string, string?> was)
    {
        var state = new MergeState { Life = $"{++_time}" };
        state.Counters["n"] = new() { [MergeState.Base] = Number(was["n"]) };
        state.Changes[$"{replica.Id}.{state.Life}"] = 1;
        return state;
    }

    // As merge_state.sql does it.
    void Track(Replica replica, Dictionary<string, string?>? was, Dictionary<string, string?> now)
    {
        var state = MergeState.Parse(replica.State?.ToString());
        if (replica.State is null) state.Life = $"{++_time}";
        var writer = $"{replica.Id}.{state.Life}";
        var number = state.Changes[writer] = state.Changes.GetValueOrDefault(writer) + 1;
        if (!state.Counters.TryGetValue("n", out var entries)) entries = state.Counters["n"] = [];
        if (was is not null && entries.Count == 0) entries[MergeState.Base] = Number(was["n"]);
        var before = was is null ? state.Sum("n") : Number(was["n"]);
        var after = Number(now["n"]);
        if (after != before) entries[writer] = entries.GetValueOrDefault(writer) + after + new ExactNumber(-before.Digits, 0);
        // Clocks differ by more than changes are apart.
        var stamp = new ColumnStamp(writer, number, DateTime.UnixEpoch.AddMicroseconds(++_time + 10 * replica.Id));
        if (was is null)
        {
            state.Stamps.Clear();
            state.Stamps[MergeState.WholeRow] = stamp;
        }
        else
        {
            foreach (var column in new[] { "name", "note" }.Where(c => was[c] != now[c])) state.Stamps[column] = stamp;
        }
        replica.State = state;
    }

    void Write(Replica replica)
    {
        replica.Version = new RowVersion(replica.Id, ++_xid, DateTime.UnixEpoch.AddMicroseconds(++_time + 10 * replica.Id));
        replica.Seen.Add(replica.Version);
        _log.AppendLine(CultureInfo.InvariantCulture, $"{replica.Id} writes {replica.Version}: {Text(replica)} {replica.State}");
    }

    // Versions that nobody here has gone beyond are in conflict: one of their holders settles it, and everybody gets what is left.
    void Exchange(Replica[] online)
    {
        if (online.Length < 2) return;
        var left = online.Where(r => !online.Any(o => o.Seen.Contains(r.Version) && o.Version != r.Version)).DistinctBy(r => r.Version).ToList();
        var seen = online.SelectMany(r => r.Seen).ToHashSet();
        if (left.Count > 1)
        {
            left = [.. left.OrderByDescending(r => r.Version, _strategy)];
            var conflict = new ConflictCase(1, "t", "1", [.. left.Select(r => new Contender(r.Version, r.Id, r.Row) { State = r.State?.ToString() })]);
            var merging = new MergingStrategy(_strategy, mergeColumns: true, ["id"], new Dictionary<string, string> { ["n"] = "bigint" });
            var resolution = merging.ResolveAsync([conflict], default).GetAwaiter().GetResult()[0];
            var settler = left[resolution.Winner];
            settler.Row = resolution.Row?.ToDictionary(r => r.Key, r => r.Value) ?? settler.Row;
            if (resolution.State is not null) settler.State = MergeState.Parse(resolution.State);
            Write(settler);
            left = [settler];
        }
        foreach (var receiver in online)
        {
            (receiver.Row, receiver.State, receiver.Version) = (left[0].Row, left[0].State, left[0].Version);
            receiver.Seen = [.. seen, left[0].Version];
        }
    }

    string Value() => random.Next(100).ToString(CultureInfo.InvariantCulture);

    static ExactNumber Number(string? text) => ExactNumber.TryParse(text, out var number) ? number : default;

    static string Text(Replica replica) => replica.Row is { } row ? string.Join(',', row.Values) : "gone";

    public override string ToString() => _log.ToString();
}
