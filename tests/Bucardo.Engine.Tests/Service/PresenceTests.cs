using Bucardo.Engine.Capture;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Service;
using Bucardo.Engine.Tests.Replication;
using Npgsql;

namespace Bucardo.Engine.Tests.Service;

/// <summary>Captures NOTIFY while somebody listens, and only then; what they do not say is looked for.</summary>
public sealed class PresenceTests : IAsyncDisposable
{
    readonly List<NpgsqlConnection> _sessions = [];
    Nodes _nodes = null!;
    int _next;

    async Task StartAsync() => _nodes = await Nodes.CreateAsync("st", "CREATE TABLE t (id int PRIMARY KEY)", ["t(id)"]);

    async Task<(NpgsqlConnection Session, List<string> Heard)> ListenAsync()
    {
        var session = await OpenAsync();
        var heard = new List<string>();
        session.Notification += (_, e) => heard.Add(e.Payload);
        await session.ExecuteAsync("LISTEN bucardo", default);
        return (session, heard);
    }

    async Task<NpgsqlConnection> OpenAsync()
    {
        _sessions.Add(await _nodes[0].OpenAsync());
        return _sessions[^1];
    }

    static async Task<Presence> ShowAsync(NpgsqlConnection session)
    {
        var presence = new Presence(session, TimeProvider.System);
        await presence.LookAsync(default);
        return presence;
    }

    // Transactions in other databases of the server count, too: other tests have some.
    static async Task SettleAsync(Presence presence)
    {
        for (var i = 0; presence.NextLook is not null; i++)
        {
            Assert.True(i < 600, "The transactions that were under way have not ended.");
            await Task.Delay(50);
            await presence.LookAsync(default);
        }
    }

    // Whether a session that listens is told of a change.
    async Task<bool> IsToldAsync((NpgsqlConnection Session, List<string> Heard) listener)
    {
        listener.Heard.Clear();
        await _nodes.ExecuteAsync(0, $"INSERT INTO t VALUES ({++_next}); SELECT pg_notify('bucardo', 'end')");
        while (!listener.Heard.Contains("end")) Assert.True(await listener.Session.WaitAsync(TimeSpan.FromSeconds(20)));
        return listener.Heard.Contains("kick_sync_sync1");
    }

    [Fact]
    public async Task Captures_say_nothing_unless_somebody_listens()
    {
        await StartAsync();
        var listener = await ListenAsync();
        Assert.False(await IsToldAsync(listener));
        await SettleAsync(await ShowAsync(listener.Session));
        Assert.True(await IsToldAsync(listener));
        Assert.True(await IsToldAsync(listener));
    }

    [Fact]
    public async Task Who_needs_not_be_told_may_go_on_listening_and_come_back()
    {
        await StartAsync();
        var listener = await ListenAsync();
        var presence = await ShowAsync(listener.Session);
        Assert.True(await IsToldAsync(listener));
        await presence.EndAsync(default);
        Assert.False(await IsToldAsync(listener));
        await SettleAsync(await ShowAsync(listener.Session));
        Assert.True(await IsToldAsync(listener));
    }

    [Fact]
    public async Task A_wait_that_is_broken_off_leaves_the_session_as_it_was()
    {
        await StartAsync();
        var listener = await ListenAsync();
        await ShowAsync(listener.Session);
        for (var i = 0; i < 20; i++)
        {
            using var stop = new CancellationTokenSource();
            var waiting = listener.Session.HearAsync(TimeSpan.FromMinutes(1), stop.Token);
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
            Assert.True(await IsToldAsync(listener));
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0)]
    [InlineData(-50_000)]
    public async Task To_listen_for_less_than_a_millisecond_is_not_to_listen_for_ever(int ticks)
    {
        await StartAsync();
        var (session, _) = await ListenAsync();
        Assert.False(await session.HearAsync(TimeSpan.FromTicks(ticks), default).WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task They_speak_as_long_as_one_of_several_listens()
    {
        await StartAsync();
        var (witness, first, second) = (await ListenAsync(), await OpenAsync(), await OpenAsync());
        await ShowAsync(first);
        await ShowAsync(second);
        await EndAsync(first);
        Assert.True(await IsToldAsync(witness));
        await EndAsync(second);
        Assert.False(await IsToldAsync(witness));
    }

    [Fact]
    public async Task Transactions_that_did_not_see_it_coming_are_looked_for_until_they_have_ended()
    {
        await StartAsync();
        var (writer, listener) = (await OpenAsync(), await ListenAsync());
        await using var transaction = await writer.BeginTransactionAsync();
        await writer.ExecuteAsync("INSERT INTO t VALUES (1000)", default);
        var presence = await ShowAsync(listener.Session);
        Assert.NotNull(presence.NextLook);
        Assert.True(await IsToldAsync(listener));
        await presence.LookAsync(default);
        Assert.NotNull(presence.NextLook);
        listener.Heard.Clear();
        await transaction.CommitAsync();
        await SettleAsync(presence);
        Assert.Empty(listener.Heard);
    }

    [Fact]
    public async Task Somebody_who_has_the_lock_alone_makes_nobody_silent()
    {
        await StartAsync();
        var (stranger, listener) = (await OpenAsync(), await ListenAsync());
        await stranger.ExecuteAsync($"SELECT pg_advisory_lock({CaptureSql.ListenLock})", default);
        var presence = await ShowAsync(listener.Session);
        Assert.NotNull(presence.NextLook);
        Assert.True(await IsToldAsync(listener));
        await EndAsync(stranger);
        await SettleAsync(presence);
        Assert.True(await IsToldAsync(listener));
    }

    // Returns when the server is done with it, too.
    async Task EndAsync(NpgsqlConnection session) =>
        Assert.True(await _nodes[0].ScalarAsync<bool>($"SELECT pg_terminate_backend({session.ProcessID}, 20000)"));

    public async ValueTask DisposeAsync()
    {
        foreach (var session in _sessions) await session.DisposeAsync();
        await _nodes.DisposeAsync();
    }
}
