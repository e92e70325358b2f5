using Bucardo.Engine.Catalog;
using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;
using Bucardo.Model;
using Microsoft.Extensions.Logging;

namespace Bucardo.Engine.Service;

/// <summary>
/// Runs the rounds of one sync: when kicked, when its check time has come, when a node that was away is due, after a failure with back-off.
/// </summary>
sealed class SyncWorker : IAsyncDisposable
{
    // Keys were left out because somebody is writing them just now: give that session a moment.
    static readonly TimeSpan s_deferredWait = TimeSpan.FromMilliseconds(50);
    static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    /// <summary>A longer payload of a kick is no token that is answered.</summary>
    public const int LongestToken = 64;

    // More of them than that are counted in the log, not told one by one.
    const int MostWaiting = 10;

    readonly ServiceOptions _options;
    readonly Func<string, string, Task> _notify;
    readonly ILogger _log;
    readonly SyncSession _session;
    readonly SyncUpkeep _upkeep;
    readonly WorkerPace _pace;
    readonly RunRecorder _recorder;
    readonly ConflictCollector _conflicts;
    readonly CancellationTokenSource _stopping = new();
    readonly CancellationTokenSource _aborting = new();
    int _failures;
    int _troubles;
    bool _deferred;
    bool _asked;
    DateTimeOffset _nextRound;
    DateTimeOffset? _nextConnect;
    IReadOnlyList<NodeProblem> _known = [];
    string _behind = "";
    IReadOnlyList<PausedTable> _paused = [];
    IReadOnlyList<UndecidedConflict> _waiting = [];

    /// <summary>Creates a worker and starts it.</summary>
    /// <param name="definition">The sync.</param>
    /// <param name="epoch">Number of the claim to run it.</param>
    /// <param name="options">How the service behaves.</param>
    /// <param name="idle">The service's syncs that are connected.</param>
    /// <param name="control">The control database, while it is there.</param>
    /// <param name="notify">Sends a NOTIFY on the control database.</param>
    /// <param name="streamChanged">Hears when <see cref="IsInStream"/> changes.</param>
    /// <param name="log">The log.</param>
    public SyncWorker(SyncDefinition definition, long epoch, ServiceOptions options, IdleSyncs idle, Func<ControlDatabase?> control, Func<string, string, Task> notify, Action streamChanged, ILogger log)
    {
        (Definition, _options, _notify, _log) = (definition, options, notify, log);
        _session = new SyncSession(definition, options.Session with { Epoch = epoch });
        _upkeep = new SyncUpkeep(definition, _session, options, idle, log);
        _pace = new WorkerPace(Kicks, definition.Sync, options, streamChanged, _stopping.Token);
        _recorder = new RunRecorder(control, definition.Sync, Time, log);
        _conflicts = new ConflictCollector(definition, control, Time, log);
        if (options.Session.Scripts is null) LogScripts();
        // What happened while nobody ran the sync is waiting.
        if (definition.Sync.AutoKick) Kicks.Kick();
        Completion = Task.Run(RunAsync);
    }

    public SyncDefinition Definition { get; }

    public KickBox Kicks { get; } = new();

    public Task Completion { get; }

    /// <summary>Whether the worker looks for changes by itself, and need not be kicked.</summary>
    public bool IsInStream => _pace.IsInStream;

    /// <summary>Whether a round is being run.</summary>
    public bool IsInRound { get; private set; }

    /// <summary>The number of a later claim that a node has met: the worker has ended, because another service has replaced it.</summary>
    public long SupersededBy { get; private set; }

    string Name => Definition.Sync.Name;

    TimeProvider Time => _options.Session.Time;

