using Bucardo.Engine.Capture;
using Bucardo.Engine.Postgres;
using Npgsql;

namespace Bucardo.Engine.Service;

/// <summary>
/// Shows the captures of a node that a session listens, for only then do they NOTIFY. Transactions that were under way before may have looked when nobody listened,
/// and end without a word: until they have, somebody has to look for their changes now and then.
/// </summary>
sealed class Presence(NpgsqlConnection session, TimeProvider time)
{
    // As for a ping: a black hole sends no error.
    const int SecondsToAnswer = 10;

    static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan s_last = TimeSpan.FromSeconds(10);

    readonly DateTimeOffset _since = time.GetUtcNow();
    bool _isShown;
    bool _isSettled;
    string? _end;
    DateTimeOffset _nextLook;

    /// <summary>When to look again: seldom, when it takes long. Null: whatever comes is announced.</summary>
    public DateTimeOffset? NextLook => _isSettled ? null : _nextLook;

    /// <summary>Looks. What has been committed until now without a word is there for a round that begins after this has returned.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        // Whoever holds the lock alone, for a moment or for longer, has all others find it taken too.
        if (!_isShown) _isShown = await AskAsync(SqlText.Load("Service/Sql/listen_show.sql", ("lock", CaptureSql.ListenLock)), cancellation) is true;
        // Whoever looked before has a smaller id. A snapshot's xmax would not do: it lies below what has been given out and has not ended.
        if (_isShown && _end is null) _end = (string?)await AskAsync("SELECT pg_current_xact_id()::text", cancellation);
        _isSettled = _end is not null && await AskAsync(SqlText.Load("Service/Sql/listen_settled.sql"), cancellation, _end) is true;
        var now = time.GetUtcNow();
        _nextLook = now + (_isShown ? Clamp((now - _since) / 10) : s_first);
    }

    /// <summary>Nobody listens any more: captures need say nothing. The presence is not to be used again.</summary>
    public async Task EndAsync(CancellationToken cancellation)
    {
        if (_isShown) await AskAsync(SqlText.Load("Service/Sql/listen_hide.sql", ("lock", CaptureSql.ListenLock)), cancellation);
    }

    async Task<object?> AskAsync(string sql, CancellationToken cancellation, params object[] parameters)
    {
        await using var command = session.Command(sql, parameters);
        command.CommandTimeout = SecondsToAnswer;
        return await command.ExecuteScalarAsync(cancellation);
    }

    static TimeSpan Clamp(TimeSpan wait) => wait < s_first ? s_first : wait > s_last ? s_last : wait;
}
