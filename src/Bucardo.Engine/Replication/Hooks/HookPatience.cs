namespace Bucardo.Engine.Replication.Hooks;

/// <summary>
/// When custom code that has failed is asked again: about one conflict, or, where the failure had nothing to do with the conflict, about any. The wait doubles with each failure.
/// </summary>
/// <param name="time">Where the time comes from.</param>
sealed class HookPatience(TimeProvider time)
{
    static readonly TimeSpan s_first = TimeSpan.FromSeconds(1);
    static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    // What has not been asked about for so long is no conflict any more.
    static readonly TimeSpan s_forgotten = TimeSpan.FromMinutes(10);

    readonly Dictionary<string, (int Failures, DateTimeOffset Next, string Reason)> _failed = [];

    /// <summary>When something may be asked: now, unless it has failed.</summary>
    public DateTimeOffset When(string what) => _failed.TryGetValue(what, out var failed) ? failed.Next : time.GetUtcNow();

    /// <summary>Why something is not asked now; null: it may be asked.</summary>
    public string? WhyNot(string what) => _failed.TryGetValue(what, out var failed) && failed.Next > time.GetUtcNow() ? failed.Reason : null;

    /// <summary>Notes a failure.</summary>
    public void Failed(string what, string reason)
    {
        var now = time.GetUtcNow();
        foreach (var old in _failed.Where(f => f.Value.Next + s_forgotten < now).Select(f => f.Key).ToList()) _failed.Remove(old);
        var failures = _failed.GetValueOrDefault(what).Failures + 1;
        var wait = TimeSpan.FromSeconds(Math.Min(s_longest.TotalSeconds, s_first.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 10))));
        _failed[what] = (failures, now + wait, reason);
    }

    /// <summary>Notes an answer.</summary>
    public void Succeeded(string what) => _failed.Remove(what);

    /// <summary>Somebody wants to know at once: nothing waits any longer.</summary>
    public void Hurry()
    {
        foreach (var (what, failed) in _failed.ToList()) _failed[what] = failed with { Next = time.GetUtcNow() };
    }
}
