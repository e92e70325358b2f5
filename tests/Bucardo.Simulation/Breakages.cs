using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Simulation;

/// <summary>The ways in which the algorithm is broken on purpose.</summary>
static class Breakages
{
    /// <summary>What is broken, the strategies under which it shows, and the first history that showed it (of those from 1) when that was last looked for: tests begin there.</summary>
    public static IReadOnlyList<(string Name, string Family, int Seed, Breakage Breakage)> All { get; } =
    [
        ("no round is refused, however old", "latest", 2298, new OfNode(s => new Unfenced(s))),
        ("progress is recorded though a row was not written", "latest", 30, new OfNode(s => new RowDropped(s))),
        ("versions left out count as seen", "latest", 4, new OfNode(s => new ExceptionsForgotten(s))),
        ("exceptions of other nodes are not handed on", "latest", 31, new OfNode(s => new ExceptionsNotHandedOn(s))),
        ("what a user changed meanwhile is overwritten", "latest", 4, new OfNode(s => new MovedOverwritten(s))),
        ("a received TRUNCATE is not logged", "latest", 52, new OfNode(s => new TruncateNotLogged(s))),
        ("a TRUNCATE is left behind the cut", "latest", 406, new OfNode(s => new TruncateBehindCut(s))),
        ("what a TRUNCATE leaves out is not logged again", "latest", 216, new OfNode(s => new LeftOutNotLogged(s))),
        ("what a TRUNCATE leaves out has seen it", "earliest", 51, new OfNode(s => new TruncateSeen(s))),
        ("what has come of a split transaction does not count as seen", "skip", 3166, new OfNode(s => new LogUnread(s))),
        ("a part of a log hands on all that its node has seen", "latest", 6, new OfNode(s => new PresentHandedOn(s))),
        ("a part of a log hands on nothing of what its node had seen", "skip", 13973, new OfNode(s => new PastForgotten(s))),
        ("received rows are not logged", "latest", 6, new OfNode(s => new RowsNotLogged(s))),
        ("received times do not set the clock forward", "latest", 11, new OfNode(s => new ClockLeft(s))),
        ("no version is under another", "source", 2, new OfNode(s => new NothingUnder(s))),
        ("conflicts are not settled", "list", 5250, new Unsettled()),
        ("a settlement is not logged as a change", "list", 4, new OfNode(s => new SettlementUnlogged(s))),
        ("a change is purged when those that are online have it", "latest", 325, new PurgedForOnline()),
        ("purging passes what has been left out", "latest", 2211, new PurgedPastFloor()),
        ("what a promoted server has lost stays lost there", "latest", 214, new OfNode(s => new LostKept(s))),
        ("what a promoted server writes under ids that were seen counts as seen", "latest", 25, new OfNode(s => new SeenKept(s))),
        ("what was left out of a server that fails over counts as seen", "latest", 10217, new OfNode(s => new LeftOutForgotten(s))),
    ];

    sealed class OfNode(Func<MemorySession, IRoundNode> wrap) : Breakage
    {
        public override IRoundNode Wrap(MemorySession session) => wrap(session);
    }

    sealed class Unsettled : Breakage
    {
        public override ConflictStrategy Wrap(ConflictStrategy strategy) => new Direct(strategy);

        sealed class Direct(ConflictStrategy inner) : ConflictStrategy
        {
            public override bool Settles => false;

            public override int Compare(RowVersion x, RowVersion y) => inner.Compare(x, y);
        }
    }

    sealed class PurgedForOnline : Breakage
    {
        public override IEnumerable<int> Acknowledgers(IReadOnlyList<int> members, IReadOnlyList<int> online) => online;
    }

    sealed class PurgedPastFloor : Breakage
    {
        public override Snapshot Floor(OriginProgress progress) => progress.Seen;
    }

    sealed class LostKept(MemorySession session) : PassingNode(session)
    {
        public override async Task AdoptTimelineAsync(long expectedRound, int origin, OriginProgress cut, IReadOnlyCollection<ChangeMark> known, CancellationToken cancellation) =>
            await base.AdoptTimelineAsync(expectedRound, origin, cut, await FindLoggedSinceAsync(origin, 0, cancellation), cancellation);
    }

    sealed class SeenKept(MemorySession session) : PassingNode(session)
    {
        public override Task AdoptTimelineAsync(long expectedRound, int origin, OriginProgress cut, IReadOnlyCollection<ChangeMark> known, CancellationToken cancellation) =>
            base.AdoptTimelineAsync(expectedRound, origin, session.Node.Data.Progress[origin] with { Timeline = cut.Timeline }, known, cancellation);
    }

