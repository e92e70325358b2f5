using System.Text.Json;
using System.Threading.Channels;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Service.Clocks;
using Bucardo.Model;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Bucardo.Engine.Service;

/// <summary>
/// The service: runs all active syncs that no other service runs, until it is told to stop. It outlives the absence of any database, the control database's included,
/// and takes up changed configuration by itself.
/// </summary>
public sealed class BucardoService
{
    // How often what is too old goes from the histories.
    static readonly TimeSpan s_cleanUp = TimeSpan.FromHours(1);

    readonly ConnectionSettings _settings;
    readonly ServiceOptions _options;
    readonly ILogger _log;
    readonly Channel<(string Channel, string Payload)> _notifications = Channel.CreateUnbounded<(string, string)>();
    readonly Dictionary<int, SyncWorker> _workers = [];
    readonly Dictionary<string, (Task Task, CancellationTokenSource Stop)> _listeners = [];
    readonly CancellationTokenSource _stopping = new();
    readonly List<(string Sync, string Token)> _kicks = [];
    readonly ClockBook _clocks;
    readonly IdleSyncs _idle;
    readonly QuietMemory _memory;
    readonly KickNeed _need;
    ControlSession? _control;
    ControlSession? _silent;
    int _wanted;
    long _met;

    /// <summary>Creates a service.</summary>
    /// <param name="settings">The control database.</param>
    /// <param name="options">How it behaves.</param>
    /// <param name="logs">Where it logs to.</param>
    public BucardoService(ConnectionSettings settings, ServiceOptions options, ILoggerFactory logs)
    {
        (_settings, _options, _log) = (settings, options, logs.CreateLogger("Bucardo.Service"));
        _idle = new IdleSyncs(options.KeptSyncs);
        _memory = new QuietMemory(_idle, options);
        _need = new KickNeed(d => !KickedBy(d).All(w => w.IsInStream));
        _clocks = new ClockBook(options.Clocks, options.Session.Time, PublishClockAsync, _log);
    }

