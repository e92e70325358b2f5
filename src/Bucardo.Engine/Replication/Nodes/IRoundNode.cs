using Bucardo.Engine.Replication.Decisions;

namespace Bucardo.Engine.Replication.Nodes;

/// <summary>A version that a node left out of what it has seen.</summary>
/// <param name="Table">Id of the table in the control database.</param>
/// <param name="Key">The key.</param>
/// <param name="Version">The version.</param>
public readonly record struct DeferredVersion(int Table, string Key, RowVersion Version);

/// <summary>The first changes of one transaction, up to a place in the node's order of changes: how a transaction larger than a step is split.</summary>
/// <param name="Xid">The transaction.</param>
/// <param name="Sequence">The place of the last change that belongs to the part.</param>
public readonly record struct TransactionPart(ulong Xid, long Sequence)
{
    /// <summary>Whether a change belongs to the part.</summary>
    public bool Holds(ulong xid, long sequence) => xid == Xid && sequence <= Sequence;
}

/// <summary>Where a step ends: what lies below a transaction, and a part of that transaction if it is too large for one step.</summary>
public readonly record struct Cut(ulong Xid, TransactionPart? Part);

/// <summary>The timeline under which an origin's server gave the transactions that a context speaks of.</summary>
/// <param name="Number">PostgreSQL's number of it; 0 when it is not known.</param>
/// <param name="Start">Where what had been seen of the earlier timeline was cut: no transaction of this one lies below; 0 when there was no earlier one.</param>
/// <param name="Shared">Whatever was committed below it on the earlier timeline is there on this one too; 0 when that is not known.</param>
public readonly record struct OriginTimeline(int Number, ulong Start, ulong Shared);

/// <summary>How far a node is with one origin.</summary>
/// <param name="Seen">The transactions seen.</param>
/// <param name="Floor">The part of them of which everything has come: below all deferred keys, and below a backlog that travels in steps.</param>
/// <param name="Part">What has been seen of a transaction that travels in several steps.</param>
public readonly record struct OriginProgress(Snapshot Seen, Snapshot Floor, TransactionPart? Part)
{
    /// <summary>The origin's timeline when this was recorded.</summary>
    public OriginTimeline Timeline { get; init; }

    /// <summary>Whether the origin is still to send something of what counts as seen, because its backlog travels in steps.</summary>
    public bool IsIncomplete { get; init; }

    /// <summary>When <see cref="Seen"/> changed last, by the receiver's clock.</summary>
    public DateTime Moved { get; init; }
}

/// <summary>How far a node was at an earlier time: after the last of its rounds that a part of its log holds.</summary>
/// <param name="Progress">Per origin, how far it was.</param>
/// <param name="Deferred">The exceptions to that.</param>
public sealed record PastProgress(IReadOnlyDictionary<int, OriginProgress> Progress, IReadOnlyList<DeferredVersion> Deferred)
{
    /// <summary>Nothing is known of that time.</summary>
    public static PastProgress Unknown { get; } = new(new Dictionary<int, OriginProgress>(), []);
}

/// <summary>What a node says of itself at the start of a round, all in one snapshot.</summary>
/// <param name="Snapshot">Its snapshot: what the round reads of it.</param>
/// <param name="Round">How many rounds of the sync have been applied there.</param>
/// <param name="Progress">Per origin, how far the node is.</param>
/// <param name="Acknowledged">Per peer, what it is known to have seen of this node; a peer without progress of its own starts there.</param>
/// <param name="Deferred">The exceptions to what has been seen.</param>
/// <param name="Clock">The time by which the node dates changes: nothing that the snapshot holds is dated after it.</param>
public sealed record NodeState(
    Snapshot Snapshot,
    long Round,
    IReadOnlyDictionary<int, OriginProgress> Progress,
    IReadOnlyDictionary<int, Snapshot> Acknowledged,
    IReadOnlyList<DeferredVersion> Deferred,
    DateTime Clock)
{
    /// <summary>The timeline that the server writes; 0 when it is not known. Another one than before: a standby was promoted, or a backup recovered.</summary>
    public int Timeline { get; init; }

    /// <summary>The timeline when the last round was applied there; 0 when it is not known.</summary>
    public int LastTimeline { get; init; }

    /// <summary>After a promotion: when the last transaction that the standby had replayed was committed.</summary>
    public DateTime? ReplayedUntil { get; init; }

    /// <summary>Per table that goes a way of its own and per origin, how far the node is; empty where all tables go together.</summary>
    public IReadOnlyDictionary<int, IReadOnlyDictionary<int, OriginProgress>> Held { get; init; } = new Dictionary<int, IReadOnlyDictionary<int, OriginProgress>>();

    /// <summary>Peers that have themselves said what they have seen of the node.</summary>
    public IReadOnlySet<int> Confirmed { get; init; } = new HashSet<int>();

    /// <summary>Peers that came when the sync had been started on the node before.</summary>
    public IReadOnlySet<int> Joined { get; init; } = new HashSet<int>();

    /// <summary>Whether all tables of the node have got their data, as far as it joined.</summary>
    public bool IsFilled { get; init; } = true;

    /// <summary>Changes below this transaction may have been purged; 0: none.</summary>
    public ulong Purged { get; init; }

    /// <summary>Whether rows are to be looked at whose parent may have gone.</summary>
    public bool HasSuspects { get; init; }

    /// <summary>The place in the server's write-ahead log before which everything lies that the snapshot holds, where some of that may still be lost in a crash; null: nothing may.</summary>
    public string? Unflushed { get; init; }

    /// <summary>Whether somebody is copying tables to the node: no round writes there meanwhile.</summary>
    public bool IsBeingCopied { get; init; }
}

