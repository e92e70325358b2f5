using Bucardo.Engine.Replication.Decisions;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>
/// A node as a round sees it: PostgreSQL, or a node in memory. Reading happens in one snapshot, from <see cref="BeginReadAsync"/> to
/// <see cref="EndReadAsync"/>; applying in one transaction, from <see cref="BeginApplyAsync"/> to <see cref="CommitAsync"/> or <see cref="RollbackAsync"/>.
/// Tables are addressed by their id in the control database.
/// </summary>
public interface IRoundNode
{
    /// <summary>The node's id.</summary>
    int Id { get; }

    /// <summary>The node's name.</summary>
    string Name { get; }

    /// <summary>Whether the node has change tables to read from.</summary>
    bool HasChanges { get; }

    /// <summary>Whether local writes are captured here, so that applying must look out for them.</summary>
    bool IsSource { get; }

    /// <summary>Opens the snapshot.</summary>
    Task<NodeState> BeginReadAsync(CancellationToken cancellation);

    /// <summary>Sees to it that nothing of what the snapshot holds is lost in a crash: nobody may say before that he has seen it. Before anything is applied to the node.</summary>
    Task FlushAsync(CancellationToken cancellation);

    /// <summary>
    /// Per table with changes in the window, how many change rows are pending, among the first <paramref name="limit"/> that the window holds; and how many
    /// rows it holds over all tables, each counted up to the limit, those that the receivers know by other ways included.
    /// </summary>
    Task<(IReadOnlyDictionary<int, long> Pending, long Total)> CountPendingAsync(Window window, long limit, CancellationToken cancellation);

    /// <summary>
    /// Where to end a step, so that at most <paramref name="limit"/> change rows lie before it; null when there are fewer, or when
    /// a TRUNCATE is among them: it must not be left behind the cut, for what others changed before it would come in after it. What a round brought here is never split.
    /// </summary>
    Task<Cut?> FindCutAsync(Window window, long limit, CancellationToken cancellation);

    /// <summary>How far the node was after the last round of which the log, read so far, holds everything: what a receiver of that part of the log may claim to have seen.</summary>
    Task<PastProgress> FindPastAsync(Snapshot read, CancellationToken cancellation);

    /// <summary>The node's entries of a table in the window, of the given deferred keys (with those of them that changed behind the cut), and its last TRUNCATE: in the window, but any if there are deferred keys, for they may have been left out of it.</summary>
    Task<NodeTableFacts> CollectAsync(int table, Window window, IReadOnlyCollection<string> deferredKeys, NodeKnowledge knowledge, CancellationToken cancellation);

    /// <summary>Of some keys, those whose log names a version here: it was held here once, and whatever is held now was made on it.</summary>
    Task<IReadOnlyCollection<string>> FindLoggedAsync(int table, RowVersion version, IReadOnlyCollection<string> keys, CancellationToken cancellation);

    /// <summary>Whether a TRUNCATE lies in the window, per table.</summary>
    Task<IReadOnlyCollection<int>> FindTruncationsAsync(Window window, CancellationToken cancellation);

    /// <summary>The first transaction that wrote here, among the changes dated at a time or later; null when there is none.</summary>
    Task<ulong?> FindFirstSinceAsync(DateTime since, CancellationToken cancellation);

    /// <summary>The changes of an origin, from one of its transactions on, that this node has logged.</summary>
    Task<IReadOnlyCollection<ChangeMark>> FindLoggedSinceAsync(int origin, ulong first, CancellationToken cancellation);

    /// <summary>Whether another sync of this node has seen an origin under another timeline than the given one: then what is logged may be of that one.</summary>
    Task<bool> IsTimelineTakenElsewhereAsync(int origin, int timeline, CancellationToken cancellation);

    /// <summary>Of some changes of an origin, which may be this node itself, those that are in this node's log.</summary>
    Task<IReadOnlyCollection<ChangeMark>> FindSameAsync(int origin, IReadOnlyCollection<ChangeMark> changes, CancellationToken cancellation);

    /// <summary>
    /// In a transaction of its own: takes note that an origin's server goes on under another timeline. Transaction ids from <see cref="OriginTimeline.Start"/> on come again: they
    /// are taken out of the context; and where something was still to come, be it the rest of a backlog or a row that had been left out, only what lies below that counts as seen, of all origins, for the origin may not have it any more. What this node logged of transactions from <see cref="OriginTimeline.Shared"/> on becomes its own, but for those that the origin still knows.
    /// </summary>
    /// <exception cref="StaleRoundException">Another round has been applied meanwhile.</exception>
    Task AdoptTimelineAsync(long expectedRound, int origin, OriginProgress cut, IReadOnlyCollection<ChangeMark> known, CancellationToken cancellation);

    /// <summary>Notes the keys that will be asked for as parts.</summary>
    Task PickAsync(int table, IReadOnlyList<IReadOnlyList<PickedKey>> parts, CancellationToken cancellation);

    /// <summary>The rows of all pending keys, as text, column by column; null where there are none, or they are too large to be held in memory.</summary>
    Task<IReadOnlyList<string?[]>?> ReadPendingAsync(int table, Window window, CancellationToken cancellation);

    /// <summary>The rows of a picked part, as text, column by column; null as above.</summary>
    Task<IReadOnlyList<string?[]>?> ReadPickedAsync(int table, int part, CancellationToken cancellation);

    /// <summary>The rows of given keys as the snapshot has them, column by column as text, in the keys' order; null where there is no row.</summary>
    Task<IReadOnlyList<IReadOnlyDictionary<string, string?>?>> ReadRowsAsync(int table, IReadOnlyList<string> keys, CancellationToken cancellation);

