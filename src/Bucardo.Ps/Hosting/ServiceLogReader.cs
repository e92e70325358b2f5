using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Bucardo.Model;

namespace Bucardo.Ps.Hosting;

/// <summary>Reads a service's log file, as the module and the daemon write it, and then what has come since. A file that was truncated or replaced is read from its start.</summary>
sealed partial class ServiceLogReader(string path)
{
    long _position;
    string _rest = "";
    LogEntry? _last;

    /// <summary>The lines that are new since the last call.</summary>
    /// <exception cref="BucardoException">LogNotFound, LogNotReadable.</exception>
    public IEnumerable<LogEntry> Read(CancellationToken cancellation)
    {
        foreach (var line in Lines())
        {
            cancellation.ThrowIfCancellationRequested();
            yield return _last = Parse(line);
        }
    }

    IEnumerable<string> Lines()
    {
        using var stream = Open();
        if (stream.Length < _position) (_position, _rest) = (0, "");
        stream.Position = _position;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var buffer = new char[16 * 1024];
        for (int read; (read = reader.Read(buffer, 0, buffer.Length)) > 0;)
        {
            var text = _rest + new string(buffer, 0, read);
            var end = text.LastIndexOf('\n') + 1;
            _rest = text[end..];
            foreach (var line in text[..end].Split('\n', StringSplitOptions.RemoveEmptyEntries)) yield return line.TrimEnd('\r');
        }
        _position = stream.Position;
    }

    FileStream Open()
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BucardoException("LogNotFound", ErrorKind.NotFound,
                $"There is no log file {path}: name the one that was given with -LogPath to Start-BucardoService, on the machine where the service runs (Get-BucardoService).", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BucardoException("LogNotReadable", ErrorKind.Permission, $"The log file {path} cannot be read: {error.Message} Its owner can read it.", error);
        }
    }

    LogEntry Parse(string line)
    {
        if (Format().Match(line) is { Success: true } match
            && DateTimeOffset.TryParseExact(match.Groups["time"].Value, "yyyy-MM-dd HH:mm:ss.fff zzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            return new LogEntry { Time = time, Level = match.Groups["level"].Value, Message = match.Groups["message"].Value, Path = path };
        // What the runtime prints when it crashes belongs to what went before, and nobody wants to miss it.
        return new LogEntry { Time = _last?.Time, Level = "error", Message = line, Path = path };
    }

    // The module writes "[info] Service: text", the daemon "info    text".
    [GeneratedRegex(@"^(?<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [+-]\d\d:\d\d) (\[(?<level>\w+)\] \w+: |(?<level>\w+)\s+)(?<message>.*)$")]
    private static partial Regex Format();
}
