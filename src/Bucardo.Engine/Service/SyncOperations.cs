using Bucardo.Engine.Capture;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Hooks;
using Bucardo.Engine.Service.Clocks;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Service;

/// <summary>What can be done with a sync as a whole: validate, activate, deactivate, run, pause, remove. Each is one call of a cmdlet.</summary>
public static class SyncOperations
{
    /// <summary>Everything that stands in the way of running a sync, found on all its nodes, and clocks that are off; empty when there is nothing.</summary>
    /// <exception cref="BucardoException">SyncNotFound, or the control database cannot be reached.</exception>
    public static async Task<IReadOnlyList<Problem>> ValidateAsync(ControlDatabase control, string name, CancellationToken cancellation, IClockReader? clocks = null)
    {
        var definition = await control.Syncs.LoadDefinitionAsync(name, cancellation);
        var problems = await SyncValidator.ValidateAsync(definition, cancellation);
        var limit = await control.Clocks.LimitAsync(cancellation);
        return [.. problems, .. await ClockValidator.ValidateAsync(definition, limit, clocks ?? ServerClock.Instance, cancellation)];
    }

    /// <summary>As <see cref="ValidateAsync"/>, and mends what can be mended: what an active sync installed on its nodes and somebody has removed or disabled there.</summary>
    /// <returns>Every problem that was found; those that were mended say so.</returns>
    /// <exception cref="BucardoException">SyncNotFound, or the control database cannot be reached.</exception>
    public static async Task<IReadOnlyList<Problem>> RepairAsync(ControlDatabase control, string name, CancellationToken cancellation)
    {
        var definition = await control.Syncs.LoadDefinitionAsync(name, cancellation);
        var problems = await SyncValidator.ValidateAsync(definition, cancellation);
        var failures = new List<Problem>();
        foreach (var member in definition.Members.Where(m => problems.Any(p => p.IsRepairable && p.Database == m.Name)))
        {
            try
            {
                await OnNodeAsync(member, "repair", i => i.EnsureAsync(definition, cancellation, failures), cancellation);
            }
            catch (Exception e) when (e is BucardoException or NpgsqlException)
            {
                failures.Add(new Problem(e is BucardoException b ? b.ErrorId : "NodeFailed", member.Name, member.Name, e is BucardoException ? e.Message : NodeErrors.Describe(e, member.Name)));
            }
        }
        // Looked at again: what is said to be mended, is.
        var left = await SyncValidator.ValidateAsync(definition, cancellation);
        return [.. problems.Select(p => p with { IsRepaired = p.IsRepairable && !left.Contains(p) }), .. failures.Except(problems)];
    }

    /// <summary>
    /// Lets a sync begin anew: checks and repairs it on all its nodes, activates it if it was not active, and has the service that runs it connect to all nodes again and run a round now.
    /// </summary>
    /// <exception cref="BucardoException">SyncNotFound, SyncPaused, ValidationFailed with all problems.</exception>
    public static async Task<Sync> RestartAsync(ControlDatabase control, string name, CancellationToken cancellation)
    {
        RefusePaused(await control.Syncs.GetAsync(name, cancellation));
        var sync = await ActivateAsync(control, name, cancellation);
        await NotifyAsync(control, Channels.ReloadSync(name), "", cancellation);
        await NotifyAsync(control, Channels.Kick(name), "", cancellation);
        return sync;
    }

