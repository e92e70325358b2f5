namespace Bucardo.Engine.Service;

/// <summary>When memory is given back: once after each time that something was done, when there has been nothing to do for a while.</summary>
/// <param name="syncs">The service's syncs.</param>
/// <param name="options">How the service behaves.</param>
sealed class QuietMemory(IdleSyncs syncs, ServiceOptions options)
{
    DateTimeOffset _started = DateTimeOffset.MinValue;
    DateTimeOffset _given = DateTimeOffset.MinValue;

    /// <summary>A sync is being started, which takes memory whether it finds something to do or not.</summary>
    public void Start() => _started = options.Session.Time.GetUtcNow();

    /// <summary>Gives memory back if it is time to.</summary>
    /// <param name="isInRound">A round is being run: a long one is no quiet.</param>
    public void Look(bool isInRound)
    {
        var now = options.Session.Time.GetUtcNow();
        var busy = syncs.Busy > _started ? syncs.Busy : _started;
        if (isInRound || _given >= busy || now - busy < options.RestAfter) return;
        _given = now;
        options.GiveMemoryBack();
    }
}
