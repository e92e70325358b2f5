using System.Collections.Concurrent;
using Bucardo.Engine.Service.Clocks;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Bucardo.Engine.Tests.Service.Clocks;

/// <summary>The real clocks, as they would be if somebody had set some of them wrong.</summary>
sealed class WrongClock : IClockReader
{
    public ConcurrentDictionary<string, TimeSpan> By { get; } = [];

    public async Task<DateTimeOffset> ReadAsync(NpgsqlConnection connection, string database, CancellationToken cancellation) =>
        await ServerClock.Instance.ReadAsync(connection, database, cancellation) + By.GetValueOrDefault(database);
}

/// <summary>A log that a test reads.</summary>
sealed class ListLog : ILoggerFactory, ILogger
{
    readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = [];

    public IReadOnlyList<string> Of(LogLevel level, string text) => [.. _lines.Where(l => l.Level == level && l.Text.Contains(text)).Select(l => l.Text)];

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _lines.Enqueue((logLevel, formatter(state, exception)));

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public void Dispose()
    {
    }
}
