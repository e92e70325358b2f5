using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;

namespace Bucardo.Ps.Completers;

/// <summary>Completes names of registered tables; the schema need not be typed.</summary>
public class TableNameCompleter : NameCompleter
{
    /// <summary>Tables or sequences only; null: both.</summary>
    protected virtual RelationType? Type => null;

    /// <inheritdoc/>
    protected override async Task<IEnumerable<(string Name, string About)>> ListAsync(ControlDatabase control, CancellationToken cancellation) =>
        (await control.Tables.ListAsync(new TableFilter { Type = Type }, cancellation)).Select(t => ($"{Part(t.Schema)}.{Part(t.Name)}", $"{t.Type} of {t.Database}"));

    /// <inheritdoc/>
    protected override bool Matches(WildcardPattern pattern, string name) =>
        base.Matches(pattern, name) || base.Matches(pattern, name[(name.IndexOf('.') + 1)..]);

    // Dots and wildcard signs mean themselves only in double quotes.
    static string Part(string name) => name.IndexOfAny(['.', '*', '?', '%', '[', '"']) < 0 ? name : "\"" + name.Replace("\"", "\"\"") + "\"";
}

/// <summary>Completes names of registered sequences.</summary>
public sealed class SequenceNameCompleter : TableNameCompleter
{
    /// <inheritdoc/>
    protected override RelationType? Type => RelationType.Sequence;
}
