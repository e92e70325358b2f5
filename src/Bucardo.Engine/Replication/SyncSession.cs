using Bucardo.Engine.Capture;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Hooks;
using Bucardo.Engine.Replication.Nodes;
using Bucardo.Engine.Replication.Sequences;
using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Replication;

/// <summary>Options of a <see cref="SyncSession"/>.</summary>
public sealed record SyncSessionOptions
{
    /// <summary>
    /// How long applying waits for a lock before the node gives this round up. Shorter than PostgreSQL's deadlock_timeout (1 s), so that in a deadlock it is never
    /// the application's transaction that is chosen to die.
    /// </summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long connecting and preparing a node may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a round waits for a node that is being connected to before it begins without it. Null: as long as connecting may take.</summary>
    public TimeSpan? Patience { get; init; }

    /// <summary>Number of the claim under which rounds are run: nodes that have met a greater one refuse them. 0: nobody else can be running the sync.</summary>
    public long Epoch { get; init; }

    /// <summary>How often the nodes of a round that takes long are asked whether they are still there.</summary>
    public TimeSpan SilenceInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long they may take to answer that.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Up to so many rows of a table travel as parameters; more travel by COPY.</summary>
    public int SmallRows { get; init; } = 500;

    /// <summary>How capture is put in order on a node that is connected to.</summary>
    public CaptureOptions Capture { get; init; } = new();

    /// <summary>Where rows are written as they come: how many bytes of them at once, at most.</summary>
    public int LargestPart { get; init; } = RoundSettings.UsualPart;

    /// <summary>Targets for which so many change rows wait, while they do not for the others, are brought level apart from them, so that nobody waits for the seconds that a large step takes.</summary>
    public long ApartFrom { get; init; } = 20_000;

    /// <summary>Whether the nodes are only looked at: sessions are read-only there, and keep no rows for sending.</summary>
    internal bool LooksOnly { get; init; }

    /// <summary>What the sessions on the nodes are for, in pg_stat_activity; null: rounds, whose sessions the next service takes away.</summary>
    internal string? Purpose { get; init; }

    /// <summary>Runs custom code that is a script; null: this process cannot.</summary>
    public IScriptHost? Scripts { get; init; }

    /// <summary>Fault points, for tests.</summary>
    public IFaultPoints Faults { get; init; } = NoFaults.Instance;

    /// <summary>Where the time comes from.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>
/// A sync with its connections, which it keeps from round to round. A node that cannot be reached is left out, tried again with back-off, and holds nobody else back.
/// </summary>
public sealed class SyncSession : IAsyncDisposable
{
    const int SmallestStep = 1000;

    // A table that comes into being anew does not show in the fingerprints of those that were there; nor does what nobody writes to in those of a step.
    static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(10);

    readonly SyncDefinition _definition;
    readonly SyncSessionOptions _options;
    readonly IReadOnlyList<NodeLink> _links;
    SyncBinding _binding = SyncBinding.None;
    readonly StubbornKeys _stubborn = new();
    readonly ConflictHooks _hooks;
    readonly SequenceKeeper _sequences;
    SequenceResult _kept = SequenceResult.None;
    bool _bound;
    int _troubles;
    DateTimeOffset _nextLook;
    DateTimeOffset _nextLookAtAll;

    /// <summary>Creates the session; nothing is connected yet.</summary>
    public SyncSession(SyncDefinition definition, SyncSessionOptions? options = null)
    {
        (_definition, _options) = (definition, options ?? new SyncSessionOptions());
        _hooks = new ConflictHooks(definition, _options);
        _sequences = new SequenceKeeper(definition.ReplicatedSequences(), _options.Faults);
        _links = [.. definition.Members.Where(m => m.Status != DatabaseStatus.Inactive).Select(m => new NodeLink(definition, m, _options))];
    }

    /// <summary>Names of the nodes that are connected.</summary>
    public IReadOnlyList<string> Online => [.. _links.Where(l => l.Node is not null).Select(l => l.Member.Name)];

    /// <summary>When the tables and sequences that are left out should be looked at again; null when none is.</summary>
    public DateTimeOffset? NextLook => _binding.Paused.Count + _kept.Paused.Count > 0 ? _nextLook : null;

    /// <summary>When the next node that is away should be tried; null when all are here.</summary>
    public DateTimeOffset? NextAttempt => _links.Where(l => l.Node is null).Select(l => (DateTimeOffset?)l.NextLook).Min();

    /// <summary>When custom code that could not decide should be asked again; null when nothing waits for it.</summary>
    public DateTimeOffset? NextQuestion => _hooks.Next;

    /// <summary>Connects to the nodes whose next attempt is due, and installs or repairs capture there, without a round.</summary>
    /// <returns>The nodes that are away, and why.</returns>
    public async Task<IReadOnlyList<NodeProblem>> PrepareAsync(CancellationToken cancellation)
    {
        await ConnectAsync(tryAll: false, cancellation);
        return [.. Away([])];
    }

