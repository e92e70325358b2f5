#!/usr/bin/env pwsh
<#
.SYNOPSIS
Runs one round of each active sync, for a scheduler: cron, a systemd timer, the Windows task scheduler.

.DESCRIPTION
Where no service is wanted, this is all that is needed: changes are captured meanwhile, and a round brings them to all databases. Syncs that are
paused are left out, and so are those that a service runs.

The exit code is the worst that happened: 0 all is well; 1 a database could not take part (it catches up in a later round); 2 a round failed;
3 the control database could not be asked.

.PARAMETER Sync
Names of syncs; wildcards allowed. Default: all.

.PARAMETER Connection
Connection string of the control database. Default: $env:BUCARDO_CONNECTION, else the PG* variables.

.EXAMPLE
pwsh -NoProfile -NonInteractive -File run-rounds.ps1 -Sync shop -Connection 'service=bucardo'
#>
[CmdletBinding()]
param(
    [string[]] $Sync = '*',
    [string] $Connection
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module Bucardo.Ps

$control = if ($Connection) { @{ Connection = $Connection } } else { @{} }
try {
    $active = @(Get-BucardoSync $Sync @control | Where-Object { $_.Status -eq 'Active' -and -not $_.Paused })
    $served = @(Get-BucardoService @control | ForEach-Object Syncs)
}
catch {
    [Console]::Error.WriteLine("bucardo: $_")
    exit 3
}

$worst = 0
foreach ($name in $active.Name | Where-Object { $_ -notin $served }) {
    try {
        # What is missing is said here once; the warnings would say it again.
        $run = Invoke-BucardoSync $name @control -WarningAction SilentlyContinue
        "$name`: $($run.Outcome), $($run.Inserts) inserted, $($run.Updates) updated, $($run.Deletes) deleted, $($run.Conflicts) conflicts"
        foreach ($problem in $run.Problems) { [Console]::Error.WriteLine("bucardo: sync '$name', $problem") }
        if ($run.Problems) { $worst = [Math]::Max($worst, 1) }
    }
    catch {
        [Console]::Error.WriteLine("bucardo: $_")
        $worst = 2
    }
}
exit $worst
