using System.Collections;
using System.Management.Automation;
using System.Reflection;

namespace Bucardo.Ps.Help.Cmdlets;

/// <summary>Reads a cmdlet's parameters from its class and the classes that it derives from.</summary>
static class ParameterReader
{
    public static IEnumerable<ParameterFacts> Read(Type cmdlet, SourceSummaries summaries)
    {
        var instance = Activator.CreateInstance(cmdlet)!;
        return cmdlet.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.Attributes<ParameterAttribute>().Any())
            .Select(property => Parameter(property, instance, summaries))
            .OrderBy(parameter => parameter.Name, StringComparer.Ordinal);
    }

    static ParameterFacts Parameter(PropertyInfo property, object instance, SourceSummaries summaries)
    {
        // Where a parameter belongs to several sets, it is the same in all of them; else its page would have to say each.
        var uses = property.Attributes<ParameterAttribute>().ToList();
        var first = uses[0];
        if (uses.Any(use => use.Named<bool>("Mandatory") != first.Named<bool>("Mandatory")))
            throw new NotSupportedException($"-{property.Name} of {instance.GetType().Name} is mandatory in one parameter set and not in another: the pages cannot say that.");
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return new ParameterFacts
        {
            Name = property.Name,
            Summary = summaries.Of(property),
            Type = TypeNames.Of(type),
            Sets = [.. uses.Select(use => use.Named<string>("ParameterSetName") ?? ParameterFacts.AllSets)],
            Aliases = property.Attribute<AliasAttribute>()?.List<string>(0) ?? [],
            Values = property.Attribute<ValidateSetAttribute>()?.List<string>(0) ?? TypeNames.Values(type),
            Required = first.Named<bool>("Mandatory"),
            Position = first.HasNamed("Position") ? first.Named<int>("Position") : null,
            Default = Text(property.GetValue(instance)),
            FromPipeline = uses.Any(use => use.Named<bool>("ValueFromPipeline")),
            FromPipelineByName = uses.Any(use => use.Named<bool>("ValueFromPipelineByPropertyName")),
            Wildcards = property.Attribute<SupportsWildcardsAttribute>() is not null,
        };
    }

    // The value that a fresh cmdlet has.
    static string Text(object? value) => value switch
    {
        null or "" or ICollection { Count: 0 } => "None",
        SwitchParameter => "False",
        IEnumerable<string> texts => string.Join(", ", texts),
        _ => FormattableString.Invariant($"{value}"),
    };
}
