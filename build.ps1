#!/usr/bin/env pwsh
<#
.SYNOPSIS
Builds, tests, demonstrates, measures and packages Bucardo for PowerShell.

.DESCRIPTION
For people who have PowerShell 7.4 or later; build.sh is the way in for those who may not, and ends up here.

.PARAMETER Task
Build: the module into out/module/Bucardo.Ps, the command into out/console.
Test: builds and runs every test. Demo: builds and runs examples/quickstart.ps1. Bench: builds and runs the benchmarks of bench/ that -Name names, or all of them. Faults: builds, then lets everything fail at random and compares the nodes.
Simulate: plays random histories on nodes in memory, with what follows -Simulation; a failing one is shrunk and printed, and the exit code is 1.
Help: brings the pages in docs/cmdlets up to date with the cmdlets: syntax, facts, a first page for a new one.
Package: builds and makes the .nupkg in out/package. Clean: removes all build output.
Pester is a part of Test: the Pester tests alone, on the module that is already built.

.PARAMETER Configuration
Release or Debug.

.PARAMETER Filter
Only tests whose full name contains this text.

.PARAMETER Minutes
How long Faults goes on.

.PARAMETER Seed
What Faults and Simulate begin with: replays a history that failed.

.PARAMETER Simulation
What the simulator is told: --histories N, --strategy FAMILY, --replay FILE|SEED, --teeth N.

.PARAMETER Name
Which benchmarks Bench runs; left out: all of them. Each writes out/bench/NAME.json.

.PARAMETER BenchOption
What the benchmarks are told: --size smoke|quick|full, --turns N, --peers LIST, ...; --help lists them.

.PARAMETER Prepared
build.sh has looked for PostgreSQL already.

.EXAMPLE
./build.ps1 Test -Filter Capture

.EXAMPLE
./build.ps1 Bench -Name latency, idle -BenchOption --size, full
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Demo', 'Bench', 'Faults', 'Simulate', 'Help', 'Package', 'Clean', 'Pester')]
    [string] $Task = 'Build',

    [ValidateSet('Release', 'Debug')]
    [string] $Configuration = 'Release',

    [string] $Filter = '',

    [double] $Minutes = 2,

    [string] $Seed = '',

    [string[]] $Simulation = @(),

    [string[]] $Name = @(),

    [string[]] $BenchOption = @(),

    [switch] $Prepared
)

$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3.0
Set-Location -LiteralPath $PSScriptRoot

$out = Join-Path $PSScriptRoot 'out'
$results = Join-Path $out 'test-results'
$pesterReport = Join-Path $results 'pester.json'
$manifest = Join-Path $out 'module' 'Bucardo.Ps' 'Bucardo.Ps.psd1'
$env:DOTNET_NOLOGO = '1'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_CLI_UI_LANGUAGE = 'en'
$env:MSBUILDDISABLENODEREUSE = '1'
$env:UseSharedCompilation = 'true' # one compiler for all projects takes a third less time

function Invoke-DotNet {
    & dotnet @args | Out-Host
    if ($LASTEXITCODE -ne 0) { throw "dotnet $($args[0]) $($args[1]) failed." }
}

function Get-PowerShellPath {
    # Installed as a .NET tool, PowerShell runs inside of 'dotnet': its command on PATH is the way to start another one.
    $name = if ($IsWindows) { 'pwsh.exe' } else { 'pwsh' }
    $beside = Join-Path $PSHOME $name
    if (Test-Path -LiteralPath $beside) { return $beside }
    return (Get-Command pwsh -CommandType Application | Select-Object -First 1).Source
}

function Install-Prerequisite {
    if ($Prepared -or $IsWindows) { return }
    & bash ./build.sh setup | Out-Host
    if ($LASTEXITCODE -ne 0) { throw 'PostgreSQL is missing.' }
}

