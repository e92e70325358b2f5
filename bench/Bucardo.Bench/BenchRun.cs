using Bucardo.Bench.Measuring;
using Bucardo.Bench.Peers;
using Bucardo.Bench.Stages;

namespace Bucardo.Bench;

/// <summary>One run of a benchmark: what it was told, and what it has found.</summary>
sealed class BenchRun(BenchOptions options)
{
    public BenchOptions Options => options;

    public BenchReport Report { get; } = new();

    public int Turns => options.Number("turns");

    /// <summary>Whether this product's data were right each time; peers that were wrong are in the notes.</summary>
    public bool IsRight { get; private set; } = true;

    /// <summary>Those of the peers that were asked for and can be run here; the others are noted.</summary>
    public IReadOnlyList<PeerKind> Choose(params PeerKind[] kinds)
    {
        var chosen = new List<PeerKind>();
        foreach (var kind in kinds.Where(k => options.Peers?.Contains(k.Option) != false))
        {
            if (kind.Missing() is { } reason) Report.Note($"{kind.Name} is skipped: {reason}.");
            else chosen.Add(kind);
        }
        return chosen.Count > 0 ? chosen : throw new BenchException("None of the peers that were asked for can be run here.");
    }

    /// <summary>Compares the nodes.</summary>
    public async Task VerifyAsync(Contender contender, string variant, IEnumerable<string> tables, CancellationToken cancellation)
    {
        if (await contender.Stage.AreEqualAsync(tables, cancellation)) return;
        Report.Note($"{variant}, {contender.Kind.Name}: the nodes DIFFER afterwards.");
        if (contender.Kind == PeerKind.Product || contender.Kind == PeerKind.Counters) IsRight = false;
    }

    /// <summary>Makes a contender of each kind, all at once alive, so that they can take turns.</summary>
    public static async Task<Contenders> GatherAsync(IEnumerable<PeerKind> kinds, StageOptions options, Func<Contender, Task>? prepare, CancellationToken cancellation)
    {
        var all = new Contenders();
        try
        {
            foreach (var kind in kinds)
            {
                var contender = await Contender.CreateAsync(kind, options, cancellation);
                all.Add(contender);
                if (prepare is not null) await prepare(contender);
            }
            return all;
        }
        catch
        {
            await all.DisposeAsync();
            throw;
        }
    }
}

/// <summary>Contenders that go together.</summary>
sealed class Contenders : List<Contender>, IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        foreach (var contender in this) await contender.DisposeAsync();
    }
}
