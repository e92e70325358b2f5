using System.Globalization;
using Bucardo.Bench.Stages;

namespace Bucardo.Bench.Peers;

/// <summary>Bucardo 5.6 as Debian packages it: the <c>bucardo</c> command and its daemon.</summary>
sealed class PerlBucardo : IPeer
{
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);
    static readonly TimeSpan s_round = TimeSpan.FromMinutes(15);

    // In small letters, for Bucardo writes its settings in those.
    readonly string _home = Path.Combine(Path.GetTempPath(), $"bucardo-bench-{Guid.NewGuid():N}");
    readonly List<string> _syncs = [];
    Stage? _stage;

    public static string? Missing()
    {
        if (Clients.TryOutput("bucardo", "--version") is not { } version) return "the command bucardo is not installed (Debian: apt-get install bucardo)";
        if (!version.Contains(" 5.", StringComparison.Ordinal)) return $"it is {version}, not 5";
        return Directory.EnumerateFiles(Path.GetDirectoryName(PostgresPrograms.Folder)!, "plperl.so", SearchOption.AllDirectories).Any() ? null : "PL/Perl is not installed (Debian: apt-get install postgresql-plperl-15)";
    }

    public IReadOnlyDictionary<string, string> ServerSettings { get; } = new Dictionary<string, string>();

    // Some of its processes leave the family of the first one: each has a file with its id.
    public IReadOnlyList<int> Processes =>
    [
        .. Directory.EnumerateFiles(PidFolder, "*.pid").Select(FirstNumber).OfType<int>().Where(id => Directory.Exists($"/proc/{id}")).Distinct(),
    ];

    string PidFolder => Path.Combine(_home, "pid");

    string LogFolder => Path.Combine(_home, "log");

    public async Task SetUpAsync(Stage stage, CancellationToken cancellation)
    {
        _stage = stage;
        Directory.CreateDirectory(PidFolder);
        Directory.CreateDirectory(LogFolder);
        await CommandAsync("postgres", s_limit, cancellation, "install", "--batch");
        await CommandAsync(cancellation, "set", $"piddir={PidFolder}", $"reason_file={PidFolder}/reason", $"log_conflict_file={LogFolder}/conflict.log", $"warning_file={LogFolder}/warning.log");
        foreach (var node in stage.Nodes)
            await CommandAsync(cancellation, "add", "db", node.Name, $"dbname={node.Name}", $"host={node.Cluster.HostName}", $"port={Text(node.Cluster.Port)}", $"user={node.Cluster.UserName}");
    }

    public async Task AddSyncAsync(BenchSync sync, CancellationToken cancellation)
    {
        await CommandAsync(cancellation, ["add", "table", .. sync.Tables, $"db={sync.Nodes[0].Name}", $"relgroup=rg_{sync.Name}"]);
        await CommandAsync(cancellation, ["add", "dbgroup", $"dg_{sync.Name}", .. sync.Nodes.Select(n => $"{n.Name}:{(n.Role == DatabaseRole.Source ? "source" : "target")}")]);
        await CommandAsync(cancellation, "add", "sync", sync.Name, $"relgroup=rg_{sync.Name}", $"dbs=dg_{sync.Name}", $"autokick={(sync.AutoKick ? 1 : 0)}");
        _syncs.Add(sync.Name);
    }

    public async Task StartAsync(CancellationToken cancellation)
    {
        await CommandAsync(cancellation, "start", "bench");
        await Wait.UntilAsync("The start of Bucardo 5.6", async () => (await CommandAsync(cancellation, "ping", "5")).Contains("OK", StringComparison.Ordinal), s_limit, TimeSpan.FromMilliseconds(500), cancellation);
        // It answers before its syncs are ready: each has a file once its controller runs, and a second one for the process that copies.
        await Wait.UntilAsync("The start of Bucardo's syncs", () => Task.FromResult(Processes.Count >= 2 + 2 * _syncs.Count), s_limit, TimeSpan.FromMilliseconds(200), cancellation);
    }

    public async Task StopAsync(CancellationToken cancellation)
    {
        if (Processes.Count == 0) return;
        await CommandAsync(cancellation, "stop", "bench");
        await Wait.UntilAsync("The stop of Bucardo 5.6", () => Task.FromResult(Processes.Count == 0), s_limit, TimeSpan.FromMilliseconds(250), cancellation);
    }

    public async Task FlushAsync(BenchSync sync, IReadOnlyList<Change> changes, CancellationToken cancellation)
    {
        var answer = await CommandAsync("bucardo", s_round, cancellation, "kick", sync.Name, "0");
        if (answer.Contains("fail", StringComparison.OrdinalIgnoreCase) || answer.Contains("error", StringComparison.OrdinalIgnoreCase)) throw new BenchException($"bucardo kick: {answer.Trim()}");
    }

    // It copies when it starts.
    public async Task CopyAsync(BenchSync sync, CancellationToken cancellation)
    {
        await CommandAsync(cancellation, "update", "sync", sync.Name, "onetimecopy=1");
        await StartAsync(cancellation);
        await FlushAsync(sync, [], cancellation);
        await StopAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync(CancellationToken.None);
        }
        catch (BenchException e)
        {
            Console.WriteLine($"  {e.Message} Its processes are killed.");
            foreach (var id in Processes) System.Diagnostics.Process.GetProcessById(id).Kill(entireProcessTree: true);
        }
        Directory.Delete(_home, recursive: true);
    }

    Task<string> CommandAsync(CancellationToken cancellation, params string[] words) => CommandAsync("bucardo", s_limit, cancellation, words);

    Task<string> CommandAsync(string database, TimeSpan limit, CancellationToken cancellation, params string[] words) => Clients.RunAsync("bucardo",
        ["--no-bucardorc", $"--dbhost={_stage!.Control.HostName}", $"--dbport={Text(_stage.Control.Port)}", $"--dbname={database}", $"--dbuser={_stage.Control.UserName}", $"--log-dest={LogFolder}", .. words],
        limit, cancellation, new Dictionary<string, string> { ["LC_ALL"] = "C.UTF-8" });

    static int? FirstNumber(string file)
    {
        try
        {
            var digits = string.Concat((File.ReadLines(file).FirstOrDefault() ?? "").TakeWhile(char.IsAsciiDigit));
            return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
        }
        catch (IOException)
        {
            return null; // removed meanwhile
        }
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
