using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Completers;

/// <summary>
/// Completes names from the control database. It answers within a second or not at all, and never throws: a Tab key must not hang or print errors
/// because the control database is away.
/// </summary>
public abstract class NameCompleter : IArgumentCompleter
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        try
        {
            var pattern = Wildcard.Pattern((wordToComplete ?? "").Trim('\'', '"') + "*");
            return [.. BuiltIn.Concat(Load(fakeBoundParameters)).Where(name => Matches(pattern, name.Name)).Select(name => Result(name.Name, name.About))];
        }
        catch (WildcardPatternException)
        {
            return []; // half a pattern has been typed
        }
    }

    /// <summary>Whether a name is what somebody began to type.</summary>
    protected virtual bool Matches(WildcardPattern pattern, string name) => pattern.IsMatch(name);

    /// <summary>Names that need no control database.</summary>
    protected virtual IEnumerable<(string Name, string About)> BuiltIn => [];

    /// <summary>The names, each with a line about it.</summary>
    protected abstract Task<IEnumerable<(string Name, string About)>> ListAsync(ControlDatabase control, CancellationToken cancellation);

    IEnumerable<(string Name, string About)> Load(IDictionary parameters)
    {
        try
        {
            return Load(ConnectionOf(parameters));
        }
        catch (Exception)
        {
            return []; // best effort by design: see above
        }
    }

    IEnumerable<(string Name, string About)> Load(ControlConnection connection)
    {
        using var limit = new CancellationTokenSource(s_patience);
        // On the thread pool, and waited for with a limit of its own: a connect that ignores its token must not hold the prompt.
        var work = Task.Run(async () =>
        {
            await using var control = await ControlDatabase.OpenAsync(connection.GetSettings(), limit.Token);
            return (await ListAsync(control, limit.Token)).ToList();
        }, limit.Token);
        return work.Wait(s_patience) ? work.Result : [];
    }

    static ControlConnection ConnectionOf(IDictionary parameters)
    {
        if (parameters["Connection"] is { } given
            && new ConnectionTransformationAttribute().Transform(null!, given) is ControlConnection connection)
        {
            return connection;
        }
        return SessionConnection.Current ?? SessionConnection.FromEnvironment();
    }

    static CompletionResult Result(string name, string about)
    {
        var plain = name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');
        return new CompletionResult(plain ? name : $"'{name.Replace("'", "''")}'", name, CompletionResultType.ParameterValue, about.Length > 0 ? about : name);
    }
}
