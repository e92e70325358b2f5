using Bucardo.Engine.Capture;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Nodes;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Replication;

/// <summary>
/// The nodes of a sync, looked at and not touched: sessions that can only read, on which what is pending is measured and the next round is planned.
/// </summary>
public sealed class SyncLook : IAsyncDisposable
{
    readonly List<PgRoundNode> _nodes = [];
    readonly List<Problem> _problems = [];

    SyncLook(SyncDefinition definition) => Definition = definition;

    /// <summary>The sync.</summary>
    public SyncDefinition Definition { get; }

    /// <summary>The nodes that could be reached and have been prepared for the sync.</summary>
    internal IReadOnlyList<PgRoundNode> Nodes => _nodes;

    /// <summary>Per node that could not be looked at, why; <see cref="Problem.Object"/> is its name.</summary>
    public IReadOnlyList<Problem> Problems => _problems;

    /// <summary>How the tables travel between the nodes that are there.</summary>
    internal SyncBinding Binding { get; private set; } = SyncBinding.None;

    /// <summary>Connects to all nodes at once. A node that does not answer in time, or refuses, is noted as a problem.</summary>
    /// <param name="definition">The sync.</param>
    /// <param name="patience">How long a node may take.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public static Task<SyncLook> OpenAsync(SyncDefinition definition, TimeSpan patience, CancellationToken cancellation) =>
        OpenAsync(definition, patience, new SyncSessionOptions { LooksOnly = true }, cancellation);

    /// <summary>The same, with sessions that may write, for upkeep.</summary>
    internal static async Task<SyncLook> OpenAsync(SyncDefinition definition, TimeSpan patience, SyncSessionOptions options, CancellationToken cancellation)
    {
        var look = new SyncLook(definition);
        var members = definition.Members.Where(m => m.Status != DatabaseStatus.Inactive).ToList();
        var opened = await Task.WhenAll(members.Select(m => OpenAsync(definition, m, patience, options, cancellation)));
        look._nodes.AddRange(opened.Select(o => o.Node).OfType<PgRoundNode>());
        look._problems.AddRange(opened.Select(o => o.Problem).OfType<Problem>());
        if (cancellation.IsCancellationRequested)
        {
            await look.DisposeAsync();
            cancellation.ThrowIfCancellationRequested();
        }
        look.Binding = SyncBinding.Create(definition, look._nodes, []);
        foreach (var node in look._nodes) node.Bind(look.Binding.Layouts);
        return look;
    }

    static async Task<(PgRoundNode? Node, Problem? Problem)> OpenAsync(
        SyncDefinition definition, Member member, TimeSpan patience, SyncSessionOptions options, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        if (member.Problem is { } secret) return (null, new Problem("PasswordNotReadable", member.Name, member.Name, secret));
        try
        {
            // Npgsql may wait for the server longer than it was told to.
            var opening = Task.Run(() => PgRoundNode.OpenAsync(definition, member, options, limit.Token), CancellationToken.None);
            return (await WithinAsync(opening, limit.Token), null);
        }
        catch (OperationCanceledException)
        {
            return (null, new Problem("NodeSilent", member.Name, member.Name, $"Database {member.Name} did not answer within {patience.TotalSeconds:0.#} s: check the server and the network."));
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedColumn)
        {
            return (null, NotPrepared(definition, member.Name));
        }
        catch (BucardoException e)
        {
            return (null, new Problem(e.ErrorId, member.Name, member.Name, e.Message));
        }
        catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
        {
            return (null, new Problem("NodeFailed", member.Name, member.Name, NodeErrors.Describe(e, member.Name)));
        }
    }

    static async Task<PgRoundNode> WithinAsync(Task<PgRoundNode> opening, CancellationToken limit)
    {
        try
        {
            return await opening.WaitAsync(limit);
        }
        catch (OperationCanceledException)
        {
            _ = opening.ContinueWith(async o => { if (o.IsCompletedSuccessfully) await o.Result.DisposeAsync(); else _ = o.Exception; }, TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>Opens the snapshots. Nodes that fail are noted and left out from here on.</summary>
    internal async Task<IReadOnlyDictionary<int, NodeState>> BeginAsync(CancellationToken cancellation)
    {
        var states = new Dictionary<int, NodeState>();
        foreach (var node in _nodes.ToList())
        {
            try
            {
                states[node.Id] = await node.BeginReadAsync(cancellation);
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException or BucardoException or ShapeChangedException)
            {
                await LeaveOutAsync(node, e is PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedColumn }
                    ? NotPrepared(Definition, node.Name) : new Problem("NodeFailed", node.Name, node.Name, NodeErrors.Describe(e, node.Name)));
            }
        }
        foreach (var node in Definition.EveryNodeLogs() ? _nodes.Where(n => JoiningNode.AwaitsData(n.Id, states)).ToList() : [])
        {
            states.Remove(node.Id);
            await LeaveOutAsync(node, new Problem("NodeAwaitsData", node.Name, node.Name, JoiningNode.Refusal(node.Name, Definition.Sync.Name).Message));
        }
        return states;
    }

    /// <summary>Sees to it that what the last snapshots showed is on the nodes' disks. Nodes that fail are noted and left out from here on.</summary>
    internal async Task FlushAsync(CancellationToken cancellation)
    {
        foreach (var node in _nodes.ToList())
        {
            try
            {
                await node.FlushAsync(cancellation);
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
            {
                await LeaveOutAsync(node, new Problem("NodeFailed", node.Name, node.Name, NodeErrors.Describe(e, node.Name)));
            }
        }
    }

    async Task LeaveOutAsync(PgRoundNode node, Problem problem)
    {
        _problems.Add(problem);
        _nodes.Remove(node);
        await node.DisposeAsync();
    }

    /// <summary>Closes the snapshots.</summary>
    internal async Task EndAsync()
    {
        foreach (var node in _nodes) await node.EndReadAsync();
    }

    /// <summary>Name of a node.</summary>
    internal string Name(int node) => Definition.Members.FirstOrDefault(m => m.Id == node)?.Name ?? $"node {node}";

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
    }

    internal static Problem NotPrepared(SyncDefinition definition, string node) => new("NotPrepared", node, node,
        $"Sync {definition.Sync.Name} has not been started on database {node} yet: Start-BucardoSync {definition.Sync.Name} installs what it needs there.");
}