function Invoke-Build {
    foreach ($folder in 'module', 'console') {
        Remove-Item -LiteralPath (Join-Path $out $folder) -Recurse -Force -ErrorAction Ignore
    }
    $common = '--configuration', $Configuration, '--nologo', '--verbosity', 'quiet'
    try { Invoke-DotNet build Bucardo.Ps.sln @common }
    finally {
        # No compiler stays behind.
        if ($env:CI -eq 'true') { & dotnet build-server shutdown --vbcscompiler | Out-Null }
    }
    Invoke-DotNet publish src/Bucardo.Ps --no-build --output out/module/Bucardo.Ps/lib @common
    Invoke-DotNet publish src/Bucardo.Console --no-build --output out/console @common
    $null = Test-ModuleManifest -Path $manifest
    Write-Host 'build: built out/module/Bucardo.Ps and out/console'
}

# One project's tests; a runner that breaks down counts as a failed test of its own.
function Invoke-XUnit([string] $Project) {
    $report = Join-Path $results "$(Split-Path $Project -Leaf).trx"
    $only = if ($Filter) { '--filter', "FullyQualifiedName~$Filter" } else { @() }
    & dotnet test $Project --no-build --configuration $Configuration --nologo --verbosity quiet @only `
        --results-directory $results --logger "trx;LogFileName=$(Split-Path $report -Leaf)" `
        --blame-hang-timeout 10m --blame-hang-dump-type none -- RunConfiguration.TestSessionTimeout=2400000 | Out-Host
    $broken = $LASTEXITCODE -ne 0
    $count = @{ Passed = 0; Failed = 0; Skipped = 0; Names = @() }
    if (Test-Path -LiteralPath $report) {
        $run = ([xml](Get-Content -LiteralPath $report -Raw)).TestRun
        $counters = $run.ResultSummary.Counters
        $count.Names = @($run.SelectNodes("//*[local-name() = 'UnitTestResult'][@outcome = 'Failed']") | ForEach-Object {
                $why = $_.SelectSingleNode("*/*[local-name() = 'ErrorInfo']/*[local-name() = 'Message']")
                if ($why) { "$($_.testName): $($why.InnerText)" } else { $_.testName }
            })
        $count.Passed = [int]$counters.passed
        $count.Failed = [int]$counters.executed - [int]$counters.passed
        $count.Skipped = [int]$counters.total - [int]$counters.executed
    }
    if ($broken -and $count.Failed -eq 0) { ($count.Failed, $count.Names) = 1, @("$(Split-Path $Project -LeafBase) as a whole") }
    return $count
}

function Start-PowerShell([string[]] $Arguments, [switch] $Quiet) {
    $start = [System.Diagnostics.ProcessStartInfo]::new((Get-PowerShellPath))
    $start.WorkingDirectory = $PSScriptRoot
    $start.RedirectStandardOutput = $start.RedirectStandardError = $Quiet
    @('-NoProfile') + $Arguments | ForEach-Object { $start.ArgumentList.Add($_) }
    return [System.Diagnostics.Process]::Start($start)
}

function Stop-PowerShell([System.Diagnostics.Process] $Process) {
    if ($Process.HasExited) { return }
    $Process.Kill($true)
    $Process.WaitForExit()
}

# Runs a script in a PowerShell of its own, on this one's console. Waiting here, not in the pipeline, lets it clean up after Ctrl+C.
function Invoke-PowerShell([string[]] $Arguments) {
    $process = Start-PowerShell $Arguments
    try { $process.WaitForExit() } finally { Stop-PowerShell $process }
    return $process.ExitCode
}

