using System.Management.Automation;
using System.Reflection;

namespace Bucardo.Ps.Help.Cmdlets;

/// <summary>Reads from the module's assembly which cmdlets there are, and what their parameters are.</summary>
public static class CmdletReader
{
    /// <summary>All cmdlets of an assembly, by name.</summary>
    /// <param name="assemblyPath">Bucardo.Ps.dll, beside what it needs and its XML documentation.</param>
    public static IReadOnlyList<CmdletFacts> Read(string assemblyPath)
    {
        var summaries = SourceSummaries.Load(Path.ChangeExtension(assemblyPath, ".xml"));
        return
        [
            .. Assembly.LoadFrom(Path.GetFullPath(assemblyPath)).GetExportedTypes()
                .Where(type => !type.IsAbstract && type.Attribute<CmdletAttribute>() is not null)
                .Select(type => Cmdlet(type, summaries))
                .OrderBy(cmdlet => cmdlet.Name, StringComparer.Ordinal),
        ];
    }

    static CmdletFacts Cmdlet(Type type, SourceSummaries summaries)
    {
        var cmdlet = type.Attribute<CmdletAttribute>()!;
        var name = $"{cmdlet.Argument<string>(0)}-{cmdlet.Argument<string>(1)}";
        var parameters = ParameterReader.Read(type, summaries).ToList();
        if (cmdlet.Named<bool>("SupportsShouldProcess")) parameters.AddRange(CommonParameters.ShouldProcess);
        return new CmdletFacts(name, summaries.Of(type), Sets(parameters, cmdlet.Named<string>("DefaultParameterSetName")), parameters, Outputs(type));
    }

    static IReadOnlyList<ParameterSetFacts> Sets(List<ParameterFacts> parameters, string? standard)
    {
        var names = parameters.SelectMany(parameter => parameter.Sets).Where(set => set != ParameterFacts.AllSets).Distinct().ToList();
        if (names.Count == 0) names.Add(ParameterFacts.AllSets);
        return
        [
            .. names.Select(name => new ParameterSetFacts(name, name == standard || names.Count == 1, [.. InSyntaxOrder(parameters.Where(p => IsIn(p, name)))]))
                .OrderByDescending(set => set.IsDefault).ThenBy(set => set.Name, StringComparer.Ordinal),
        ];
    }

    static bool IsIn(ParameterFacts parameter, string set) => parameter.Sets.Contains(set) || parameter.Sets.Contains(ParameterFacts.AllSets);

    static IEnumerable<ParameterFacts> InSyntaxOrder(IEnumerable<ParameterFacts> parameters) => parameters
        .OrderBy(parameter => parameter.Position ?? int.MaxValue)
        .ThenByDescending(parameter => parameter.Required)
        .ThenBy(CommonParameters.IsShouldProcess);

    static IReadOnlyList<string> Outputs(Type type) =>
        type.Attribute<OutputTypeAttribute>()?.List<Type>(0).Where(output => output != typeof(void)).Select(output => output.FullName!).ToList() ?? [];
}
