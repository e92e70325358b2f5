using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Engine.Replication.Shipping;

/// <summary>
/// The end of a stream at one receiver: its stage. In parts, what is staged is written whenever more comes, and of rows that all seem to be new those that follow go into the table at once;
/// the last of what is staged is left to <see cref="IRoundNode.ApplyRowsAsync"/> always.
/// </summary>
sealed class StageSink(Receiver receiver, TablePlan plan, CopyFormat format, bool inParts)
{
    Stream? _stream;
    bool _endsRow;
    bool _seemsNew;
    bool _isInserted;

    public Receiver Receiver => receiver;

    /// <summary>Whether the receiver writes rows before all have come. Where keys were decided about, one stream need not bring all: what it takes back might be another one's.</summary>
    public bool InParts { get; } = inParts && plan.Facts is null && receiver.Node.WritesInParts(plan.Table, plan.Log);

    /// <summary>Whether what had been written in parts has been taken back, for there is no order of parts in which it could be.</summary>
    public bool NeedsAll { get; private set; }

    IRoundNode Node => receiver.Node;

    public Task OpenAsync(CancellationToken cancellation) => receiver.TryAsync("stage", () => OpenStageAsync(cancellation), cancellation);

    public async Task TakeAsync(RowPart part, CancellationToken cancellation)
    {
        if (!receiver.IsAlive || NeedsAll) return;
        _isInserted = false;
        try
        {
            if (InParts && _endsRow) await receiver.TryAsync("part", () => WriteStagedAsync(cancellation), cancellation);
            if (_seemsNew && _stream is null && part.EndsRow && format == CopyFormat.Binary) await receiver.TryAsync("part", () => InsertAsync(part, cancellation), cancellation);
            if (!receiver.IsAlive || NeedsAll || _isInserted) return;
            if (_stream is null) await OpenStageAsync(cancellation);
            await _stream!.WriteAsync(part.Bytes, cancellation);
            _endsRow = part.EndsRow;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await AbandonAsync();
            await receiver.FailAsync(e);
        }
    }

    public Task CompleteAsync(CancellationToken cancellation) => receiver.TryAsync("staged", () => CloseStageAsync(cancellation), cancellation);

    /// <summary>Gives the stream up. Never throws.</summary>
    public async Task AbandonAsync()
    {
        if (_stream is not null) await CopyStreams.AbandonAsync(_stream);
        _stream = null;
    }

    async Task OpenStageAsync(CancellationToken cancellation)
    {
        _stream = await Node.OpenStageAsync(plan.Table, cancellation);
        await _stream.WriteAsync(format.Head, cancellation);
    }

    async Task CloseStageAsync(CancellationToken cancellation)
    {
        if (_stream is not { } stream) return;
        await stream.WriteAsync(format.Tail, cancellation);
        _stream = null;
        await stream.DisposeAsync();
    }

    async Task WriteStagedAsync(CancellationToken cancellation)
    {
        await CloseStageAsync(cancellation);
        _endsRow = false;
        var outcome = await Node.WritePartAsync(plan.Table, receiver.Applied, cancellation);
        (_seemsNew, NeedsAll) = (outcome == PartOutcome.AllNew, outcome == PartOutcome.NeedsAll);
    }

    // What stands in the way of one part may stand in that of the next: after that, not before a staged one is new again.
    async Task InsertAsync(RowPart part, CancellationToken cancellation)
    {
        _isInserted = part.WithoutVersions(Node.LayoutOf(plan.Table).Columns.Count) is { } rows && await Node.TryInsertPartAsync(plan.Table, rows, receiver.Applied, cancellation);
        _seemsNew = _isInserted;
    }
}