# A PowerShell of its own dies with its tests: a module cannot be unloaded, and a test may hang. What it says is kept until it has ended.
function Start-PesterProcess {
    $null = New-Item $results -ItemType Directory -Force
    Remove-Item -LiteralPath $pesterReport -Force -ErrorAction Ignore
    $files = @(Get-ChildItem tests/Bucardo.Ps.Tests -Filter *.Tests.ps1)
    $pester = Get-Pester
    if (-not $pester) {
        Write-Host "build: skipped for want of Pester: the $($files.Count) files of tests/Bucardo.Ps.Tests, counted as one test each"
        return @{ Process = $null; Count = @{ Passed = 0; Failed = 0; Skipped = $files.Count; Names = @() } }
    }
    $arguments = '-NonInteractive', '-File', 'tests/Bucardo.Ps.Tests/Invoke-Test.ps1', '-Module', (Join-Path $out 'module'), '-Pester', $pester.Path, '-Report', $pesterReport
    if ($Filter) { $arguments += '-Filter', $Filter }
    $process = Start-PowerShell $arguments -Quiet
    return @{ Process = $process; Said = $process.StandardOutput.ReadToEndAsync(), $process.StandardError.ReadToEndAsync() }
}

function Complete-PesterProcess([hashtable] $Pester) {
    if (-not $Pester.Process) { return $Pester.Count }
    if (-not $Pester.Process.WaitForExit([timespan]::FromMinutes(30))) { Write-Host 'build: the Pester tests did not end in 30 minutes' }
    Stop-PowerShell $Pester.Process
    # Somebody whom a test has left behind may hold the pipe open.
    foreach ($said in $Pester.Said) {
        if ($said.Wait([timespan]::FromSeconds(10))) { Write-Host ($said.Result.TrimEnd() -replace '(?m)^What if: .*\n', '') }
    }
    $count = @{ Passed = 0; Failed = 0; Skipped = 0; Names = @() }
    if (Test-Path -LiteralPath $pesterReport) { $count = Get-Content -LiteralPath $pesterReport -Raw | ConvertFrom-Json -AsHashtable }
    if ($Pester.Process.ExitCode -ne 0 -and $count.Failed -eq 0) { ($count.Failed, $count.Names) = 1, @('the Pester tests as a whole') }
    return $count
}

# The one that is installed or, where there is none, the package that was restored with the test projects.
function Get-Pester {
    $installed = Get-Module Pester -ListAvailable | Where-Object { $_.Version -ge '5.3' -and $_.Version -lt '6.0' } | Sort-Object Version | Select-Object -Last 1
    if ($installed) { return $installed }
    $restored = (& dotnet msbuild tests/Bucardo.TestSupport -getProperty:NuGetPackageRoot -getProperty:PesterVersion | Out-String | ConvertFrom-Json).Properties
    Get-Module (Join-Path $restored.NuGetPackageRoot 'pester' $restored.PesterVersion 'tools' 'Pester.psd1') -ListAvailable
}

function Invoke-Test {
    Remove-Item -LiteralPath $results -Recurse -Force -ErrorAction Ignore
    $null = New-Item $results -ItemType Directory -Force
    $env:DOTNET_TieredPGO = '0' # a test runs once: to measure its code for better code does not pay
    $pester = $null
    try {
        $counts = @(
            # Those that mostly wait come first: the Pester tests, one after the other, run beside them, and what is left of those beside the next.
            $pester = Start-PesterProcess
            foreach ($project in Get-ChildItem tests -Filter *.csproj -Recurse -Depth 1 | Sort-Object { $_.BaseName -ne 'Bucardo.Faults' }, FullName) {
                if ($project.BaseName -in 'Bucardo.TestSupport', 'Bucardo.Simulation') { continue }
                Invoke-XUnit $project.FullName
            }
            Complete-PesterProcess $pester
        )
    }
    finally {
        if ($pester -and $pester.Process) { Stop-PowerShell $pester.Process }
    }
    $sum = @{}
    foreach ($kind in 'Passed', 'Failed', 'Skipped') { $sum[$kind] = ($counts | ForEach-Object { $_[$kind] } | Measure-Object -Sum).Sum }
    # Once more at the end, where they are found.
    $counts | ForEach-Object { $_.Names } | Where-Object { $_ } | ForEach-Object { Write-Host "failed: $($_.Length -gt 1000 ? $_.Substring(0, 1000) : $_)" }
    Write-Host "$($sum.Passed) passed, $($sum.Failed) failed, $($sum.Skipped) skipped"
    return [int]($sum.Failed -ne 0 -or $sum.Passed -eq 0)
}

