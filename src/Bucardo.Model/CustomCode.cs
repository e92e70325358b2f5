namespace Bucardo.Model;

/// <summary>Code of the user's own that decides conflicts: a row of <c>bucardo.customcode</c>. The strategy <c>bucardo_custom(NAME)</c> of a sync or a table has it asked.</summary>
public sealed record CustomCode
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is written in.</summary>
    public CustomCodeLanguage Language { get; init; }

    /// <summary>The script, or the name of the function.</summary>
    public required string Source { get; init; }

    /// <summary>How long it may take to decide one conflict.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>False where somebody has set its status to inactive: what it should decide waits.</summary>
    public bool IsActive { get; init; } = true;

    /// <summary>A note for people.</summary>
    public string? About { get; init; }

    /// <summary>The syncs and tables whose conflict strategy it is.</summary>
    public IReadOnlyList<string> UsedBy { get; init => field = value.ToArray(); } = [];

    /// <summary>When it was made.</summary>
    public DateTimeOffset Created { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>What custom code is written in.</summary>
public enum CustomCodeLanguage
{
    /// <summary>A script block, run by a service or session that is hosted in PowerShell.</summary>
    PowerShell,

    /// <summary>A function of the databases themselves, from jsonb to jsonb.</summary>
    Sql,
}
