using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Base;

/// <summary>A cmdlet that works on a control database. It connects when it first needs it, once per pipeline, and disconnects at the end.</summary>
public abstract partial class ControlCommand : BucardoCommand
{
    ControlDatabase? _control;

    /// <summary>
    /// The control database: what Connect-Bucardo returned, or a connection string. Default: the session's connection made by Connect-Bucardo,
    /// else $env:BUCARDO_CONNECTION, else the PG* variables with the database bucardo.
    /// </summary>
    [Parameter]
    [ConnectionTransformation]
    [ValidateNotNull]
    public ControlConnection? Connection { get; set; }

    /// <summary>The connection that is in force.</summary>
    protected ControlConnection CurrentConnection => Connection ?? SessionConnection.Current ?? SessionConnection.FromEnvironment();

    /// <summary>The open control database. Without it nothing can be done, so a failure ends the command.</summary>
    protected ControlDatabase Control => _control ??= Require(CurrentConnection, () =>
    {
        var connection = CurrentConnection;
        WriteVerbose($"Connecting to the control database {connection}.");
        try
        {
            return Call(cancellation => ControlDatabase.OpenAsync(connection.GetSettings(), cancellation));
        }
        catch (BucardoException error) when (error.Kind is ErrorKind.Connection or ErrorKind.Permission or ErrorKind.NotFound && Hint is not null)
        {
            throw new BucardoException(error.ErrorId, error.Kind, $"{error.Message} {Hint}", error);
        }
    });

    // Who has not said where the control database is, may not know that this has to be said.
    string? Hint => Connection is null && SessionConnection.Current is null && !SessionConnection.IsInEnvironment
        ? $"No control database was named: Connect-Bucardo, -Connection or $env:{SessionConnection.Variable} does that."
        : null;

    /// <summary>Asks the engine for something.</summary>
    protected T Ask<T>(Func<ControlDatabase, CancellationToken, Task<T>> work)
    {
        var control = Control;
        return Call(cancellation => work(control, cancellation));
    }

    /// <summary>Has the engine do something.</summary>
    protected void Ask(Func<ControlDatabase, CancellationToken, Task> work)
    {
        var control = Control;
        Call(cancellation => work(control, cancellation));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (Interlocked.Exchange(ref _control, null) is not { } control) return;
        // Closing says goodbye to the server, which may be the thing that hangs.
        _ = Task.Run(async () => await control.DisposeAsync()).Wait(TimeSpan.FromSeconds(1));
    }
}