function Invoke-Benchmark {
    & dotnet "bench/Bucardo.Bench/bin/$Configuration/net10.0/Bucardo.Bench.dll" @Name @BenchOption | Out-Host
    return $LASTEXITCODE
}

# Everything fails at random, for as long as wanted.
function Invoke-Fault {
    $env:BUCARDO_FAULT_MINUTES = $Minutes.ToString([cultureinfo]::InvariantCulture)
    $env:BUCARDO_FAULT_SEED = $Seed
    Invoke-DotNet test tests/Bucardo.Faults --no-build --configuration $Configuration --nologo --filter FullyQualifiedName~RandomFaultTests --logger 'console;verbosity=detailed'
}

function Invoke-Simulation {
    Invoke-DotNet build tests/Bucardo.Simulation --configuration $Configuration --nologo --verbosity quiet
    $seeded = if ($Seed) { '--seed', $Seed } else { @() }
    & dotnet "tests/Bucardo.Simulation/bin/$Configuration/net10.0/Bucardo.Simulation.dll" @seeded @Simulation | Out-Host
    return $LASTEXITCODE
}

function Update-HelpPage {
    Invoke-DotNet build src/Bucardo.Ps --configuration $Configuration --nologo --verbosity quiet
    $cmdlets = "src/Bucardo.Ps/bin/$Configuration/net8.0/Bucardo.Ps.dll"
    Invoke-DotNet run --project src/Bucardo.Ps.Help --no-build --configuration $Configuration -- update $cmdlets docs/cmdlets
}

function Invoke-Clean {
    Remove-Item -LiteralPath $out -Recurse -Force -ErrorAction Ignore
    Get-Item src/*/bin, src/*/obj, tests/*/bin, tests/*/obj, bench/*/bin, bench/*/obj -ErrorAction Ignore | Remove-Item -Recurse -Force
}

$status = 130 # what a shell says of a command that Ctrl+C has ended
try {
    switch ($Task) {
        'Build' { Invoke-Build }
        'Test' { Install-Prerequisite; Invoke-Build; $status = Invoke-Test }
        'Pester' { $status = [int]((Complete-PesterProcess (Start-PesterProcess)).Failed -ne 0) }
        'Demo' {
            Install-Prerequisite
            Invoke-Build
            $status = Invoke-PowerShell '-File', (Join-Path $PSScriptRoot 'examples' 'quickstart.ps1')
        }
        'Bench' { Install-Prerequisite; Invoke-Build; $status = Invoke-Benchmark }
        'Faults' { Install-Prerequisite; Invoke-Build; Invoke-Fault }
        'Simulate' { $status = Invoke-Simulation }
        'Help' { Update-HelpPage }
        'Package' {
            Invoke-Build
            Invoke-DotNet pack src/Bucardo.Ps --no-build --configuration $Configuration --output out/package --nologo --verbosity quiet
            Get-ChildItem out/package -Filter *.nupkg | ForEach-Object { Write-Host "build: made $($_.FullName)" }
        }
        'Clean' { Invoke-Clean }
    }
    if ($Task -notin 'Test', 'Pester', 'Demo', 'Bench', 'Simulate') { $status = 0 }
}
catch {
    # The compiler or the test runner has said the rest already.
    [Console]::Error.WriteLine("build: $($_.Exception.Message)")
    $status = 1
}
finally {
    # Ctrl+C comes here and no further; without this PowerShell would report success.
    if ($status -eq 130) { [Environment]::Exit(130) }
}
exit $status
