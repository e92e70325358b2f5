using System.Diagnostics;
using System.Globalization;
using Bucardo.Bench.Peers;
using Bucardo.Bench.Stages;

namespace Bucardo.Bench.Benchmarks;

/// <summary>How long one waits for the module in a PowerShell that has just been started.</summary>
sealed class Import : Benchmark
{
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    public override string Name => "import";

    public override string About => "Import-Module and the first cmdlet that asks the control database, in a fresh PowerShell";

    public override IReadOnlyList<BenchOption> Options => [new("turns", "how many PowerShells", "1", "7", "15")];

    public override async Task RunAsync(BenchRun run, CancellationToken cancellation)
    {
        if (Repository.Module is not { } module) throw new BenchException("out/module is missing: ./build.sh build");
        if (Clients.TryOutput("pwsh", "-NoProfile", "-NonInteractive", "-Command", "exit") is null)
        {
            run.Report.Note("Skipped: there is no PowerShell (pwsh) here.");
            return;
        }
        await using var contender = await Contender.CreateAsync(PeerKind.Product, new StageOptions { Roles = "s", Fill = (_, _) => Task.CompletedTask }, cancellation);
        var control = contender.Stage.Control;
        var script = $"""
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            Import-Module '{module}'
            $import = $clock.Elapsed.TotalMilliseconds
            $found = @(Get-BucardoDatabase -Connection 'host={control.HostName} port={control.Port} user={control.UserName} dbname=bucardo').Count
            $first = $clock.Elapsed.TotalMilliseconds
            "$found $([int]$import) $([int]$first)"
            """;
        for (var turn = 1; turn <= run.Turns; turn++)
        {
            var bare = await TimeAsync("exit");
            var clock = Stopwatch.StartNew();
            var answer = (await PowerShellAsync(script)).Trim().Split(' ').Select(w => double.Parse(w, CultureInfo.InvariantCulture)).ToList();
            if (answer[0] != 1) throw new BenchException($"The cmdlet found {answer[0]} databases instead of one.");
            run.Report.Add("fresh process", "this product", turn, ("Import-Module ms", answer[1]), ("with the first cmdlet ms", answer[2]), ("the whole process ms", clock.Elapsed.TotalMilliseconds), ("PowerShell alone ms", bare));
        }

        async Task<double> TimeAsync(string command)
        {
            var clock = Stopwatch.StartNew();
            await PowerShellAsync(command);
            return clock.Elapsed.TotalMilliseconds;
        }

        Task<string> PowerShellAsync(string command) => Clients.RunAsync("pwsh", ["-NoProfile", "-NonInteractive", "-Command", command], s_limit, cancellation);
    }
}
