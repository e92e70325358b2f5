#!/usr/bin/env pwsh
<#
.SYNOPSIS
Looks whether replication is well, and says so with an exit code that monitoring systems know.

.DESCRIPTION
It connects to every database, looks at every active sync on all of them, at the last rounds and at the conflicts of the last day, and prints what it
finds, the worst first. It changes nothing.

Exit codes: 0 all is well; 1 warning; 2 critical; 3 the control database could not be asked.

.PARAMETER MaximumAge
A sync whose last good round is older than this is critical. Default: a day.

.PARAMETER MaximumConflicts
More lost versions than this within 24 hours are a warning. Default: 100.

.PARAMETER Connection
Connection string of the control database. Default: $env:BUCARDO_CONNECTION, else the PG* variables.

.EXAMPLE
pwsh -NoProfile -NonInteractive -File nightly-check.ps1 -MaximumAge 02:00:00
#>
[CmdletBinding()]
param(
    [timespan] $MaximumAge = '1.00:00:00',
    [int] $MaximumConflicts = 100,
    [string] $Connection
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module Bucardo.Ps

$control = if ($Connection) { @{ Connection = $Connection } } else { @{} }
function Find-Trouble {
    $active = @(Get-BucardoSync @control | Where-Object Status -eq 'Active')
    foreach ($test in Test-BucardoDatabase @control | Where-Object { -not $_.Ready }) {
        foreach ($problem in $test.Problems) { [pscustomobject]@{ Level = 2; Where = $test.Name; What = $problem.Message } }
    }
    foreach ($sync in $active) {
        foreach ($problem in Test-BucardoSync $sync.Name @control) { [pscustomobject]@{ Level = 2; Where = $sync.Name; What = $problem.Message } }
        if ($sync.Paused) { [pscustomobject]@{ Level = 1; Where = $sync.Name; What = "It is paused: $($sync.PauseReason)" } }
        $last = Get-BucardoSyncRun $sync.Name -Last 1 @control
        if (-not $last) { [pscustomobject]@{ Level = 1; Where = $sync.Name; What = 'No round has been run yet.' } }
        elseif ($last.Outcome -eq 'Bad') { [pscustomobject]@{ Level = 2; Where = $sync.Name; What = "The last round failed: $($last.Status)" } }
        elseif ([DateTimeOffset]::Now - $last.Started -gt $MaximumAge) { [pscustomobject]@{ Level = 2; Where = $sync.Name; What = "The last round was at $($last.Started.ToLocalTime())." } }
        $conflicts = @(Get-BucardoConflict $sync.Name -Since ([DateTimeOffset]::Now.AddDays(-1)) -First 0 @control).Count
        if ($conflicts -gt $MaximumConflicts) { [pscustomobject]@{ Level = 1; Where = $sync.Name; What = "$conflicts versions lost a conflict within 24 hours." } }
    }
}

try {
    $troubles = @(Find-Trouble | Sort-Object Level -Descending)
}
catch {
    "UNKNOWN: $_"
    exit 3
}
$worst = if ($troubles) { $troubles[0].Level } else { 0 }
'OK', 'WARNING', 'CRITICAL' | Select-Object -Index $worst
foreach ($trouble in $troubles) { "$($trouble.Where): $($trouble.What)" }
exit $worst
