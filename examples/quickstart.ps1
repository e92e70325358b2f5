#!/usr/bin/env pwsh
<#
.SYNOPSIS
Five pgbench databases in two PostgreSQL clusters, four of them written to at once, kept equal by Bucardo for PowerShell.

.DESCRIPTION
The ten steps of the classic Bucardo demo. The clusters are throwaway ones, made and removed by DemoCluster.psm1; all that concerns
replication is done by the public cmdlets of the module. The exit code is 0 only if all five databases are equal at the end.

.PARAMETER Transactions
How many pgbench transactions run on each of the four sources before the sync is kicked.

.PARAMETER Seconds
How long pgbench runs in the second part, while changes are replicated as they come.

.EXAMPLE
./examples/quickstart.ps1 -Transactions 1000 -Seconds 5
#>
[CmdletBinding()]
param(
    [ValidateRange(1, 1000000)] [int] $Transactions = 10000,
    [ValidateRange(1, 3600)] [int] $Seconds = 10
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

$built = Join-Path $PSScriptRoot '..' 'out' 'module' 'Bucardo.Ps'
$module = $env:BUCARDO_MODULE_PATH ? $env:BUCARDO_MODULE_PATH : (Test-Path $built) ? $built : 'Bucardo.Ps'
if (-not (Get-Module $module -ListAvailable)) { throw 'The module is neither built nor installed: run ./build.sh demo, which builds it first.' }
Import-Module $module
Import-Module (Join-Path $PSScriptRoot 'DemoCluster.psm1')

$clock = [System.Diagnostics.Stopwatch]::StartNew()
function Write-Step([string] $Text) { Write-Host "`n[$($clock.Elapsed.ToString('mm\:ss'))] $Text" -ForegroundColor Cyan }
function Show-Output { $input | Format-Table | Out-String -Width 120 | ForEach-Object { $_.Trim("`r", "`n") } | Write-Host }

$tables = 'pgbench_accounts', 'pgbench_branches', 'pgbench_tellers'
$clusters = @()
$service = $null
$equal = $false
$finished = $false

function Test-Equality([string] $When) {
    $comparison = @(Compare-DemoDatabase $databases $tables)
    $comparison | Show-Output
    $same = -not ($comparison | Where-Object { -not $_.Equal })
    Write-Host ($same ? "All five databases are equal $When." : "The databases DIFFER $When.") -ForegroundColor ($same ? 'Green' : 'Red')
    $same
}

try {
    # --- 1 to 3: PostgreSQL and Bucardo are installed already. Two servers, so that rows really travel.
    Write-Step 'Starting two PostgreSQL clusters'
    $clusters = @(Start-DemoCluster -Count 2)
    $first, $second = $clusters

    # --- 4: the control database.
    Write-Step 'Installing the control database'
    Install-Bucardo -HostName $first.HostName -Port $first.Port -UserName postgres | Show-Output
    $null = Connect-Bucardo -HostName $first.HostName -Port $first.Port -UserName postgres

    # --- 5: test data, the same in five databases: t1 to t3 in the first cluster, t4 and t5 in the second.
    Write-Step 'Creating pgbench data in t1 to t5'
    $databases = @(foreach ($number in 1..5) {
            [pscustomobject]@{ Name = "t$number"; DatabaseName = "btest$number"; Cluster = $number -le 3 ? $first : $second }
        })
    Initialize-DemoDatabase $databases

    # --- 6: tell Bucardo about the databases and the tables. pgbench_history is left out: it has no key.
    Write-Step 'Registering databases and tables'
    $databases | ForEach-Object {
        New-BucardoDatabase $_.Name -HostName $_.Cluster.HostName -Port $_.Cluster.Port -DatabaseName $_.DatabaseName -UserName postgres
    } | Show-Output
    Add-BucardoTable pgbench_accounts, pgbench_branches, pgbench_tellers -Herd therd | Show-Output

    # --- 7: group the databases and set their roles; then the sync. Changes do not start a round by themselves for now.
    Write-Step 'Making the database group and the sync'
    New-BucardoDatabaseGroup tgroup -Source t1, t2, t3, t4 -Target t5 | Show-Output
    New-BucardoSync foobar -Herd therd -DatabaseGroup tgroup -AutoKick $false | Show-Output
    Start-BucardoSync foobar

    # --- 8: start Bucardo.
    Write-Step 'Starting the service'
    $service = Start-BucardoService -Background -LogPath (Join-Path $first.Folder 'service.log')
    Register-DemoProcess $service.ProcessId
    $service | Show-Output

    # --- 9: make a bunch of changes on all the source databases. They all update the same few branches and tellers.
    Write-Step "pgbench: $Transactions transactions on each of t1 to t4, all at once"
    Invoke-DemoBenchmark $databases[0..3] ('-t', "$Transactions") -Activity 'pgbench on four sources' | Show-Output

    # --- 10: kick the sync and watch the fun.
    Write-Step 'Kicking the sync'
    Invoke-BucardoKick foobar -Wait -Timeout 90 | Show-Output
    Get-BucardoStatus | Show-Output
    $equal = Test-Equality 'after the kick'

    # --- And the same while the changes go on: every change wakes the service.
    Write-Step "pgbench: $Seconds seconds on t1 to t4, replicated as it runs"
    Set-BucardoSync foobar -AutoKick $true
    Invoke-DemoBenchmark $databases[0..3] ('-T', "$Seconds") -Activity 'pgbench on four sources, autokick on' | Show-Output

    Write-Step 'Waiting until everything has arrived'
    do {
        $kick = Invoke-BucardoKick foobar -Wait -Timeout 60
        Write-Progress -Activity 'Waiting until everything has arrived' -Status "$($kick.Run)"
    } until ($kick.Run.Outcome -eq 'Empty' -and $kick.Run.Deferred -eq 0)
    Write-Progress -Activity 'Waiting until everything has arrived' -Completed
    Get-BucardoSyncRun foobar -Last 5 | Show-Output
    Get-BucardoStatus | Show-Output
    $equal = (Test-Equality 'after the second part') -and $equal
    $finished = $true
}
catch {
    Write-Host "`nThe demo failed: $($_.Exception.Message)" -ForegroundColor Red
    Write-Host $_.ScriptStackTrace
    $equal = $false
    $finished = $true
}
finally {
    # Also after Ctrl+C.
    Write-Host "`n[$($clock.Elapsed.ToString('mm\:ss'))] Cleaning up" -ForegroundColor Cyan
    if ($service) { Stop-BucardoService -Timeout 15 -ErrorAction SilentlyContinue }
    Disconnect-Bucardo
    $clusters | Stop-DemoCluster
    # After Ctrl+C, 'pwsh -File' would return 0. (In somebody's interactive session this must not end the session.)
    if (-not $finished -and "$([System.Environment]::GetCommandLineArgs())" -match 'quickstart\.ps1') { [System.Environment]::Exit(130) }
}
exit ($equal ? 0 : 1)