    sealed class LeftOutForgotten(MemorySession session) : PassingNode(session)
    {
        public override async Task AdoptTimelineAsync(long expectedRound, int origin, OriginProgress cut, IReadOnlyCollection<ChangeMark> known, CancellationToken cancellation)
        {
            await base.AdoptTimelineAsync(expectedRound, origin, cut, known, cancellation);
            session.Node.Data.Deferred.RemoveAll(d => d.Version.Origin == origin && d.Version.Xid >= cut.Timeline.Start);
        }
    }

    sealed class Unfenced(MemorySession session) : PassingNode(session)
    {
        public override Task BeginApplyAsync(StepOpening opening, CancellationToken cancellation) =>
            base.BeginApplyAsync(opening with { ExpectedRound = session.Node.Data.Round }, cancellation);
    }

    sealed class RowDropped(MemorySession session) : PassingNode(session)
    {
        public override Task<IReadOnlyList<PickedKey>> ApplyRowsAsync(
            int table, IReadOnlyList<string?[]>? rows, Snapshot snapshot, ConflictStrategy strategy, bool log, Applied applied, CancellationToken cancellation) =>
            base.ApplyRowsAsync(table, rows!.Count > 2 ? [.. rows.Skip(1)] : rows, snapshot, strategy, log, applied, cancellation);
    }

    sealed class ExceptionsForgotten(MemorySession session) : PassingNode(session)
    {
        public override Task RecordAsync(
            IReadOnlyDictionary<int, OriginProgress> progress, IReadOnlyCollection<DeferredVersion> deferred, bool deferredChanged, CancellationToken cancellation) =>
            base.RecordAsync(progress, [], true, cancellation);
    }

    // Keeps those of keys that this node left out itself, now or before.
    sealed class ExceptionsNotHandedOn(MemorySession session) : PassingNode(session)
    {
        readonly HashSet<(int, string)> _own = [];

        public override async Task<NodeState> BeginReadAsync(CancellationToken cancellation)
        {
            var state = await base.BeginReadAsync(cancellation);
            _own.Clear();
            _own.UnionWith(state.Deferred.Select(d => (d.Table, d.Key)));
            return state;
        }

        public override async Task<IReadOnlyList<PickedKey>> ApplyRowsAsync(
            int table, IReadOnlyList<string?[]>? rows, Snapshot snapshot, ConflictStrategy strategy, bool log, Applied applied, CancellationToken cancellation)
        {
            var left = await base.ApplyRowsAsync(table, rows, snapshot, strategy, log, applied, cancellation);
            _own.UnionWith(left.Select(l => (table, l.Key)));
            return left;
        }

        public override Task RecordAsync(
            IReadOnlyDictionary<int, OriginProgress> progress, IReadOnlyCollection<DeferredVersion> deferred, bool deferredChanged, CancellationToken cancellation) =>
            base.RecordAsync(progress, [.. deferred.Where(d => _own.Contains((d.Table, d.Key)))], true, cancellation);
    }

    sealed class MovedOverwritten(MemorySession session) : PassingNode(session)
    {
        public override Task<IReadOnlyList<PickedKey>> ApplyRowsAsync(
            int table, IReadOnlyList<string?[]>? rows, Snapshot snapshot, ConflictStrategy strategy, bool log, Applied applied, CancellationToken cancellation) =>
            base.ApplyRowsAsync(table, rows, session.Node.Snapshot, strategy, log, applied, cancellation);
    }

    sealed class TruncateNotLogged(MemorySession session) : PassingNode(session)
    {
        public override Task<IReadOnlyList<string>> ApplyTruncationAsync(
            int table, RowVersion version, IReadOnlyCollection<string> keep, Snapshot snapshot, bool log, Applied applied, CancellationToken cancellation) =>
            base.ApplyTruncationAsync(table, version, keep, snapshot, log: false, applied, cancellation);
    }

    sealed class TruncateBehindCut(MemorySession session) : PassingNode(session)
    {
        long _limit = long.MaxValue;

        public override Task<(IReadOnlyDictionary<int, long> Pending, long Total)> CountPendingAsync(Window window, long limit, CancellationToken cancellation)
        {
            if (!window.IsCut) _limit = limit - 1;
            return base.CountPendingAsync(window, limit, cancellation);
        }

        public override Task<IReadOnlyCollection<int>> FindTruncationsAsync(Window window, CancellationToken cancellation) =>
            base.FindTruncationsAsync(session.FindCut(window, _limit, mayLeaveTruncations: true) is { } cut ? window with { Read = window.Read.CutAt(cut.Xid) } : window, cancellation);

        public override Task<Cut?> FindCutAsync(Window window, long limit, CancellationToken cancellation) => Task.FromResult(session.FindCut(window, limit, mayLeaveTruncations: true));
    }

