using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Bucardo.Console;

/// <summary>Loggers that write one line for each event: time, level, message.</summary>
/// <param name="write">Takes a line.</param>
/// <param name="minimum">Events below this level are left out.</param>
/// <param name="time">The clock.</param>
sealed class LineLoggerFactory(Action<string> write, LogLevel minimum, TimeProvider time) : ILoggerFactory
{
    readonly object _lock = new();

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new LineLogger(this);

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("This log has one place to write to.");

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    void Write(LogLevel level, string message, Exception? error)
    {
        var text = error is null ? message : $"{message} {(minimum <= LogLevel.Debug ? error : error.Message)}";
        var line = string.Create(CultureInfo.InvariantCulture, $"{time.GetLocalNow():yyyy-MM-dd HH:mm:ss.fff zzz} {Word(level),-7} {OneLine(text)}");
        lock (_lock) write(line);
    }

    static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        _ => "error",
    };

    // PostgreSQL's messages may have several lines; a log has one for each event.
    static string OneLine(string text) => text.ReplaceLineEndings(" ");

    sealed class LineLogger(LineLoggerFactory factory) : ILogger
    {
        readonly LineLoggerFactory _factory = factory;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => _factory.IsAbove(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) _factory.Write(logLevel, formatter(state, exception), exception);
        }
    }

    bool IsAbove(LogLevel level) => level >= minimum && level != LogLevel.None;
}
