using Bucardo.Engine.Service;
using Bucardo.Engine.Tests.Support;
using Bucardo.Model;

namespace Bucardo.Engine.Tests.Service;

/// <summary>What is said of a round beforehand, against what the round does.</summary>
public sealed class SyncInspectionTests
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("sss", "bucardo_latest")]
    [InlineData("sst", "bucardo_source")]
    [InlineData("ss", "B A")]
    public async Task Plans_name_the_winners_that_rounds_then_have_and_what_waits_is_what_moves(string roles, string strategy)
    {
        await using var site = await Site.CreateAsync(roles, strategy: strategy);
        var random = new Random(17);
        var sources = roles.Count(r => r == 's');
        long last = 0;
        for (var round = 0; round < 5; round++)
        {
            for (var i = random.Next(1, 12); i > 0; i--)
            {
                var (node, id) = (random.Next(sources), random.Next(6));
                await site.ExecuteAsync(node, random.Next(4) == 0
                    ? $"DELETE FROM plain WHERE id = {id}"
                    : $"INSERT INTO plain VALUES ({id}, '{(char)('A' + node)}-{round}-{i}') ON CONFLICT (id) DO UPDATE SET name = excluded.name");
            }
            var pending = (await SyncInspection.MeasureAsync(site.Control, "s", s_patience, SyncInspection.UsualLimit, default)).Deltas;
            var plan = await SyncInspection.PlanAsync(site.Control, "s", default);
            var again = await SyncInspection.PlanAsync(site.Control, "s", default);
            Assert.Equal(plan.Moves.Select(m => m.ToString()), again.Moves.Select(m => m.ToString()));
            Assert.Equal(pending.Count == 0, plan.Rows == 0 && plan.Conflicts.Count == 0);

            var run = await site.RunAsync();
            Assert.InRange(run.Inserts + run.Updates + run.Deletes, 0, plan.Rows);
            // Two deletions of one row are no conflict that anybody loses.
            Assert.InRange(run.Conflicts, 0, plan.Conflicts.Count);
            var rows = await site.RowsAsync(0);
            for (var n = 1; n < roles.Length; n++) Assert.Equal(rows, await site.RowsAsync(n));
            var history = (await site.Control.Conflicts.ListAsync(new() { Sync = "s" })).Where(c => c.Id > last).ToList();
            last = history.Select(c => c.Id).DefaultIfEmpty(last).Max();
            Assert.All(history, c => Assert.Contains(plan.Conflicts, p => p.Key[0] == c.Key[0] && p.Winner == c.Winner && p.Losers.Contains(c.Loser!)));
            foreach (var conflict in plan.Conflicts)
            {
                // A winner that deleted leaves no row.
                var row = rows.FirstOrDefault(r => r.StartsWith($"({conflict.Key[0]},", StringComparison.Ordinal));
                if (row is not null) Assert.Contains($",{conflict.Winner}-", row);
            }
            Assert.Empty((await SyncInspection.MeasureAsync(site.Control, "s", s_patience, SyncInspection.UsualLimit, default)).Deltas);
        }
    }

    [Fact]
    public async Task A_table_that_goes_a_way_of_its_own_is_measured_and_planned_by_its_own_context()
    {
        await using var site = await Site.CreateAsync("ss", "CREATE TABLE plain (id int PRIMARY KEY, name text); CREATE TABLE other (id int PRIMARY KEY)");
        await AddTableAsync(site, "other");
        // Only one of the two has the column: the table is paused, and keeps its context.
        await site.ExecuteAsync(0, "ALTER TABLE plain ADD COLUMN n int NOT NULL DEFAULT 1");
        await site.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'x', 5); INSERT INTO other VALUES (1)");
        await site.RunAsync();
        var plan = await SyncInspection.PlanAsync(site.Control, "s", default);
        Assert.NotEmpty(plan.Problems);
        Assert.Equal(0, plan.Rows);
        await site.ExecuteAsync(1, "ALTER TABLE plain ADD COLUMN n int NOT NULL DEFAULT 1");
        await site.ExecuteAsync(0, "INSERT INTO other VALUES (2)");
        Assert.Equal(["public.other, A to B: 1", "public.plain, A to B: 1"],
            (await SyncInspection.MeasureAsync(site.Control, "s", s_patience, SyncInspection.UsualLimit, default)).Deltas.Select(d => d.ToString()));
        Assert.Equal(["public.other, A to B: 1", "public.plain, A to B: 1"], (await SyncInspection.PlanAsync(site.Control, "s", default)).Moves.Select(m => m.ToString()).Order());
        await site.RunAsync();
        Assert.Equal(0, (await SyncInspection.PlanAsync(site.Control, "s", default)).Rows);
    }

    [Fact]
    public async Task Catching_up_does_not_wait_for_what_is_written_later()
    {
        await using var site = await Site.CreateAsync("ss");
        await site.ExecuteAsync(0, "INSERT INTO plain VALUES (1, 'before')");
        var waiting = SyncWait.UntilCaughtUpAsync(site.Control, "s", TimeSpan.FromMinutes(2), default);
        // A change a moment, for as long as it takes: there is always something pending.
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            for (var i = 10; !stop.IsCancellationRequested; i++) await site.ExecuteAsync(0, $"INSERT INTO plain VALUES ({i}, 'later')");
        });
        try
        {
            while (!waiting.IsCompleted)
            {
                await Task.Delay(50);
                await site.RunAsync();
            }
            await waiting;
        }
        finally
        {
            await stop.CancelAsync();
            await writing;
        }
    }

    static async Task AddTableAsync(Site site, string table)
    {
        var added = await site.Control.Tables.AddAsync(new() { Patterns = [table], Database = "A" }, default);
        await site.Control.Herds.UpdateAsync("s", new() { Add = [added.Added[0].Id] }, default);
        await SyncOperations.ActivateAsync(site.Control, "s", default);
    }
}
