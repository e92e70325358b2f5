using System.Globalization;
using System.Management.Automation;
using Bucardo.Ps.Base;
using Microsoft.Extensions.Logging;

namespace Bucardo.Ps.Hosting;

/// <summary>
/// Where a hosted service logs to: a file, and the streams of the cmdlet that hosts it (warnings and errors as warnings, the rest as verbose messages).
/// </summary>
sealed class ServiceLog : ILoggerFactory
{
    readonly BucardoCommand _command;
    readonly LogLevel _level;
    readonly StreamWriter? _file;
    readonly object _gate = new();

    /// <summary>Where a service in the background logs to unless it is told otherwise.</summary>
    public static string DefaultPath() =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "bucardo", "service.log");

    /// <exception cref="IOException">The file cannot be written.</exception>
    public ServiceLog(BucardoCommand command, LogLevel level, string? path)
    {
        (_command, _level) = (command, level);
        if (path is null) return;
        // Appended to and shared, so that people can follow it, truncate it and have it rotated (copytruncate).
        var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        _file = new StreamWriter(stream) { AutoFlush = true };
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName[(categoryName.LastIndexOf('.') + 1)..]);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("The log of a hosted service has fixed destinations.");

    public void Dispose()
    {
        lock (_gate) _file?.Dispose();
    }

    void Write(LogLevel level, string category, string message, Exception? error)
    {
        var text = error is null || message.Contains(error.Message, StringComparison.Ordinal) ? message : $"{message} {error.Message}";
        WriteFile(level, category, text);
        if (level >= LogLevel.Warning) _command.Post(() => _command.WriteWarning(text));
        else _command.Post(() => _command.WriteVerbose(text));
    }

    void WriteFile(LogLevel level, string category, string text)
    {
        if (_file is null) return;
        var line = string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.Now:yyyy-MM-dd HH:mm:ss.fff zzz} [{Word(level)}] {category}: {text.ReplaceLineEndings(" ")}");
        lock (_gate)
        {
            try
            {
                _file.WriteLine(line);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // A full disk must not stop replication.
            }
        }
    }

    static string Word(LogLevel level) => level switch
    {
        LogLevel.Critical or LogLevel.Error => "error",
        LogLevel.Warning => "warning",
        LogLevel.Information => "info",
        _ => "debug",
    };

    sealed class Logger(ServiceLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= log._level && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) log.Write(logLevel, category, formatter(state, exception), exception);
        }
    }
}
