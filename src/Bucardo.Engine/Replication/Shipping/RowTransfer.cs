using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Engine.Replication.Shipping;

/// <summary>
/// Streams one node's rows to several receivers at once. Where a receiver writes rows as they come, the next part is read meanwhile; more than two parts are never held.
/// </summary>
static class RowTransfer
{
    const int Unparted = 128 * 1024;

    /// <summary>
    /// Copies a stream of rows to the stages of all receivers that are alive; one that fails drops out, the others go on. Returns those that have taken back what they had written
    /// in parts, for they need all rows at once.
    /// </summary>
    public static async Task<IReadOnlyList<Receiver>> RunAsync(Stream rows, CopyFormat format, IReadOnlyList<StageSink> sinks, int largestPart, CancellationToken cancellation)
    {
        var parts = new RowParts(rows, format, sinks.Any(s => s.InParts) ? largestPart : Math.Min(Unparted, largestPart));
        var next = Task.FromResult<RowPart?>(null);
        try
        {
            await Task.WhenAll(sinks.Select(s => s.OpenAsync(cancellation)));
            next = parts.ReadAsync(cancellation);
            while (await next is { } part)
            {
                using var taken = part;
                next = parts.ReadAsync(cancellation);
                await Task.WhenAll(sinks.Select(s => s.TakeAsync(part, cancellation)));
            }
        }
        catch
        {
            // What has been sent is not whole.
            foreach (var sink in sinks) await sink.AbandonAsync();
            await next.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw;
        }
        await Task.WhenAll(sinks.Select(s => s.CompleteAsync(cancellation)));
        return [.. sinks.Where(s => s.NeedsAll).Select(s => s.Receiver)];
    }
}
