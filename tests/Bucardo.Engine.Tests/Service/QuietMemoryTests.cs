using System.Runtime.CompilerServices;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Replication;
using Bucardo.Engine.Service;
using Bucardo.Engine.Tests.Support;

namespace Bucardo.Engine.Tests.Service;

/// <summary>What memory is not used is given back when there has been nothing to do for a while, once.</summary>
public sealed class QuietMemoryTests
{
    readonly SetTime _time = new();
    readonly IdleSyncs _syncs = new(kept: 2);
    readonly QuietMemory _memory;
    int _given;

    public QuietMemoryTests() =>
        _memory = new QuietMemory(_syncs, new ServiceOptions { RestAfter = TimeSpan.FromMinutes(1), GiveMemoryBack = () => _given++, Session = new SyncSessionOptions { Time = _time } });

    [Fact]
    public void It_is_given_back_once_after_a_start_and_once_after_each_time_that_there_was_something_to_do()
    {
        _memory.Start();
        Assert.Equal(0, GivenAfter(seconds: 59));
        Assert.Equal(1, GivenAfter(seconds: 1));
        Assert.Equal(1, GivenAfter(seconds: 600));

        _syncs.Connect(new SyncDefinition
        {
            Sync = new Sync { Id = 1, Name = "s", Herd = "h", DatabaseGroup = "g", Status = SyncStatus.Active, ConflictStrategy = "bucardo_latest" }, Members = [], Tables = [],
        });
        // Rounds that found nothing leave nothing.
        Assert.Equal(1, GivenAfter(seconds: 600));
        for (var i = 0; i < 5; i++)
        {
            _syncs.Note(1, _time.Now);
            Assert.Equal(1, GivenAfter(seconds: 40));
        }
        // One that is still being run may find something.
        Assert.Equal(1, GivenAfter(seconds: 20, isInRound: true));
        Assert.Equal(2, GivenAfter(seconds: 4));
        Assert.Equal(2, GivenAfter(seconds: 600));
    }

    [Fact]
    public void Nothing_was_started_so_there_is_nothing_to_give()
    {
        Assert.Equal(0, GivenAfter(seconds: 600));
    }

    [Fact]
    public void What_nobody_refers_to_is_gone_and_the_rest_is_there()
    {
        var kept = new byte[100_000];
        var garbage = Garbage();
        ProcessMemory.GiveBack();
        Assert.False(garbage.IsAlive);
        Assert.All(kept, b => Assert.Equal(0, b));
    }

    // In a method of its own, so that nothing on the stack refers to it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static WeakReference Garbage() => new(new byte[1_000_000]);

    int GivenAfter(int seconds, bool isInRound = false)
    {
        _time.Now += TimeSpan.FromSeconds(seconds);
        _memory.Look(isInRound);
        return _given;
    }
}
