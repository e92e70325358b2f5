namespace Bucardo.Console.Tests.Support;

/// <summary>Tests of promises that count in seconds: they run after all others, one at a time, for whoever shares two processors with three daemons keeps no such promise.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    /// <summary>Its name.</summary>
    public const string Name = "alone";
}