    /// <summary>Runs one round among the nodes that can be reached.</summary>
    /// <param name="tryAll">Somebody waits for it: try every node that is away, whenever its next attempt is due, and end when all is on disk everywhere.</param>
    /// <param name="progress">Hears how far the round is.</param>
    /// <param name="cancellation">Cancels the round; what has not been committed is rolled back.</param>
    /// <param name="pace">Who has a backlog is brought level apart, while the others have rounds when this wants them; null: all go together, step by step.</param>
    /// <exception cref="BucardoException">The round failed as a whole.</exception>
    public async Task<RoundResult> RunAsync(bool tryAll, IProgress<RoundProgress>? progress, CancellationToken cancellation, IRoundPace? pace = null)
    {
        // A round that was cancelled or given up may have left a connection in the middle of something.
        foreach (var link in _links) await link.DropIfBrokenAsync();
        if (tryAll) _hooks.Hurry();
        if (_binding.Paused.Count > 0 && (tryAll || _options.Time.GetUtcNow() >= _nextLook)) await DisconnectAsync();
        for (var attempt = 1; ; attempt++)
        {
            await ConnectAsync(tryAll && attempt == 1, cancellation);
            var nodes = _links.Where(l => l.Node is not null).Select(l => l.Node!).ToList();
            CheckQuorum(nodes);
            await using var watch = new NodeWatch(nodes, _options, cancellation);
            try
            {
                if (!_bound) await BindAsync(nodes);
                var all = tryAll || _options.Time.GetUtcNow() >= _nextLookAtAll;
                foreach (var node in nodes) node.LooksAtAll = all;
                if (all) _nextLookAtAll = _options.Time.GetUtcNow() + s_lookAgain;
                var catchUp = pace is null ? null : new SessionCatchUp(nodes, pace, _options.ConnectTimeout, KeepSequencesAsync);
                var round = new Round(Settings(mayGoApart: pace is not null) with { WaitsForDisk = tryAll }, nodes, _options.Faults, progress, _stubborn, catchUp);
                var result = await watch.RunAsync(async c => await KeepSequencesAsync(nodes, await round.RunAsync(c), c));
                foreach (var link in _links) await link.DropIfBrokenAsync();
                // Who could not commit gets through more easily with less at a time.
                _troubles = result.Problems.Count > 0 ? Math.Min(_troubles + 1, 10) : 0;
                return result with { Problems = [.. result.Problems, .. Away(result.Problems)], Paused = [.. _binding.Paused, .. _kept.Paused], Waiting = _hooks.Note(result.Waiting) };
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                // What was on its way when it was cancelled may still come, and be taken for the answer to something else.
                await DisconnectAsync();
                throw;
            }
            catch (Exception) when (watch.Silent.Count > 0 && !cancellation.IsCancellationRequested)
            {
                foreach (var (node, reason) in watch.Silent) await _links.First(l => l.Node == node).FailAsync(reason);
                // Those that it was not the fault of come back at once. What they were doing was cancelled, too.
                await DisconnectAsync();
                if (attempt > _links.Count + 3) throw new BucardoException("NodeFailed", ErrorKind.Replication, string.Join(" ", watch.Silent.Values));
            }
            catch (ShapeChangedException) when (attempt < 5)
            {
                await DisconnectAsync();
            }
            catch (NodeFailedException e) when (attempt <= _links.Count + 1 && e.InnerException is ShapeChangedException)
            {
                await DisconnectAsync();
            }
            catch (NodeFailedException e) when (e.InnerException is SupersededException)
            {
                throw new BucardoException("SyncTakenOver", ErrorKind.InvalidOperation, $"Another service has taken sync {_definition.Sync.Name} over: it is no longer run here.", e.InnerException);
            }
            catch (NodeFailedException e)
            {
                var link = _links.First(l => l.Member.Name == e.Node);
                await link.FailAsync(NodeErrors.Describe(e.InnerException!, e.Node));
                _bound = false;
                if (attempt > _links.Count) throw new BucardoException("NodeFailed", ErrorKind.Replication, link.Problem!, e);
            }
            catch (ConflictAbortException e)
            {
                throw new BucardoException("ConflictAbort", ErrorKind.Replication,
                    $"Key ({RowKey.Display(e.Key)}) was changed on {string.Join(" and ", e.Versions.Select(v => Name(v.Origin)))} in sync {_definition.Sync.Name}, whose conflict strategy is bucardo_abort: "
                    + "make the rows equal or choose another strategy, then resume the sync.", e);
            }
        }
    }

