using Bucardo.Engine.Catalog;
using Bucardo.Model;

namespace Bucardo.Engine.Replication.Hooks;

/// <summary>Custom code, ready to be asked about conflicts. It is asked about one at a time.</summary>
public interface IConflictHook
{
    /// <summary>Asks about one conflict.</summary>
    /// <param name="conflict">The conflict.</param>
    /// <param name="node">The database that holds the latest version: code in SQL runs there.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <exception cref="HookFailedException">It threw, took too long, or could not be asked.</exception>
    Task<HookAnswer> AskAsync(ConflictQuestion conflict, string node, CancellationToken cancellation);
}

/// <summary>Runs scripts. The engine knows no PowerShell: a host that does, brings one.</summary>
public interface IScriptHost
{
    /// <summary>Makes a script ready.</summary>
    IConflictHook Load(ConflictCode code);
}

/// <summary>What custom code says: who wins, or what the row is to be, or both: then the columns that the row leaves out are the winner's.</summary>
/// <param name="Winner">Name of the database whose version wins.</param>
/// <param name="Row">The row, column by column as text; columns may be left out.</param>
public sealed record HookAnswer(string? Winner, IReadOnlyDictionary<string, string?>? Row = null);

/// <summary>Custom code gave no answer.</summary>
/// <param name="reason">Why, as the end of a sentence that names the code.</param>
/// <param name="isItsOwn">Whether the reason lies in this conflict; else it will be the same for every other one.</param>
/// <param name="inner">What it failed with.</param>
public sealed class HookFailedException(string reason, bool isItsOwn = true, Exception? inner = null) : Exception(reason, inner)
{
    /// <summary>Whether the reason lies in this conflict.</summary>
    public bool IsItsOwn { get; } = isItsOwn;
}