    /// <summary>
    /// Validates a sync, installs or repairs capture on all its nodes and marks it active, so that a service runs it. When something is wrong, control database and nodes stay as they were.
    /// </summary>
    /// <exception cref="BucardoException">ValidationFailed with all problems; TableBusy; PrivilegeMissing.</exception>
    public static async Task<Sync> ActivateAsync(ControlDatabase control, string name, CancellationToken cancellation)
    {
        var definition = await control.Syncs.LoadDefinitionAsync(name, cancellation);
        // What can be put back is no obstacle: that is done next.
        var problems = (await SyncValidator.ValidateAsync(definition, cancellation)).Where(p => !p.IsRepairable).ToList();
        if (problems.Count > 0)
        {
            throw new BucardoException("ValidationFailed", ErrorKind.Validation,
                $"Sync {name} cannot be activated: " + string.Join(" ", problems.Select(p => p.Message))) { Problems = problems };
        }
        var prepared = new List<Member>();
        try
        {
            foreach (var member in definition.Members.Where(m => m.Status != DatabaseStatus.Inactive))
            {
                prepared.Add(member);
                await OnNodeAsync(member, "prepare", i => i.EnsureAsync(definition, cancellation), cancellation);
            }
            return await control.Syncs.SetStatusAsync(name, SyncStatus.Active, cancellation);
        }
        catch when (definition.Sync.Status != SyncStatus.Active)
        {
            foreach (var member in prepared) await UndoAsync(definition, member);
            throw;
        }
    }

    /// <summary>Marks a sync inactive. Changes go on being captured, so that nothing is missing when it is activated again.</summary>
    public static Task<Sync> DeactivateAsync(ControlDatabase control, string name, CancellationToken cancellation) =>
        control.Syncs.SetStatusAsync(name, SyncStatus.Inactive, cancellation);

    /// <summary>Pauses a sync, or lets it go on.</summary>
    public static Task<Sync> SetPausedAsync(ControlDatabase control, string name, bool paused, CancellationToken cancellation) =>
        control.Syncs.SetPausedAsync(name, paused, paused ? "paused by hand" : null, cancellation);

    /// <summary>Removes a sync and what it installed on its nodes. Returns the nodes that could not be cleaned up, with the remedy.</summary>
    /// <exception cref="BucardoException">SyncNotFound; SyncServed when a service or another session is running it.</exception>
    public static async Task<IReadOnlyList<NodeProblem>> RemoveAsync(ControlDatabase control, string name, CancellationToken cancellation)
    {
        var definition = await control.Syncs.LoadDefinitionAsync(name, cancellation);
        // A service that runs it must let go first, or it would install capture again.
        if (definition.Sync.Status == SyncStatus.Active) await DeactivateAsync(control, name, cancellation);
        await using var claim = await SyncClaim.TakeAsync(control, definition.Sync, TimeSpan.FromSeconds(30), cancellation);
        await ConflictMover.MoveAllAsync(control, definition.Sync, definition.Members, cancellation);
        var problems = new List<NodeProblem>();
        foreach (var member in definition.Members)
        {
            try
            {
                await OnNodeAsync(member, "remove", i => i.RemoveAsync(definition.Sync.Id, cancellation), cancellation);
            }
            catch (Exception e) when (e is BucardoException or NpgsqlException)
            {
                problems.Add(new NodeProblem(member.Name, $"{(e is BucardoException ? e.Message : NodeErrors.Describe(e, member.Name))} What sync {name} installed on database {member.Name} is still there: run DELETE FROM bucardo_node.sync WHERE name = {Quote.Literal(name)} there, or DROP SCHEMA bucardo_node CASCADE if nothing else replicates it."));
            }
        }
        await control.Syncs.RemoveAsync(name, cancellation);
        return problems;
    }

