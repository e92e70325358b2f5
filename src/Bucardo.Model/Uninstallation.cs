namespace Bucardo.Model;

/// <summary>What <c>Uninstall-Bucardo</c> did.</summary>
public sealed record Uninstallation
{
    /// <summary>The control database; it is still there, without the schema <c>bucardo</c>.</summary>
    public required ControlConnection Connection { get; init; }

    /// <summary>The syncs that were removed.</summary>
    public IReadOnlyList<string> Syncs { get; init => field = value.ToArray(); } = [];

    /// <summary>Databases on which something is left, with the statement that removes it.</summary>
    public IReadOnlyList<NodeProblem> Problems { get; init => field = value.ToArray(); } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{Connection}: {Syncs.Count} syncs removed";
}
