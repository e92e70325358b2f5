using System.Diagnostics;
using Bucardo.Engine.Capture;

namespace Bucardo.Console.Tests;

/// <summary>A daemon that is killed while captures say nothing, because it looks by itself: they have said nothing to anybody, and nothing is lost.</summary>
public sealed class KickStreamTests
{
    [Fact]
    public async Task What_was_written_without_a_word_arrives_when_the_next_daemon_comes()
    {
        await using var world = await World.CreateAsync("st");
        var written = 0;
        await using (var daemon = await world.ServeAsync())
        {
            await Poll.UntilAsync(() => IsListenedToAsync(world), Poll.Usual, () => "nobody listens on n1");
            // Without a pause: rounds have to follow each other.
            for (var start = Stopwatch.GetTimestamp(); await IsListenedToAsync(world);)
            {
                Assert.True(Stopwatch.GetElapsedTime(start) < Poll.Usual, "The daemon goes on listening on n1.");
                for (var i = 0; i < 20; i++) await WriteAsync();
            }
            for (var i = 0; i < 20; i++) await WriteAsync();
            daemon.Kill();
            await daemon.WaitForExitAsync();
        }
        for (var i = 0; i < 20; i++) await WriteAsync();
        await using (var next = await world.ServeAsync())
        {
            await world.WaitForRowsAsync("item", string.Join(' ', Enumerable.Range(1, written).Select(i => $"{i}=x")));
            await Poll.UntilAsync(() => IsListenedToAsync(world), Poll.Usual, () => "the next daemon does not listen on n1");
            Assert.Equal(0, await next.StopAsync());
        }

        Task WriteAsync() => world.ExecuteAsync(0, $"INSERT INTO item VALUES ({++written}, 'x')");
    }

    static Task<bool> IsListenedToAsync(World world) => world.Nodes[0].ScalarAsync<bool>(
        $"SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND classid = {CaptureSql.ListenLock.Split(',')[0]} AND granted)");
}