    /// <summary>Runs one round of a sync in this process and records it: for scheduled tasks, without a service.</summary>
    /// <param name="control">The control database.</param>
    /// <param name="name">The sync.</param>
    /// <param name="progress">Hears how far the round is.</param>
    /// <param name="cancellation">Cancels the round; what has not been committed is rolled back.</param>
    /// <param name="scripts">Runs custom code that is a script; null: this process cannot.</param>
    /// <exception cref="BucardoException">SyncInactive, SyncPaused, SyncServed, or why the round failed; a failure is recorded too.</exception>
    public static async Task<SyncRun> RunOnceAsync(ControlDatabase control, string name, IProgress<RoundProgress>? progress, CancellationToken cancellation, IScriptHost? scripts = null)
    {
        var definition = await control.Syncs.LoadDefinitionAsync(name, cancellation);
        if (definition.Sync.Status != SyncStatus.Active)
            throw new BucardoException("SyncInactive", ErrorKind.InvalidOperation, $"Sync {name} is inactive: activate it with Start-BucardoSync {name}.");
        RefusePaused(definition.Sync);
        await using var claim = await SyncClaim.TakeAsync(control, definition.Sync, TimeSpan.FromSeconds(2), cancellation);
        await using var session = new SyncSession(definition, new SyncSessionOptions { Epoch = claim.Epoch, Scripts = scripts });
        var started = TimeProvider.System.GetUtcNow();
        try
        {
            var result = await session.RunAsync(tryAll: true, progress, cancellation);
            await session.MaintainAsync(cancellation);
            await ConflictMover.MoveAllAsync(control, definition.Sync, definition.Members.Where(m => session.Online.Contains(m.Name)), cancellation);
            await control.Conflicts.PurgeAsync(cancellation);
            await control.SyncRuns.PurgeAsync(cancellation);
            return await control.SyncRuns.RecordAsync(RunRecord.Of(name, started, result), cancellation);
        }
        catch (BucardoException e)
        {
            await RunRecord.RecordFailureAsync(control, definition.Sync, started, e, cancellation);
            throw;
        }
    }

    /// <summary>Asks the service for a round, and waits for its result if told to.</summary>
    /// <param name="control">The control database.</param>
    /// <param name="name">The sync.</param>
    /// <param name="wait">How long to wait; null: send and return.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <exception cref="BucardoException">SyncNotFound, SyncInactive, SyncPaused, ServiceNotRunning.</exception>
    public static async Task<KickResult> KickAsync(ControlDatabase control, string name, TimeSpan? wait, CancellationToken cancellation)
    {
        var sync = await control.Syncs.GetAsync(name, cancellation);
        if (sync.Status != SyncStatus.Active)
            throw new BucardoException("SyncInactive", ErrorKind.InvalidOperation, $"Sync {name} is inactive: activate it with Start-BucardoSync {name}.");
        RefusePaused(sync);
        if ((await ServiceDirectory.ListAsync(control, cancellation)).Count == 0)
            throw new BucardoException("ServiceNotRunning", ErrorKind.InvalidOperation, $"No service is running to kick sync {name}: start one with Start-BucardoService, or run a round here with Invoke-BucardoSync {name}.");
        return await Kicker.KickAsync(control, sync.Name, wait, cancellation);
    }

    static void RefusePaused(Sync sync)
    {
        if (sync.Paused)
            throw new BucardoException("SyncPaused", ErrorKind.InvalidOperation, $"Sync {sync.Name} is paused ({sync.PauseReason ?? "no reason was given"}): let it go on with Resume-BucardoSync {sync.Name}.");
    }

    internal static async Task NotifyAsync(ControlDatabase control, string channel, string payload, CancellationToken cancellation)
    {
        await using var command = control.DataSource.CreateCommand("SELECT pg_catalog.pg_notify($1, $2)");
        command.Parameters.Add(new() { Value = channel });
        command.Parameters.Add(new() { Value = payload });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    static async Task OnNodeAsync<T>(Member member, string purpose, Func<CaptureInstaller, Task<T>> run, CancellationToken cancellation)
    {
        await using var connection = await NodeConnection.OpenAsync(member.Connection, member.Name, purpose, cancellation);
        await run(new CaptureInstaller(connection, member));
    }

    static async Task UndoAsync(SyncDefinition definition, Member member)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await OnNodeAsync(member, "undo", i => i.RemoveAsync(definition.Sync.Id, limit.Token), limit.Token);
        }
        catch (Exception e) when (e is BucardoException or NpgsqlException or OperationCanceledException)
        {
            // The first error is the one to report; the next activation finds what is left and carries on from there.
        }
    }
}
