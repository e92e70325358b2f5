<#
.SYNOPSIS
Runs the Pester tests on the module that was built, and writes what came out into a report.

.DESCRIPTION
A script of its own, for a PowerShell of its own: tests inherit preferences, strict mode and variables of whoever
calls Pester, and are to run as people run the cmdlets. Those that are about such a setting set it themselves.

.PARAMETER Module
The folder that holds the module's folder.

.PARAMETER Pester
Pester's manifest.

.PARAMETER Report
The JSON file that says how many passed, failed and were skipped, and what failed and why.

.PARAMETER Filter
Only tests whose full name contains this text.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [string] $Module,

    [Parameter(Mandatory)]
    [string] $Pester,

    [Parameter(Mandatory)]
    [string] $Report,

    [string] $Filter = ''
)

# Services and shells that run for a few seconds: their code is worth neither compiling well, as the command does, nor compiling twice.
$env:DOTNET_TC_QuickJit, $env:DOTNET_TieredPGO, $env:DOTNET_TC_CallCountingDelayMs = '1', '0', '60000'
Import-Module $Pester
$env:PSModulePath = $Module + [System.IO.Path]::PathSeparator + $env:PSModulePath
$settings = New-PesterConfiguration
$settings.Run.Path = $PSScriptRoot
$settings.Run.PassThru = $true
$settings.Output.Verbosity = 'Normal'
$settings.Output.CIFormat = 'None'
if ($env:CI -or [Console]::IsOutputRedirected) { $settings.Output.RenderMode = 'Plaintext' }
if ($Filter) { $settings.Filter.FullName = "*$Filter*" }
$run = Invoke-Pester -Configuration $settings

$failed = @(
    $run.Failed + $run.FailedBlocks | ForEach-Object { "$($_.ExpandedPath): $($_.ErrorRecord | Select-Object -First 1)" }
    $run.FailedContainers | ForEach-Object { "$($_.Item): $($_.ErrorRecord | Select-Object -First 1)" }
)
@{
    Passed  = $run.PassedCount
    # A file that breaks outside of its tests has none that could fail; neither has a block whose AfterAll breaks.
    Failed  = [Math]::Max($run.FailedCount, $run.FailedBlocksCount) + $run.FailedContainersCount
    Skipped = $run.SkippedCount + $run.InconclusiveCount
    Names   = $failed
} | ConvertTo-Json | Set-Content -LiteralPath $Report
exit [int]($failed.Count -ne 0)
