using Bucardo.Engine.Catalog;
using Bucardo.Engine.Replication;
using Microsoft.Extensions.Logging;

namespace Bucardo.Engine.Service;

/// <summary>What a sync needs beside its rounds: what all nodes have seen is purged, and while there is nothing to do, connections that others may need more are given up.</summary>
sealed class SyncUpkeep(SyncDefinition definition, SyncSession session, ServiceOptions options, IdleSyncs idle, ILogger log)
{
    bool _moved = true;
    bool _isSwept;
    DateTimeOffset _nextPurge = options.Session.Time.GetUtcNow() + options.PurgeInterval;
    DateTimeOffset _nextRest = DateTimeOffset.MaxValue;

    /// <summary>Whether the connections have been given up: nobody is to make them again for their own sake.</summary>
    public bool IsResting { get; private set; }

    /// <summary>When there is something to do.</summary>
    public DateTimeOffset Due => _moved && _nextPurge < _nextRest ? _nextPurge : _nextRest;

    DateTimeOffset Now => options.Session.Time.GetUtcNow();

    /// <summary>The connections are being used.</summary>
    public void Stir()
    {
        idle.Connect(definition);
        (IsResting, _nextRest) = (false, Now + options.RestAfter);
    }

    /// <summary>A round has been run.</summary>
    public void Note(RoundResult result)
    {
        if (result.IsEmpty) return;
        (_moved, _isSwept) = (true, false);
        idle.Note(definition.Sync.Id, Now);
    }

    /// <summary>Does what is due. True: there are no connections any more.</summary>
    /// <param name="isQuiet">Nothing waits to be done again.</param>
    /// <param name="cancellation">Cancels it.</param>
    public async Task<bool> KeepUpAsync(bool isQuiet, CancellationToken cancellation)
    {
        if (_moved && Now >= _nextPurge)
        {
            (_moved, _nextPurge) = (false, Now + options.PurgeInterval);
            return !await PurgeAsync(cancellation);
        }
        if (Now < _nextRest) return false;
        _nextRest = Now + options.RestAfter;
        if (_moved) return false;
        if (!_isSwept)
        {
            // What somebody else's transaction kept from being purged after the last round would be there until the next one.
            _isSwept = true;
            if (!await PurgeAsync(cancellation)) return true;
        }
        // What is out of the ordinary needs its connections: a node that is away, tables that are left out, conflicts that wait.
        isQuiet &= (session.NextAttempt ?? session.NextLook ?? session.NextQuestion) is null && !(definition.Sync.CheckTime < options.RestAfter);
        if (!isQuiet || idle.Keeps(definition.Sync.Id)) return false;
        await session.DisconnectAsync();
        Leave();
        (IsResting, _nextRest) = (true, DateTimeOffset.MaxValue);
        log.LogDebug("Sync {Sync} has nothing to do: it rests, without connections.", definition.Sync.Name);
        return true;
    }

    /// <summary>The connections are gone for good.</summary>
    public void Leave() => idle.Forget(definition.Sync.Id);

    async Task<bool> PurgeAsync(CancellationToken cancellation)
    {
        try
        {
            var purged = await session.MaintainAsync(cancellation);
            if (purged > 0) log.LogDebug("Sync {Sync}: {Rows} change rows purged.", definition.Sync.Name, purged);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Rounds matter more: they go on, with new connections, and the next purge takes what this one has left.
            log.LogWarning("Sync {Sync}: change rows could not be purged. {Reason}", definition.Sync.Name, e.Message);
            await session.DisconnectAsync();
            return false;
        }
    }
}
