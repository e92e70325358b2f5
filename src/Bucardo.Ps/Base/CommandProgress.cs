using System.Management.Automation;

namespace Bucardo.Ps.Base;

/// <summary>Hands an engine's progress reports to the pipeline thread. Reports that come faster than they can be shown are left out, never queued up.</summary>
sealed class CommandProgress<T>(BucardoCommand command, Action<T> show) : IProgress<T>
    where T : class
{
    T? _latest;

    public void Report(T value)
    {
        if (Interlocked.Exchange(ref _latest, value) is null) command.Post(Show);
    }

    void Show()
    {
        if (Interlocked.Exchange(ref _latest, null) is { } value) show(value);
    }
}
