namespace Bucardo.Ps.Help.Pages;

/// <summary>What people write about a cmdlet: one page of docs/cmdlets. All texts are markdown.</summary>
public sealed record HelpPage
{
    /// <summary>Name of the cmdlet.</summary>
    public required string Name { get; init; }

    /// <summary>One sentence.</summary>
    public string Synopsis { get; init; } = "";

    /// <summary>What it does, what it does not, and when to use it.</summary>
    public string Description { get; init; } = "";

    /// <summary>The examples, the most useful one first.</summary>
    public IReadOnlyList<HelpExample> Examples { get; init; } = [];

    /// <summary>What each parameter means.</summary>
    public IReadOnlyList<HelpEntry> Parameters { get; init; } = [];

    /// <summary>What is taken from the pipeline.</summary>
    public IReadOnlyList<HelpEntry> Inputs { get; init; } = [];

    /// <summary>What is returned.</summary>
    public IReadOnlyList<HelpEntry> Outputs { get; init; } = [];

    /// <summary>Rights that are needed, error ids, limits.</summary>
    public string Notes { get; init; } = "";

    /// <summary>Where to read on: one markdown link a line.</summary>
    public string Links { get; init; } = "";
}

/// <summary>A heading and what is said under it.</summary>
/// <param name="Name">A parameter (without its hyphen), or the full name of a type.</param>
/// <param name="Text">Markdown.</param>
public sealed record HelpEntry(string Name, string Text);
