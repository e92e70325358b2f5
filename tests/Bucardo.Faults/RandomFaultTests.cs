using System.Globalization;
using Xunit.Abstractions;

namespace Bucardo.Faults;

/// <summary>
/// All faults at random: two to five nodes, writers on all of them, and after each phase everything heals, settles, and is compared. BUCARDO_FAULT_MINUTES says for how long,
/// BUCARDO_FAULT_SEED replays one history: <c>./build.sh faults --minutes N --seed S</c>. The seed decides the nodes, the faults and what is written; time decides the rest.
/// </summary>
[Collection(FaultCollection.Name)]
public class RandomFaultTests(Clusters clusters, ITestOutputHelper output)
{
    const int PhasesOfAWorld = 4;

    static double Minutes => double.Parse(Environment.GetEnvironmentVariable("BUCARDO_FAULT_MINUTES") is { Length: > 0 } text ? text : "1", CultureInfo.InvariantCulture);

    static int Seed => Environment.GetEnvironmentVariable("BUCARDO_FAULT_SEED") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : Random.Shared.Next(1, 1_000_000);

    [OwnServersFact]
    public async Task Whatever_fails_in_whatever_order_all_nodes_end_equal_and_nothing_acknowledged_is_missing()
    {
        var end = DateTime.UtcNow.AddMinutes(Minutes);
        var seed = Seed;
        do
        {
            Say($"seed {seed}: ./build.sh faults --minutes 1 --seed {seed}");
            try
            {
                await PlayAsync(seed, end);
            }
            catch (Exception e)
            {
                throw new Xunit.Sdk.XunitException($"Replay with ./build.sh faults --minutes 1 --seed {seed}\n{e}");
            }
            seed++;
        }
        while (DateTime.UtcNow < end);
    }

    async Task PlayAsync(int seed, DateTime end)
    {
        var random = new Random(seed);
        var roles = new[] { "ss", "st", "sst", "sss", "ssst", "ssss", "sssst", "sssss" }[random.Next(8)];
        await using var world = await FaultWorld.CreateAsync(clusters, roles);
        var daemons = random.Next(1, 3);
        for (var i = 0; i < daemons; i++) await world.ServeAsync();
        var writers = Enumerable.Range(0, roles.Length).Where(i => roles[i] == 's').Select(i => new Writer(world.Nodes[i], i, seed)).ToList();
        for (var phase = 1; phase <= PhasesOfAWorld && (phase == 1 || DateTime.UtcNow < end); phase++)
        {
            await using (var writing = Writers.Start(writers))
            {
                var faults = new RandomFaults(world, random);
                for (var i = random.Next(2, 6); i > 0; i--)
                {
                    Say($"  {roles}, {daemons} daemons, phase {phase}: {await faults.NextAsync()}");
                    await Task.Delay(random.Next(200, 1500));
                }
                await faults.HealAsync();
                await writing.StopAsync();
            }
            await world.SettleAsync(writers);
            Say($"  settled; {writers.Sum(w => w.Acknowledged)} transactions acknowledged, {writers.Sum(w => w.Failed)} failed");
        }
    }

    // Also where it can be seen while it runs.
    void Say(string text)
    {
        output.WriteLine(text);
        System.Console.Error.WriteLine($"faults: {text}");
    }
}