    /// <summary>What is kept of the rows of given keys where rows are merged, in the keys' order; null where there is nothing.</summary>
    Task<IReadOnlyList<string?>> ReadStatesAsync(int table, IReadOnlyList<string> keys, CancellationToken cancellation);

    /// <summary>Streams the rows of all pending keys.</summary>
    Task<Stream> OpenPendingAsync(int table, Window window, CancellationToken cancellation);

    /// <summary>Streams the rows of a picked part.</summary>
    Task<Stream> OpenPickedAsync(int table, int part, CancellationToken cancellation);

    /// <summary>Closes the snapshot.</summary>
    Task EndReadAsync();

    /// <summary>
    /// Opens the transaction that applies beforehand and locks rows in it, before the round reads: they stand still until it ends, unless somebody has one of them for long: then
    /// none is locked. <see cref="BeginApplyAsync"/> goes on with it.
    /// </summary>
    /// <param name="keys">The keys, by table.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    Task HoldAsync(IReadOnlyDictionary<int, IReadOnlyCollection<string>> keys, CancellationToken cancellation);

    /// <summary>Opens the transaction that applies.</summary>
    /// <exception cref="StaleRoundException">Another round has been applied meanwhile.</exception>
    /// <exception cref="ShapeChangedException">One of the tables is not what it was when its shape was read.</exception>
    Task BeginApplyAsync(StepOpening opening, CancellationToken cancellation);

    /// <summary>Opens a stream that rows are written to, as <see cref="OpenPendingAsync"/> gives them.</summary>
    Task<Stream> OpenStageAsync(int table, CancellationToken cancellation);

    /// <summary>How a table's rows travel.</summary>
    TableLayout LayoutOf(int table);

    /// <summary>Whether staged rows of a table may be written while others are still on their way: nothing about one of them depends on another.</summary>
    bool WritesInParts(int table, bool log);

    /// <summary>Writes what is staged so far, and empties the stage.</summary>
    Task<PartOutcome> WritePartAsync(int table, Applied applied, CancellationToken cancellation);

    /// <summary>Inserts rows that all seem to be new without staging them. False where one is there, or its unique value, or the table cannot take them like this: then nothing has happened.</summary>
    Task<bool> TryInsertPartAsync(int table, BinaryRows rows, Applied applied, CancellationToken cancellation);

    /// <summary>
    /// Says which of the versions that this node holds lose a conflict in what is applied next; a node that keeps a history records them, each with its row as it is when it goes.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="overwritten">Those that a row takes the place of.</param>
    /// <param name="truncated">Those that a TRUNCATE takes away.</param>
    /// <param name="open">Keys that the step does not decide, or another node does: whoever is kept out by such a row has not lost to it.</param>
    void NoteConflicts(int table, IReadOnlyList<PickedKey> overwritten, IReadOnlyList<PickedKey> truncated, IReadOnlySet<string> open);

    /// <summary>Empties a table but for the keys given; keys that moved since the snapshot stay and are returned.</summary>
    Task<IReadOnlyList<string>> ApplyTruncationAsync(int table, RowVersion version, IReadOnlyCollection<string> keep, Snapshot snapshot, bool log, Applied applied, CancellationToken cancellation);

    /// <summary>
    /// Writes the rows of a table, staged or given as text; keys that moved since the snapshot are left out and returned with the versions left out.
    /// Where another row holds a unique value of a row, the strategy decides between their versions.
    /// </summary>
    Task<IReadOnlyList<PickedKey>> ApplyRowsAsync(
        int table, IReadOnlyList<string?[]>? rows, Snapshot snapshot, ConflictStrategy strategy, bool log, Applied applied, CancellationToken cancellation);

    /// <summary>
    /// Makes resolutions changes of the node's own. Keys that moved since the snapshot are left out and their settlements returned.
    /// </summary>
    Task<IReadOnlyList<Settlement>> ApplySettlementsAsync(
        int table, IReadOnlyList<Settlement> settlements, Snapshot snapshot, ConflictStrategy strategy, Applied applied, CancellationToken cancellation);

    /// <summary>
    /// Does what had to wait for other tables: where foreign keys are enforced while rows are applied, and for rows whose parent has gone. Returns, by table, what could not be written
    /// yet: rows that came before those that they refer to. They are left out as if they had moved.
    /// </summary>
    Task<IReadOnlyDictionary<int, IReadOnlyList<PickedKey>>> FinishRowsAsync(StepReach reach, Applied applied, CancellationToken cancellation);

    /// <summary>Records progress and deferred keys, and counts the round; at the latest when it is committed.</summary>
    Task RecordAsync(IReadOnlyDictionary<int, OriginProgress> progress, IReadOnlyCollection<DeferredVersion> deferred, bool deferredChanged, CancellationToken cancellation);

    /// <summary>Keeps the contexts of tables that are left out of the step as they were, where none is kept yet.</summary>
    Task KeepContextsAsync(IReadOnlyCollection<(int Table, int Origin, OriginProgress Progress)> held, CancellationToken cancellation);

    /// <summary>The same as <see cref="RecordAsync"/> for a table with a context of its own, which is given up when it has become that of all others.</summary>
    Task RecordLaneAsync(int table, IReadOnlyDictionary<int, OriginProgress> progress, IReadOnlyCollection<DeferredVersion> deferred, bool deferredChanged, CancellationToken cancellation);

    /// <summary>Commits.</summary>
    /// <exception cref="StaleRoundException">Changes have been purged here since the snapshot: some may have been overwritten unseen.</exception>
    Task CommitAsync(CancellationToken cancellation);

    /// <summary>Rolls back, if there is anything to roll back. Never throws.</summary>
    Task RollbackAsync();
}