    /// <summary>Set once the service has taken up its work for the first time.</summary>
    public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Runs until cancelled or told to stop by <c>NOTIFY bucardo_mcp_fullstop</c>. A round in hand is finished, or rolled back after the grace period.</summary>
    /// <exception cref="BucardoException">At the start only: the control database is not installed, of another version, or refuses the login.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stopping.Token);
        try
        {
            for (var failures = 0; !stop.IsCancellationRequested;)
            {
                try
                {
                    _control = await ControlSession.OpenAsync(_settings, (c, p) => _notifications.Writer.TryWrite((c, p)), stop.Token);
                    failures = 0;
                    await ServeAsync(_control, stop.Token);
                }
                catch (Exception e) when (IsPassing(e) && !stop.IsCancellationRequested)
                {
                    failures++;
                    var wait = TimeSpan.FromMilliseconds(Math.Min(30_000, 250 * Math.Pow(2, Math.Min(failures, 10))));
                    _log.LogWarning("The control database is away: {Reason} Syncs go on; next attempt in {Seconds:0.#} s.", e.Message, wait.TotalSeconds);
                    await LeaveControlAsync();
                    await Task.Delay(wait, _options.Session.Time, stop.Token);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop.
        }
        finally
        {
            await StopAllAsync();
        }
    }

    // What gets better by waiting. A wrong password or a missing schema does not, unless it had been right before.
    bool IsPassing(Exception error) => error switch
    {
        BucardoException e => Started.Task.IsCompleted || e.Kind is ErrorKind.Connection or ErrorKind.Timeout,
        NpgsqlException or IOException or TimeoutException or InvalidOperationException => true,
        _ => false,
    };

    async Task ServeAsync(ControlSession control, CancellationToken cancellation)
    {
        await control.ListenAsync([Channels.ConfigChanged, Channels.FullStop, Channels.Reload, Channels.Ping, Channels.LogMessage], cancellation);
        var cleanUp = DateTimeOffset.MinValue;
        // Whatever the workers did meanwhile, their claims went with the old connection.
        foreach (var worker in _workers.Values.ToList())
            if (!await control.TryClaimAsync(worker.Definition.Sync.Id, cancellation)) await StopWorkerAsync(worker, giveBack: false);
        await ReconcileAsync(control, cancellation);
        if (Started.TrySetResult()) _log.LogInformation("The service has started on {Host}, process {Process}.", Environment.MachineName, Environment.ProcessId);
        while (true)
        {
            if (_options.Session.Time.GetUtcNow() >= cleanUp)
            {
                cleanUp = _options.Session.Time.GetUtcNow() + s_cleanUp;
                await control.CleanUpAsync(cancellation);
            }
            await control.WaitAsync(_options.Upkeep, cancellation);
            var reload = _workers.Count < _wanted || _workers.Values.Any(w => w.Completion.IsCompleted);
            while (_notifications.Reader.TryRead(out var notification)) reload |= await HandleAsync(control, notification.Channel, notification.Payload, cancellation);
            if (reload) await ReconcileAsync(control, cancellation);
            DeliverKicks();
            _memory.Look(isInRound: _workers.Values.Any(w => w.IsInRound));
        }
    }

    // After the configuration has been read: the sync that is kicked may be a new one. One that is not run here may be run by another service.
    void DeliverKicks()
    {
        foreach (var (sync, token) in _kicks) Find(sync)?.Kicks.Kick(token);
        _kicks.Clear();
    }

    /// <summary>Acts on a notification. True: the configuration has to be read again.</summary>
    async Task<bool> HandleAsync(ControlSession control, string channel, string payload, CancellationToken cancellation)
    {
        switch (channel)
        {
            case Channels.FullStop: if (control.IsMeant(payload)) await _stopping.CancelAsync(); return false;
            case Channels.Ping: await control.PongAsync(payload, cancellation); return false;
            case Channels.LogMessage: _log.LogInformation("Message: {Message}", payload); return false;
            case Channels.ConfigChanged or Channels.Reload: return true;
        }
        if (channel.StartsWith(Channels.Kick(""), StringComparison.Ordinal))
        {
            // A kick without a token is a person's too: it does not wait for the back-off.
            _kicks.Add((channel[Channels.Kick("").Length..], payload.Length is 0 or > SyncWorker.LongestToken ? "-" : payload));
            return false;
        }
        foreach (var sync in await control.Control.Syncs.ListAsync(null, cancellation))
        {
            if (channel == Channels.Pause(sync.Name)) await control.Control.Syncs.SetPausedAsync(sync.Name, true, "paused by NOTIFY", cancellation);
            else if (channel == Channels.Resume(sync.Name)) await control.Control.Syncs.SetPausedAsync(sync.Name, false, null, cancellation);
            else if (channel == Channels.Activate(sync.Name)) await control.Control.Syncs.SetStatusAsync(sync.Name, SyncStatus.Active, cancellation);
            else if (channel == Channels.Deactivate(sync.Name)) await control.Control.Syncs.SetStatusAsync(sync.Name, SyncStatus.Inactive, cancellation);
            else if (channel == Channels.ReloadSync(sync.Name) && Find(sync.Name) is { } worker) return await RestartWorkerAsync(worker);
            else continue;
            return false;
        }
        return true;
    }

    // A new worker comes with the configuration, which is read next.
    async Task<bool> RestartWorkerAsync(SyncWorker worker)
    {
        await StopWorkerAsync(worker, giveBack: true);
        return true;
    }

    /// <summary>Makes workers and listeners fit the configuration: what is new is started, what has changed is started anew, what is gone is stopped.</summary>
    async Task ReconcileAsync(ControlSession control, CancellationToken cancellation)
    {
        var all = await control.Control.Syncs.ListAsync(null, cancellation);
        await control.ListenAsync(all.SelectMany(s => new[]
        {
            Channels.Kick(s.Name), Channels.Pause(s.Name), Channels.Resume(s.Name), Channels.Activate(s.Name), Channels.Deactivate(s.Name), Channels.ReloadSync(s.Name),
        }), cancellation);
        var definitions = (await control.Control.Syncs.LoadDefinitionsAsync(cancellation))
            .Where(d => !d.Sync.Paused && (_options.Syncs.Count == 0 || _options.Syncs.Contains(d.Sync.Name))).ToDictionary(d => d.Sync.Id);
        _wanted = definitions.Count;
        _clocks.Limit = await control.Control.Clocks.LimitAsync(cancellation);
        foreach (var worker in _workers.Values.ToList())
        {
            if (definitions.TryGetValue(worker.Definition.Sync.Id, out var definition) && IsSame(definition, worker.Definition) && !worker.Completion.IsCompleted) continue;
            _met = Math.Max(_met, worker.SupersededBy);
            await StopWorkerAsync(worker, giveBack: true);
        }
        foreach (var (id, definition) in definitions)
        {
            if (_workers.ContainsKey(id) || !await control.TryClaimAsync(id, cancellation)) continue;
            _memory.Start();
            var epoch = await control.NumberClaimAsync(_met, cancellation);
            lock (_workers) _workers[id] = new SyncWorker(definition, epoch, _options, _idle, () => _control == _silent ? null : _control?.Control, NotifyAsync, _need.Change, _log);
            _log.LogInformation("Sync {Sync} is being run.", definition.Sync.Name);
        }
        await ReconcileListenersAsync();
        await control.PublishAsync([.. _workers.Values.Select(w => w.Definition.Sync.Name)], cancellation);
    }

    // Passwords are part of what may change; the text stays in memory.
    static bool IsSame(SyncDefinition a, SyncDefinition b) => JsonSerializer.Serialize(a) == JsonSerializer.Serialize(b);

    async Task ReconcileListenersAsync()
    {
        var sources = _workers.Values.SelectMany(w => w.Definition.Members)
            .Where(m => m.Role == DatabaseRole.Source && m.Status != DatabaseStatus.Inactive)
            .GroupBy(m => m.Name + "\0" + JsonSerializer.Serialize(m.Connection)).ToDictionary(g => g.Key, g => g.First());
        foreach (var (key, listener) in _listeners.Where(l => !sources.ContainsKey(l.Key)).ToList())
        {
            _listeners.Remove(key);
            await StopListenerAsync(listener);
        }
        foreach (var (key, member) in sources.Where(s => !_listeners.ContainsKey(s.Key)))
        {
            var stop = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            var listener = new NodeListener(member, s => Find(s)?.Kicks.Kick(), () => KickAllOf(member.Name), _need, _clocks, _options.ClockInterval, _options.Session.Time, _log);
            _listeners[key] = (Task.Run(() => listener.RunAsync(stop.Token)), stop);
        }
        _clocks.Keep([.. sources.Values.Select(m => m.Name)]);
        _need.Change();
    }

    void KickAllOf(string database)
    {
        foreach (var worker in KickedBy(database)) worker.Kicks.Kick();
    }

    List<SyncWorker> KickedBy(string database)
    {
        lock (_workers) return [.. _workers.Values.Where(w => w.Definition.Sync.AutoKick && w.Definition.Members.Any(m => m.Name == database))];
    }

    SyncWorker? Find(string sync)
    {
        lock (_workers) return _workers.Values.FirstOrDefault(w => w.Definition.Sync.Name == sync);
    }

    async Task NotifyAsync(string channel, string payload)
    {
        if (_control is not { } control || control == _silent) return;
        try
        {
            // Rounds wait for this. A control database that has not answered once is left alone until its connection has been made anew.
            await control.NotifyAsync(channel, payload, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(3));
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException or TimeoutException or IOException)
        {
            if (e is TimeoutException) _silent = control;
            _log.LogDebug("NOTIFY {Channel} was not sent: {Reason}", channel, e.Message);
        }
    }

    // For people to look at; while the control database is away nobody can.
    async Task PublishClockAsync(string database, ClockSample sample)
    {
        if (_control is not { } control || control == _silent) return;
        try
        {
            await control.Control.Clocks.NoteAsync(database, sample.Offset, sample.Uncertainty, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(3));
        }
        catch (Exception e) when (e is BucardoException or NpgsqlException or InvalidOperationException or TimeoutException or IOException)
        {
            _log.LogDebug("The clock of database {Database} was not noted: {Reason}", database, e.Message);
        }
    }

    async Task StopWorkerAsync(SyncWorker worker, bool giveBack)
    {
        await worker.StopAsync(_options.StopGrace);
        await worker.DisposeAsync();
        lock (_workers) _workers.Remove(worker.Definition.Sync.Id);
        // Whoever waits for an answer gets it from the sync's next worker.
        _kicks.AddRange(worker.Kicks.Take().Tokens.Select(t => (worker.Definition.Sync.Name, t)));
        _log.LogInformation("Sync {Sync} is no longer run here.", worker.Definition.Sync.Name);
        if (giveBack && _control is { } control) await control.GiveBackAsync(worker.Definition.Sync.Id, CancellationToken.None);
    }

    static async Task StopListenerAsync((Task Task, CancellationTokenSource Stop) listener)
    {
        await listener.Stop.CancelAsync();
        await listener.Task.ContinueWith(_ => { }, TaskScheduler.Default);
        listener.Stop.Dispose();
    }

    async Task LeaveControlAsync()
    {
        if (_control is not { } control) return;
        _control = null;
        await control.DisposeAsync();
    }

    async Task StopAllAsync()
    {
        await Task.WhenAll(_workers.Values.ToList().Select(w => w.StopAsync(_options.StopGrace)));
        foreach (var worker in _workers.Values.ToList()) await StopWorkerAsync(worker, giveBack: false);
        foreach (var listener in _listeners.Values) await StopListenerAsync(listener);
        _listeners.Clear();
        await NotifyAsync("bucardo_stopped", "");
        // Before it leaves the list of services: whoever has waited for that finds the log complete.
        _log.LogInformation("The service has stopped.");
        await LeaveControlAsync();
    }
}
