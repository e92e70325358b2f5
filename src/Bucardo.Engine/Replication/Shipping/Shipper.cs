using Bucardo.Engine.Replication.Nodes;

namespace Bucardo.Engine.Replication.Shipping;

/// <summary>Carries the rows of a table from the nodes that send to those that receive. Who sends does so beside the others.</summary>
/// <param name="nodes">All nodes of the step.</param>
/// <param name="receivers">Those that are written.</param>
/// <param name="largestPart">How many bytes of rows are written at once, where they are written as they come.</param>
sealed class Shipper(IReadOnlyList<IRoundNode> nodes, IReadOnlyList<Receiver> receivers, int largestPart)
{
    /// <summary>Few rows travel as parameters. Null: they are too large to be held in memory.</summary>
    public async Task<Dictionary<int, List<string?[]>>?> ReadAsync(TablePlan plan, CancellationToken cancellation)
    {
        var senders = plan.Shipments.GroupBy(s => s.From).Select(g => (Node: g.Key, Shipments: g.ToList(), Rows: new List<IReadOnlyList<string?[]>?>())).ToList();
        await Task.WhenAll(senders.Select(s => OnSenderAsync(s.Node, async node =>
        {
            await PickAsync(node, plan.Table, s.Shipments, cancellation);
            foreach (var shipment in s.Shipments)
            {
                s.Rows.Add(shipment.Window is { } window ? await node.ReadPendingAsync(plan.Table, window, cancellation) : await node.ReadPickedAsync(plan.Table, shipment.Part, cancellation));
                if (s.Rows[^1] is null) break;
            }
        })));
        var rows = receivers.ToDictionary(r => r.Node.Id, _ => new List<string?[]>());
        foreach (var (shipment, part) in senders.SelectMany(s => s.Shipments.Zip(s.Rows)))
        {
            if (part is null) return null;
            foreach (var receiver in shipment.Receivers.Where(rows.ContainsKey)) rows[receiver].AddRange(part);
        }
        return rows;
    }

    /// <summary>Many rows, or large ones, are streamed to the receivers' stages. Those of which nothing is decided here are written as they come, but for the last of them.</summary>
    public async Task StageAsync(TablePlan plan, CancellationToken cancellation)
    {
        await Task.WhenAll(plan.Shipments.GroupBy(s => s.From).Select(g => OnSenderAsync(g.Key, node => PickAsync(node, plan.Table, g, cancellation))));
        var left = plan.Shipments.ToList();
        while (left.Count > 0)
        {
            // A connection sends one stream at a time, and takes one.
            var wave = new List<Shipment>();
            foreach (var shipment in left)
                if (wave.All(w => w.From != shipment.From && !w.Receivers.Intersect(shipment.Receivers).Any())) wave.Add(shipment);
            left.RemoveAll(wave.Contains);
            await Task.WhenAll(wave.Select(s => OnSenderAsync(s.From, async node =>
            {
                var late = await StreamAsync(node, plan, s, [.. receivers.Where(r => s.Receivers.Contains(r.Node.Id) && r.IsAlive)], inParts: true, cancellation);
                if (late.Count > 0) await StreamAsync(node, plan, s, late, inParts: false, cancellation);
            })));
        }
    }

    async Task<IReadOnlyList<Receiver>> StreamAsync(IRoundNode node, TablePlan plan, Shipment shipment, IReadOnlyList<Receiver> to, bool inParts, CancellationToken cancellation)
    {
        var format = node.LayoutOf(plan.Table).IsBinary ? CopyFormat.Binary : CopyFormat.Text;
        await using var stream = shipment.Window is { } window ? await node.OpenPendingAsync(plan.Table, window, cancellation) : await node.OpenPickedAsync(plan.Table, shipment.Part, cancellation);
        return await RowTransfer.RunAsync(stream, format, [.. to.Select(r => new StageSink(r, plan, format, inParts))], largestPart, cancellation);
    }

    static async Task PickAsync(IRoundNode node, int table, IEnumerable<Shipment> shipments, CancellationToken cancellation)
    {
        var picked = shipments.Where(s => s.Window is null).OrderBy(s => s.Part).ToList();
        if (picked.Count > 0) await node.PickAsync(table, [.. picked.Select(s => s.Keys)], cancellation);
    }

    async Task OnSenderAsync(int id, Func<IRoundNode, Task> send)
    {
        var node = nodes.First(n => n.Id == id);
        try
        {
            await send(node);
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or IOException)
        {
            throw new NodeFailedException(node.Name, e);
        }
    }
}
