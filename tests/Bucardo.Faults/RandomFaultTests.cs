using System.Globalization;
using Xunit.Abstractions;

namespace Bucardo.Faults;

/// <summary>
/// All faults at random: two to five nodes, writers on all of them, and after each phase everything heals, settles, and is compared. BUCARDO_FAULT_MINUTES says for how long,
/// BUCARDO_FAULT_SEED replays one history: <c>./build.sh faults --minutes N --seed S</c>. The seed decides the nodes, the faults and what is written; time decides the rest.
/// </summary>
[Collection(RandomFaultCollection.Name)]
public class RandomFaultTests(RandomFaultClusters clusters, ITestOutputHelper output)
{
    const int PhasesOfAWorld = 4;

    static double Minutes => double.Parse(Environment.GetEnvironmentVariable("BUCARDO_FAULT_MINUTES") is { Length: > 0 } text ? text : "1", CultureInfo.InvariantCulture);

    static int Seed => Environment.GetEnvironmentVariable("BUCARDO_FAULT_SEED") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : Random.Shared.Next(1, 1_000_000);

    // Beyond the half minute after which a node is given up, where there is time.
    static TimeSpan LongFault => TimeSpan.FromSeconds(Math.Clamp(Minutes * 15, 5, 180));

    [OwnServersFact]
    public async Task Whatever_fails_in_whatever_order_all_nodes_end_equal_and_nothing_acknowledged_is_missing()
    {
        var end = DateTime.UtcNow.AddMinutes(Minutes);
        var seed = Seed;
        do
        {
            Say($"seed {seed}: ./build.sh faults --minutes {Minutes} --seed {seed}");
            try
            {
                await PlayAsync(seed, end);
            }
            catch (Exception e)
            {
                throw new Xunit.Sdk.XunitException($"Replay with ./build.sh faults --minutes {Minutes} --seed {seed}\n{e}");
            }
            seed++;
        }
        while (DateTime.UtcNow < end);
    }

    async Task PlayAsync(int seed, DateTime end)
    {
        var random = new Random(seed);
        await using var world = await RandomWorld.CreateAsync(clusters, random, seed);
        try
        {
            await PlayAsync(world, random, end);
        }
        catch (Exception e)
        {
            throw new Xunit.Sdk.XunitException($"{e}\n{await world.ExplainAsync()}");
        }
    }

    async Task PlayAsync(RandomWorld world, Random random, DateTime end)
    {
        var longPhase = random.Next(1, PhasesOfAWorld + 1);
        for (var phase = 1; phase <= PhasesOfAWorld && (phase == 1 || DateTime.UtcNow < end); phase++)
        {
            await using (var writing = Writers.Start(world.Writers))
            {
                for (var i = random.Next(2, 6); i > 0; i--)
                {
                    Say($"  {world.Name}, phase {phase}: {await world.Faults.NextAsync()}");
                    await Task.Delay(random.Next(200, 1500));
                }
                if (phase == longPhase)
                {
                    Say($"  that lasts {LongFault.TotalSeconds:0} s");
                    await Task.Delay(LongFault);
                }
                await world.Faults.HealAsync();
                await writing.StopAsync();
            }
            await world.CheckAsync();
            Say($"  settled; {world.Writers.Sum(w => w.Acknowledged)} transactions acknowledged, {world.Writers.Sum(w => w.Failed)} failed");
        }
    }

    // Also where it can be seen while it runs.
    void Say(string text)
    {
        output.WriteLine(text);
        System.Console.Error.WriteLine($"faults: {text}");
    }
}