/// <summary>How far a step reaches, which decides whether a row that is missing is really gone.</summary>
/// <param name="Cut">Ids of the nodes of which it reads a part of their backlog only.</param>
/// <param name="Absent">Ids of the nodes that take no part.</param>
/// <param name="Unsettled">Ids of the tables with rows that another node settles in this step.</param>
public sealed record StepReach(IReadOnlyCollection<int> Cut, IReadOnlyCollection<int> Absent, IReadOnlyCollection<int> Unsettled);

/// <summary>What others have seen of a node, and how much of it the step reads: the bounds of every query for changes.</summary>
/// <param name="Seen">What the receivers have seen of the node.</param>
/// <param name="Read">What the step reads.</param>
/// <param name="SeenVersions">Per origin, what the receivers have seen: the node need not tell them, though it may have logged it anew.</param>
/// <param name="IsCut">Whether <paramref name="Read"/> is only a part of the node's snapshot: the first part of a large backlog.</param>
/// <param name="Skip">The part of a large transaction that all receivers have seen already.</param>
/// <param name="Part">The part of a large transaction that the step reads besides <paramref name="Read"/>.</param>
public sealed record Window(
    Snapshot Seen, Snapshot Read, IReadOnlyDictionary<int, Snapshot> SeenVersions, bool IsCut = false, TransactionPart? Skip = null, TransactionPart? Part = null)
{
    /// <summary>The tables to look at; null: all.</summary>
    public IReadOnlySet<int>? Tables { get; init; }

    /// <summary>Whether its bounds are parameters of the statements that look for changes, not literals.</summary>
    internal bool HasParameters { get; init; }

    /// <summary>Whether a change lies outside what the receivers have seen.</summary>
    public bool IsNew(ulong xid, long sequence) => !Seen.Contains(xid) && !(Skip is { } skip && skip.Holds(xid, sequence));

    /// <summary>Whether a change lies in the window.</summary>
    public bool Holds(ulong xid, long sequence) => IsNew(xid, sequence) && !IsBehind(xid, sequence);

    /// <summary>
    /// Whether a change lies behind the cut. What changed there again is left to the step that reads that change: the row that travels is the present one, and a receiver would have a version
    /// without having seen it, and what it was made on.
    /// </summary>
    public bool IsBehind(ulong xid, long sequence) => !Read.Contains(xid) && !(Part is { } part && part.Holds(xid, sequence));
}

/// <summary>What one node did when it applied a round.</summary>
public sealed record Applied
{
    /// <summary>Rows inserted.</summary>
    public long Inserts { get; set; }

    /// <summary>Rows updated.</summary>
    public long Updates { get; set; }

    /// <summary>Rows deleted.</summary>
    public long Deletes { get; set; }

    /// <summary>Tables truncated.</summary>
    public long Truncates { get; set; }

    /// <summary>Rows that clashed in a unique value with another row, and rows whose parent had gone.</summary>
    public long Clashes { get; set; }

    /// <summary>Conflicts that were decided here, by table and key: several nodes may have decided the same one.</summary>
    public HashSet<(int Table, string Key)> Decided { get; } = [];

    /// <summary>Conflicts settled here.</summary>
    public long Settled { get; set; }

    /// <summary>Keys left out.</summary>
    public long Deferred { get; set; }

    /// <summary>Rows of custom code that their table refuses.</summary>
    public List<UndecidedConflict> Refused { get; } = [];
}

/// <summary>Changes of one table by one origin that wait for a receiver.</summary>
/// <param name="Table">Id of the table in the control database.</param>
/// <param name="Origin">Where they were made.</param>
/// <param name="Rows">How many.</param>
/// <param name="Oldest">When the first of them was made.</param>
public readonly record struct PendingChanges(int Table, int Origin, long Rows, DateTime Oldest);

/// <summary>A key to be sent, with the version that it is.</summary>
public readonly record struct PickedKey(string Key, RowVersion Version);

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
    /// <param name="expectedRound">The number of rounds that the node said it had applied.</param>
    /// <param name="clock">The latest time on the nodes of the round: no change here is dated before it from now on, for it may be made on what the round brings.</param>
    /// <param name="tables">The tables that will be written.</param>
    /// <param name="staged">Those of them whose rows are staged.</param>
    /// <param name="stranded">Origins that are away and of which rows may come that the node has already, though it does not count them as seen.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <exception cref="StaleRoundException">Another round has been applied meanwhile.</exception>
    /// <exception cref="ShapeChangedException">One of the tables is not what it was when its shape was read.</exception>
    Task BeginApplyAsync(long expectedRound, DateTime clock, IReadOnlyCollection<int> tables, IReadOnlyCollection<int> staged, IReadOnlyCollection<int> stranded, CancellationToken cancellation);

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

/// <summary>A node is no longer as this round found it: another round has been applied there, a table emptied, or changes purged. Nothing of this one may be.</summary>
public sealed class StaleRoundException(string node)
    : Exception($"Another round of the sync has been applied on database {node} meanwhile, or a table emptied or changes purged there; the next round starts from there.");

/// <summary>A round has been applied on the node under a later claim to the sync: whoever runs it under this one has been replaced.</summary>
public sealed class SupersededException(long epoch) : Exception("Another service has taken the sync over.")
{
    /// <summary>Number of the later claim.</summary>
    public long Epoch { get; } = epoch;
}

/// <summary>A table's columns have changed on a node since its shape was read: connect again and go on from there.</summary>
public sealed class ShapeChangedException() : Exception("The columns of a table have changed.");