    sealed class PresentHandedOn(MemorySession session) : PassingNode(session)
    {
        PastProgress _present = PastProgress.Unknown;

        public override async Task<NodeState> BeginReadAsync(CancellationToken cancellation)
        {
            var state = await base.BeginReadAsync(cancellation);
            _present = new PastProgress(state.Progress, state.Deferred);
            return state;
        }

        public override Task<PastProgress> FindPastAsync(Snapshot read, CancellationToken cancellation) => Task.FromResult(_present);
    }

    sealed class PastForgotten(MemorySession session) : PassingNode(session)
    {
        public override Task<PastProgress> FindPastAsync(Snapshot read, CancellationToken cancellation) => Task.FromResult(PastProgress.Unknown);
    }

    sealed class LeftOutNotLogged(MemorySession session) : PassingNode(session)
    {
        public override async Task<IReadOnlyList<string>> ApplyTruncationAsync(
            int table, RowVersion version, IReadOnlyCollection<string> keep, Snapshot snapshot, bool log, Applied applied, CancellationToken cancellation)
        {
            var left = await base.ApplyTruncationAsync(table, version, keep, snapshot, log, applied, cancellation);
            var truncation = session.Node.Apply!.Changes.FindLastIndex(c => c.Key is null);
            if (truncation >= 0) session.Node.Apply.Changes.RemoveRange(truncation + 1, session.Node.Apply.Changes.Count - truncation - 1);
            return left;
        }
    }

    sealed class TruncateSeen(MemorySession session) : PassingNode(session)
    {
        readonly HashSet<RowVersion> _carriedOut = [];

        public override Task<IReadOnlyList<string>> ApplyTruncationAsync(
            int table, RowVersion version, IReadOnlyCollection<string> keep, Snapshot snapshot, bool log, Applied applied, CancellationToken cancellation)
        {
            _carriedOut.Add(version);
            return base.ApplyTruncationAsync(table, version, keep, snapshot, log, applied, cancellation);
        }

        public override Task RecordAsync(
            IReadOnlyDictionary<int, OriginProgress> progress, IReadOnlyCollection<DeferredVersion> deferred, bool deferredChanged, CancellationToken cancellation) =>
            base.RecordAsync(progress, [.. deferred.Where(d => !_carriedOut.Contains(d.Version))], true, cancellation);
    }

    sealed class LogUnread(MemorySession session) : PassingNode(session)
    {
        public override Task<IReadOnlyCollection<string>> FindLoggedAsync(int table, RowVersion version, IReadOnlyCollection<string> keys, CancellationToken cancellation) =>
            Task.FromResult<IReadOnlyCollection<string>>([]);
    }

    sealed class RowsNotLogged(MemorySession session) : PassingNode(session)
    {
        public override Task<IReadOnlyList<PickedKey>> ApplyRowsAsync(
            int table, IReadOnlyList<string?[]>? rows, Snapshot snapshot, ConflictStrategy strategy, bool log, Applied applied, CancellationToken cancellation) =>
            base.ApplyRowsAsync(table, rows, snapshot, strategy, log: false, applied, cancellation);
    }

    sealed class ClockLeft(MemorySession session) : PassingNode(session)
    {
        public override Task BeginApplyAsync(StepOpening opening, CancellationToken cancellation) => base.BeginApplyAsync(opening with { Clock = default }, cancellation);
    }

    sealed class NothingUnder(MemorySession session) : PassingNode(session)
    {
        public override async Task<NodeTableFacts> CollectAsync(int table, Window window, IReadOnlyCollection<string> deferredKeys, NodeKnowledge knowledge, CancellationToken cancellation)
        {
            var facts = await base.CollectAsync(table, window, deferredKeys, knowledge, cancellation);
            return new NodeTableFacts { Knowledge = new NodeKnowledge(knowledge.Node, new Dictionary<int, Snapshot>()), Entries = facts.Entries, Truncation = facts.Truncation };
        }
    }

    sealed class SettlementUnlogged(MemorySession session) : PassingNode(session)
    {
        public override async Task<IReadOnlyList<Settlement>> ApplySettlementsAsync(
            int table, IReadOnlyList<Settlement> settlements, Snapshot snapshot, ConflictStrategy strategy, Applied applied, CancellationToken cancellation)
        {
            var logged = session.Node.Apply!.Changes.Count;
            var left = await base.ApplySettlementsAsync(table, settlements, snapshot, strategy, applied, cancellation);
            session.Node.Apply.Changes.RemoveRange(logged, session.Node.Apply.Changes.Count - logged);
            return left;
        }
    }
}
