namespace Bucardo.Bench;

/// <summary>Something that can be measured alone.</summary>
abstract class Benchmark
{
    public abstract string Name { get; }

    public abstract string About { get; }

    /// <summary>Its own options; <c>--size</c>, <c>--turns</c> and <c>--peers</c> are everybody's.</summary>
    public virtual IReadOnlyList<BenchOption> Options => [];

    /// <summary>Measures; makes what it needs, and clears it away.</summary>
    public abstract Task RunAsync(BenchRun run, CancellationToken cancellation);
}