    /// <summary>Lets the round in hand finish, for a while, then rolls it back.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        await _stopping.CancelAsync();
        _aborting.CancelAfter(grace);
        await Completion;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        _stopping.Dispose();
        _aborting.Dispose();
    }

    async Task RunAsync()
    {
        try
        {
            PlanNext();
            while (!_stopping.IsCancellationRequested)
            {
                await Kicks.WaitAsync(NextWait(), Time, _stopping.Token);
                await _pace.BreatheAsync(_stopping.Token);
                var (kicked, tokens) = Kicks.Take();
                // After a failure, triggers may kick as they like: the back-off holds. Only people do not wait for it.
                var isWanted = _failures > 0 ? tokens.Count > 0 : kicked;
                IsInRound = isWanted || Time.GetUtcNow() >= _nextRound;
                if (IsInRound) await RoundAsync(tokens);
                else if (Time.GetUtcNow() >= _nextConnect) await ConnectAsync();
                else if (_recorder.Due <= TimeSpan.Zero) await _recorder.FlushAsync(_aborting.Token);
                IsInRound = false;
                if (await _upkeep.KeepUpAsync(isQuiet: !_deferred && _failures + _troubles == 0, _aborting.Token)) PlanNext();
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
        finally
        {
            await CloseAsync();
        }
    }

    async Task CloseAsync()
    {
        _pace.Leave();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await _recorder.FlushAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _log.LogWarning("The last rounds of sync {Sync} are missing in its history: the control database did not answer.", Name);
        }
        await _conflicts.StopAsync(TimeSpan.FromSeconds(5));
        await _session.DisposeAsync();
        _upkeep.Leave();
    }

    // A sync without autokick moves nothing until somebody asks, but its capture has to be there.
    async Task ConnectAsync()
    {
        _upkeep.Stir();
        LogProblems(await _session.PrepareAsync(_aborting.Token));
        PlanNext();
    }

    async Task RoundAsync(IReadOnlyList<string> tokens)
    {
        _asked = true;
        _upkeep.Stir();
        var started = Time.GetUtcNow();
        _pace.Begin();
        RoundResult? result = null;
        try
        {
            result = await _session.RunAsync(tryAll: tokens.Count > 0, null, _aborting.Token, _pace);
            (_failures, _deferred) = (0, result.Deferred > 0);
            // A node that is there but did not commit gets its rows with the next round, soon.
            _troubles = result.Problems.Any(p => _session.Online.Contains(p.Database)) ? _troubles + 1 : 0;
            _upkeep.Note(result);
            if (result.Conflicts > 0) _conflicts.Ask();
            var id = await _recorder.AddAsync(started, result, tokens.Count > 0, _aborting.Token);
            LogProblems(result.Problems);
            LogPaused(result.Paused);
            LogWaiting(result.Waiting);
            LogBehind(result);
            if (result.More && _troubles == 0) GoOn(tokens);
            else await AnswerAsync(Channels.Done(Name), id, tokens);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _failures++;
            // Also if it was what follows the round: the back-off holds, and no stream goes on.
            result = null;
            _log.LogError("Sync {Sync}: the round failed. {Reason}", Name, e.Message);
            // An error that nobody foresaw may have left a connection in any state.
            if (e.InnerException is SupersededException later)
            {
                SupersededBy = later.Epoch;
                foreach (var token in tokens) Kicks.Kick(token);
                await _stopping.CancelAsync();
                return;
            }
            if (e is not BucardoException) await _session.DisconnectAsync();
            await AnswerAsync(Channels.Failed(Name), await _recorder.AddFailureAsync(started, e, _aborting.Token), tokens);
        }
        catch (OperationCanceledException)
        {
            // The sync's next worker answers.
            foreach (var token in tokens) Kicks.Kick(token);
            throw;
        }
        _pace.End(Time.GetUtcNow() - started, result);
        // Kicks that came while somebody was brought level have been answered for the others, but not for those who wait.
        if (Kicks.HasTokens) Kicks.Kick();
        PlanNext();
    }

    // Somebody still has a backlog: whoever waits for the answer waits for that, too.
    void GoOn(IReadOnlyList<string> tokens)
    {
        Kicks.Kick();
        foreach (var token in tokens) Kicks.Kick(token);
    }

    // A node that is away is news once, not at every round.
    void LogProblems(IReadOnlyList<NodeProblem> problems)
    {
        foreach (var problem in problems.Where(p => !_known.Contains(p))) _log.LogWarning("Sync {Sync}: {Problem}", Name, problem.Message);
        _known = problems;
    }

    void LogPaused(IReadOnlyList<PausedTable> paused)
    {
        foreach (var table in paused.Where(p => _paused.All(k => k.Reason != p.Reason))) _log.LogWarning("Sync {Sync}: {Type} {Table} is paused. {Reason}", Name, Rows.Word(table.Type), table.Table, table.Reason);
        foreach (var table in _paused.Where(k => paused.All(p => p.Table != k.Table))) _log.LogInformation("Sync {Sync}: {Type} {Table} goes on.", Name, Rows.Word(table.Type), table.Table);
        _paused = paused;
    }

    // Before that it is a matter of a minute.
    void LogBehind(RoundResult result)
    {
        var behind = result.More ? string.Join(", ", Definition.Members.Where(m => result.Behind.Contains(m.Id)).Select(m => m.Name)) : "";
        if (behind.Length > 0 && behind != _behind) _log.LogInformation("Sync {Sync}: the backlog of {Databases} is worked off apart from the rounds of the others.", Name, behind);
        if (behind.Length == 0 && _behind.Length > 0) _log.LogInformation("Sync {Sync}: the backlog of {Databases} has been worked off.", Name, _behind);
        _behind = behind;
    }

    void LogScripts()
    {
        foreach (var code in Definition.Codes.Where(c => c.Language == CustomCodeLanguage.PowerShell))
            _log.LogWarning("Sync {Sync}: custom code {Code} is a PowerShell script, which this service cannot run: what it should decide waits. Run the sync with Start-BucardoService instead.", Name, code.Name);
    }

    // A conflict that waits is news once, and again when the reason is another one.
    void LogWaiting(IReadOnlyList<UndecidedConflict> waiting)
    {
        foreach (var conflict in waiting.Where(w => !_waiting.Contains(w)).Take(MostWaiting)) _log.LogWarning("Sync {Sync}: {Reason}", Name, conflict.Reason);
        if (waiting.Count > MostWaiting && _waiting.Count <= MostWaiting) _log.LogWarning("Sync {Sync}: {Count} conflicts wait for custom code.", Name, waiting.Count);
        if (waiting.Count == 0 && _waiting.Count > 0) _log.LogInformation("Sync {Sync}: no conflict waits for custom code any more.", Name);
        _waiting = waiting;
    }

    async Task AnswerAsync(string channel, long run, IReadOnlyList<string> tokens)
    {
        // A NOTIFY carries 8000 bytes at most, and a character takes four at most. Tokens are whatever a kick carried, and anybody can send one.
        foreach (var part in tokens.Chunk(7900 / (4 * LongestToken)).DefaultIfEmpty([])) await _notify(channel, Kicker.Answer(run, part));
    }

    void PlanNext()
    {
        var wait = Definition.Sync.CheckTime ?? s_longest;
        if (_failures + _troubles > 0) wait = Min(wait, Min(_options.LongestRetry, _options.FirstRetry * Math.Pow(2, Math.Min(_failures + _troubles - 1, 20))));
        else if (_deferred) wait = s_deferredWait;
        _nextRound = Time.GetUtcNow() + wait;
        var attempt = _failures == 0 && !_upkeep.IsResting ? _session.NextAttempt : null;
        // What a round has not done for a node that was away is done when that node is back.
        if (_asked && attempt < _nextRound) _nextRound = attempt.Value;
        if (_failures == 0 && _session.NextLook < _nextRound) _nextRound = _session.NextLook.Value;
        if (_failures == 0 && _session.NextQuestion < _nextRound) _nextRound = Max(_session.NextQuestion.Value, Time.GetUtcNow() + s_deferredWait);
        if (_pace.NextLook < _nextRound) _nextRound = _pace.NextLook.Value;
        _nextConnect = _asked ? null : attempt;
    }

    TimeSpan NextWait()
    {
        var wait = _nextRound - Time.GetUtcNow();
        if (_nextConnect is { } connect) wait = Min(wait, connect - Time.GetUtcNow());
        if (_recorder.Due is { } due) wait = Min(wait, due);
        wait = Min(wait, _upkeep.Due - Time.GetUtcNow());
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    static DateTimeOffset Max(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
