using Bucardo.Model;

namespace Bucardo.Engine.Catalog;

/// <summary>Custom code as a sync needs it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Language">What it is written in.</param>
/// <param name="Source">The script, or the name of the function.</param>
/// <param name="Timeout">How long it may take to decide one conflict.</param>
/// <param name="Problem">Why it must not be run (it is inactive, or nobody knows who wrote it), else null. It stands here instead of being thrown, so that only what it should decide waits.</param>
public sealed record ConflictCode(string Name, CustomCodeLanguage Language, string Source, TimeSpan Timeout, string? Problem = null)
{
    const string Strategy = "bucardo_custom(";

    /// <summary>The name that a strategy in its canonical spelling holds; null: it is another strategy.</summary>
    public static string? NameIn(string? strategy) => strategy?.StartsWith(Strategy, StringComparison.Ordinal) == true ? strategy[Strategy.Length..^1] : null;
}
