using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Engine.Replication;

/// <summary>Streams one node's rows to several receivers at once, never holding more than a buffer of them.</summary>
static class RowTransfer
{
    const int BufferSize = 128 * 1024;

    /// <summary>Copies a stream of rows to the stages of all receivers that are alive; one that fails drops out, the others go on.</summary>
    public static async Task RunAsync(Stream rows, int table, IReadOnlyList<Receiver> receivers, CancellationToken cancellation)
    {
        var sinks = new List<(Receiver Receiver, Stream Stream)>();
        try
        {
            foreach (var receiver in receivers.Where(r => r.IsAlive))
                await receiver.TryAsync("stage", async () => sinks.Add((receiver, await receiver.Node.OpenStageAsync(table, cancellation))), cancellation);
            var buffer = new byte[BufferSize];
            int read;
            while ((read = await rows.ReadAsync(buffer, cancellation)) > 0)
            {
                var part = buffer.AsMemory(0, read);
                await Task.WhenAll(sinks.Where(s => s.Receiver.IsAlive).Select(async s =>
                {
                    try
                    {
                        await s.Stream.WriteAsync(part, cancellation);
                    }
                    catch (Exception e) when (e is not OperationCanceledException)
                    {
                        await CopyStreams.AbandonAsync(s.Stream);
                        await s.Receiver.FailAsync(e);
                    }
                }));
            }
        }
        catch
        {
            // The source failed: what has been sent is not whole.
            foreach (var sink in sinks) await CopyStreams.AbandonAsync(sink.Stream);
            throw;
        }
        foreach (var (receiver, stream) in sinks)
            await receiver.TryAsync("staged", async () => await stream.DisposeAsync(), cancellation);
    }
}
