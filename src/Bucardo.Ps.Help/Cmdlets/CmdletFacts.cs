namespace Bucardo.Ps.Help.Cmdlets;

/// <summary>What the assembly says of a cmdlet.</summary>
/// <param name="Name">Such as <c>Get-BucardoSync</c>.</param>
/// <param name="Summary">The first sentence that its source has for it.</param>
/// <param name="ParameterSets">The parameter sets, the default one first.</param>
/// <param name="Parameters">All parameters, in the order in which the pages have them: by name, then -Confirm and -WhatIf.</param>
/// <param name="Outputs">Full names of the types that it returns.</param>
public sealed record CmdletFacts(
    string Name, string Summary, IReadOnlyList<ParameterSetFacts> ParameterSets, IReadOnlyList<ParameterFacts> Parameters, IReadOnlyList<string> Outputs);

/// <summary>A parameter set: which parameters may be given together.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsDefault">True for the one that is taken where the parameters do not tell.</param>
/// <param name="Parameters">Its parameters in the order of the syntax: by position, then mandatory ones, then the rest.</param>
public sealed record ParameterSetFacts(string Name, bool IsDefault, IReadOnlyList<ParameterFacts> Parameters);

/// <summary>What the assembly says of a parameter.</summary>
public sealed record ParameterFacts
{
    /// <summary>The one name that stands for every parameter set.</summary>
    public const string AllSets = "(All)";

    /// <summary>Name, without the hyphen.</summary>
    public required string Name { get; init; }

    /// <summary>What its source says of it.</summary>
    public string Summary { get; init; } = "";

    /// <summary>Type as people write it: <c>string[]</c>, <c>int</c>, <c>TimeSpan</c>.</summary>
    public required string Type { get; init; }

    /// <summary>True for a switch, which takes no value.</summary>
    public bool IsSwitch => Type == "SwitchParameter";

    /// <summary>Names of the parameter sets that it belongs to.</summary>
    public required IReadOnlyList<string> Sets { get; init; }

    /// <summary>Further names.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The only values taken; empty where any is.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>Whether it has to be given.</summary>
    public bool Required { get; init; }

    /// <summary>Its position; null: it is always named.</summary>
    public int? Position { get; init; }

    /// <summary>The value that it has when it is not given.</summary>
    public string Default { get; init; } = "None";

    /// <summary>Whether objects from the pipeline are taken as its value.</summary>
    public bool FromPipeline { get; init; }

    /// <summary>Whether properties of that name, of objects from the pipeline, are taken as its value.</summary>
    public bool FromPipelineByName { get; init; }

    /// <summary>Whether it takes wildcards.</summary>
    public bool Wildcards { get; init; }

    /// <summary>The pipeline facts as help shows them.</summary>
    public string PipelineInput => (FromPipeline, FromPipelineByName) switch
    {
        (true, true) => "True (ByPropertyName, ByValue)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };
}
