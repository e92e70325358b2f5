using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Replication.Hooks;
using Bucardo.Model;

namespace Bucardo.Ps.Hosting;

/// <summary>
/// A script block that decides conflicts, in a runspace of its own that it keeps from one conflict to the next: not the session's, whose pipeline is busy with the
/// service. A script that takes too long is stopped; if it does not stop, its runspace is left to itself.
/// </summary>
/// <param name="code">The script.</param>
sealed class ScriptHook(ConflictCode code) : IConflictHook, IAsyncDisposable
{
    static readonly TimeSpan s_parting = TimeSpan.FromSeconds(1);

    Runspace? _runspace;

    public async Task<HookAnswer> AskAsync(ConflictQuestion conflict, string node, CancellationToken cancellation)
    {
        var runspace = _runspace ??= Open();
        // Whoever gets no further than this has left the runspace in the middle of something.
        _runspace = null;
        runspace.SessionStateProxy.SetVariable("Conflict", conflict);
        using var shell = PowerShell.Create();
        shell.Runspace = runspace;
        shell.AddScript(code.Source).AddArgument(conflict);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(code.Timeout);
        var running = Task.Factory.FromAsync(shell.BeginInvoke<PSObject>(null), shell.EndInvoke);
        try
        {
            var answer = Read([.. await running.WaitAsync(limit.Token)], conflict);
            _runspace = runspace;
            return answer;
        }
        catch (OperationCanceledException)
        {
            await StopAsync(shell, running, runspace);
            cancellation.ThrowIfCancellationRequested();
            throw new HookFailedException($"it did not answer within {Display.Duration(code.Timeout)}", isItsOwn: false);
        }
        catch (RuntimeException e)
        {
            _runspace = runspace;
            throw new HookFailedException($"it failed: {e.Message}", inner: e);
        }
        catch (HookFailedException)
        {
            _runspace = runspace;
            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        _runspace?.Dispose();
        _runspace = null;
        return ValueTask.CompletedTask;
    }

    static Runspace Open()
    {
        var state = InitialSessionState.CreateDefault();
        // What goes wrong must not pass for an answer.
        state.Variables.Add(new SessionStateVariableEntry("ErrorActionPreference", ActionPreference.Stop, ""));
        var runspace = RunspaceFactory.CreateRunspace(state);
        runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        runspace.Open();
        return runspace;
    }

    static async Task StopAsync(PowerShell shell, Task running, Runspace runspace)
    {
        // It may be in the middle of something that cannot be stopped.
        var stopping = Task.Run(shell.Stop);
        await Task.WhenAny(Task.WhenAll(stopping, running.ContinueWith(r => r.Exception, TaskScheduler.Default)), Task.Delay(s_parting));
        if (stopping.IsCompleted && running.IsCompleted) runspace.Dispose();
    }

    // A database's name or a version: that one wins. A hashtable or an object: what the row is to be.
    static HookAnswer Read(IReadOnlyList<PSObject?> output, ConflictQuestion conflict)
    {
        if (output.Count != 1 || output[0]?.BaseObject is not { } answer)
            throw new HookFailedException($"it returned {(output.Count > 1 ? $"{output.Count} objects" : "nothing")} instead of the winning database, one of $Conflict.Versions or a hashtable with the row");
        return answer switch
        {
            string winner => new HookAnswer(winner),
            ConflictVersion version => new HookAnswer(version.Database),
            System.Collections.IDictionary row => new HookAnswer(null, row.Cast<System.Collections.DictionaryEntry>().ToDictionary(c => Text(c.Key) ?? "", c => Text(c.Value))),
            PSCustomObject => new HookAnswer(null, output[0]!.Properties.ToDictionary(p => p.Name, p => Text(p.Value))),
            _ => throw new HookFailedException($"it returned a {answer.GetType().Name} instead of the winning database, one of $Conflict.Versions or a hashtable with the row"),
        };
    }

    // As PostgreSQL reads it, whatever the language of the machine.
    static string? Text(object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        null => null,
        string text => text,
        bool truth => truth ? "true" : "false",
        DateTime time => time.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
        byte[] bytes => "\\x" + Convert.ToHexString(bytes),
        IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        var other => other.ToString(),
    };
}