    /// <summary>
    /// Tells every connected node what its peers have seen of it, and purges what all of them have. A peer that is away keeps what it was last known to have seen.
    /// Returns how many change rows went.
    /// </summary>
    /// <exception cref="BucardoException">A node failed; it is left out of the next rounds until it answers again.</exception>
    public async Task<long> MaintainAsync(CancellationToken cancellation)
    {
        long purged = 0;
        var online = _links.Where(l => l.Node is not null).ToList();
        await using var watch = new NodeWatch([.. online.Select(l => l.Node!)], _options, cancellation);
        foreach (var link in online)
        {
            try
            {
                purged += await watch.RunAsync(c => link.Node!.MaintainAsync([.. online.Where(o => o != link && o.Node is not null).Select(o => o.Node!)], c));
            }
            catch (Exception) when (watch.Silent.Count > 0 && !cancellation.IsCancellationRequested)
            {
                foreach (var (node, reason) in watch.Silent) await _links.First(l => l.Node == node).FailAsync(reason);
                _bound = false;
                break;
            }
            catch (Exception e) when (e is NpgsqlException or IOException)
            {
                await link.FailAsync(NodeErrors.Describe(e, link.Member.Name));
                _bound = false;
            }
        }
        return purged;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var link in _links) await link.DisposeAsync();
        await _hooks.DisposeAsync();
    }

    /// <summary>Closes all connections; the next round opens them again and reads the tables' shapes anew.</summary>
    public async Task DisconnectAsync()
    {
        foreach (var link in _links) await link.DisconnectAsync();
        _bound = false;
    }

    async Task ConnectAsync(bool tryAll, CancellationToken cancellation)
    {
        var connected = await Task.WhenAll(_links.Select(l => l.ConnectAsync(tryAll, _options.Patience ?? _options.ConnectTimeout, cancellation)));
        if (connected.Any(c => c)) _bound = false;
        // Without the others there is no round at all: then it waits for them as long as it takes.
        if (HasQuorum([.. _links.Where(l => l.Node is not null).Select(l => l.Node!)])) return;
        connected = await Task.WhenAll(_links.Where(l => l.IsConnecting).Select(l => l.ConnectAsync(false, _options.ConnectTimeout, cancellation)));
        if (connected.Any(c => c)) _bound = false;
    }

    static bool HasQuorum(List<PgRoundNode> nodes) => nodes.Count(n => n.IsSource) > 0 && nodes.Count > 1;

    void CheckQuorum(List<PgRoundNode> nodes)
    {
        if (HasQuorum(nodes)) return;
        var reasons = string.Join(" ", _links.Where(l => l.Problem is not null).Select(l => l.Problem));
        throw new BucardoException("TooFewNodes", ErrorKind.Connection,
            $"Sync {_definition.Sync.Name} needs a source and one more database, but {(nodes.Count == 0 ? "none" : "only " + string.Join(", ", nodes.Select(n => n.Name)))} can be reached. {reasons}".TrimEnd());
    }

    async Task BindAsync(List<PgRoundNode> nodes)
    {
        var binding = SyncBinding.Create(_definition, nodes, [.. _links.Where(l => l.Node is not null).SelectMany(l => l.Broken)]);
        if (binding.Paused.Count > 0 && binding.Layouts.Count == 0)
        {
            // Somebody will mend it there: what is known of the tables now must not outlive that.
            await DisconnectAsync();
            throw new BucardoException("SchemaMismatch", ErrorKind.Validation, string.Join(" ", binding.Paused.Select(p => p.Reason))) { Problems = [.. binding.Paused.SelectMany(p => p.Problems)] };
        }
        (_binding, _nextLook) = (binding, _options.Time.GetUtcNow() + s_lookAgain);
        foreach (var node in nodes) node.Bind(binding.Layouts);
        _bound = true;
    }

    // After the rows: what they hold has been drawn by then.
    async Task<RoundResult> KeepSequencesAsync(IReadOnlyList<PgRoundNode> nodes, RoundResult result, CancellationToken cancellation)
    {
        try
        {
            _kept = await _sequences.KeepAsync([.. nodes.Where(n => !n.IsBroken).Select(n => n.Sequences)], cancellation);
        }
        catch (NodeFailedException e)
        {
            // The rows have arrived; the next round sees to the sequences.
            return result with { Problems = [.. result.Problems, new NodeProblem(e.Node, NodeErrors.Describe(e.InnerException!, e.Node))] };
        }
        if (_kept.Paused.Count > 0 && _binding.Paused.Count == 0) _nextLook = _options.Time.GetUtcNow() + s_lookAgain;
        return result with { Sequences = _kept.Moved };
    }

    RoundSettings Settings(bool mayGoApart)
    {
        var settings = _binding.Settings(_definition, Math.Min(_definition.Sync.MaximumChanges, Math.Max(SmallestStep, _definition.Sync.MaximumChanges >> _troubles)), _options.SmallRows, _hooks.Bind);
        return settings with { ApartFrom = mayGoApart ? Math.Min(_options.ApartFrom, settings.MaximumChanges) : null, LargestPart = _options.LargestPart };
    }

    IEnumerable<NodeProblem> Away(IReadOnlyList<NodeProblem> known) =>
        _links.Where(l => l.Problem is not null && known.All(k => k.Database != l.Member.Name)).Select(l => new NodeProblem(l.Member.Name, l.Problem!));

    string Name(int origin) => _definition.Members.FirstOrDefault(m => m.Id == origin)?.Name ?? $"node {origin}";
}
