using Bucardo.Engine.Catalog;
using Bucardo.Engine.Copying;
using Bucardo.Engine.Service;

namespace Bucardo.Faults.Support;

/// <summary>
/// The second server is put back to a backup while applications write on the others: its nodes are refused, and in the end brought back step by step as
/// docs/operations.md says ("A database restored from a backup").
/// </summary>
sealed class Restoration(FaultWorld world, Random random, IReadOnlyList<Writer> writers)
{
    const string Group = "s1";

    // Nobody keeps applications away for longer.
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    readonly List<int> _restored = [.. Enumerable.Range(0, world.Nodes.Count).Where(n => world.ClusterOf(n) == world.Clusters.Second)];
    TaskCompletionSource? _back;
    Task _away = Task.CompletedTask;

    /// <summary>Whether a node has gone back in time.</summary>
    public bool Concerns(int node) => _back is not null && _restored.Contains(node);

    /// <summary>Makes a backup, lets the world go on, and restores it.</summary>
    /// <param name="meanwhile">What happens between the two; left out: whatever does in a few seconds.</param>
    public async Task<string> RunAsync(Func<Task>? meanwhile = null)
    {
        if (world.Nodes.Count < 3) return "no restore: nobody would be left";
        if (_back is not null) return "no restore: there has been one";
        var cluster = world.Clusters.Second;
        var concerned = writers.Where(w => _restored.Contains(w.Node)).ToList();
        // What had not reached the others by then is lost, too, with the copy that its node gets in the end.
        foreach (var writer in concerned) await writer.DoubtAsync(sinceCheck: true);
        await cluster.StartAgainAsync();
        await cluster.StopAsync();
        await cluster.SaveFilesAsync();
        await cluster.StartAgainAsync();
        await (meanwhile?.Invoke() ?? Task.Delay(random.Next(500, 6000)));
        var (restored, back) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _away = Writers.LoseAsync(concerned, async () =>
        {
            await cluster.StopAsync(StopMode.Immediate);
            await cluster.LoadFilesAsync();
            await cluster.StartAgainAsync();
            restored.SetResult();
            await back.Task.WaitAsync(s_limit);
        });
        await await Task.WhenAny(restored.Task, _away);
        _back = back;
        return "the server of n2 was restored from a backup";
    }

    /// <summary>Brings the nodes back, if they have been restored, while applications go on writing on the others.</summary>
    public async Task BringBackAsync()
    {
        if (_back is null) return;
        try
        {
            var source = Name(Enumerable.Range(0, world.Nodes.Count).First(n => world.IsSource(n) && !_restored.Contains(n)));
            await Patience.UntilAsync(() => world.Control.DatabaseGroups.RemoveMembersAsync(Group, [.. _restored.Select(Name)], default));
            await Patience.UntilAsync(() => SyncWait.UntilCaughtUpAsync(world.Control, "s1", TimeSpan.FromSeconds(60), default));
            await Patience.UntilAsync(() => DeltaUpkeep.PurgeAsync(world.Control, "s1", default));
            foreach (var node in _restored) await Patience.UntilAsync(() => world.ExecuteAsync(node, "SET lock_timeout = '10s'; DROP SCHEMA IF EXISTS bucardo_node CASCADE"));
            await Patience.UntilAsync(() => world.Control.DatabaseGroups.AddMembersAsync(Group, [.. _restored.Select(n => new DatabaseGroupMember { Database = Name(n), Role = world.IsSource(n) ? DatabaseRole.Source : DatabaseRole.Target })], default));
            await Patience.UntilAsync(() => SyncOperations.ActivateAsync(world.Control, "s1", default));
            foreach (var node in _restored)
            {
                var copies = await CopyOperations.CopyAsync(world.Control, "s1", source, Name(node), new CopyOptions(), null, default);
                Assert.All(copies, c => Assert.Equal((CopyOutcome.Copied, null), (c.Outcome, c.Problem)));
            }
        }
        finally
        {
            _back.SetResult();
            _back = null;
        }
        await _away;
    }

    static string Name(int node) => $"n{node + 1}";
}
