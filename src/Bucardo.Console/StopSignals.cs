using System.Runtime.InteropServices;

namespace Bucardo.Console;

/// <summary>SIGINT (Ctrl+C) and SIGTERM: the first one asks for a clean stop, the second one ends the process at once.</summary>
sealed class StopSignals : IDisposable
{
    readonly CancellationTokenSource _stop = new();
    readonly List<PosixSignalRegistration> _registrations;
    int _exitCode;

    /// <summary>Takes the signals over.</summary>
    public StopSignals() =>
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>What a shell expects of a command that a signal has ended; 0 while none has come.</summary>
    public int ExitCode => _exitCode;

    void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        var code = 128 + (context.Signal == PosixSignal.SIGINT ? 2 : 15);
        if (Interlocked.CompareExchange(ref _exitCode, code, 0) != 0) Environment.Exit(code);
        _ = _stop.CancelAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _stop.Dispose();
    }
}
