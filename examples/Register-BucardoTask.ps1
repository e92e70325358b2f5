#Requires -Version 7.4

<#
.SYNOPSIS
Registers a task of Windows' task scheduler that runs a round of each active sync every few minutes.

.DESCRIPTION
The task runs run-rounds.ps1 as the given user, also when nobody is logged in, and never twice at a time. It needs the rights of an administrator.
The passwords of the databases are best kept in that user's passfile (%APPDATA%\postgresql\pgpass.conf).

.PARAMETER Connection
Connection string of the control database.

.PARAMETER Every
How often a round is run.

.PARAMETER Credential
The user that the task runs as.

.PARAMETER TaskName
Name of the task.

.EXAMPLE
./Register-BucardoTask.ps1 -Connection 'host=db0 dbname=bucardo user=bucardo' -Every 00:05:00 -Credential (Get-Credential)
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [string] $Connection,
    [timespan] $Every = '00:05:00',
    [Parameter(Mandatory)] [pscredential] $Credential,
    [string] $TaskName = 'Bucardo rounds'
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# It will be in the task's definition, where others can read it.
if ($Connection -match 'password\s*=') { throw 'Keep the password out of the connection string: put it into the passfile of the user that the task runs as.' }

$script = Join-Path $PSScriptRoot 'run-rounds.ps1'
$task = @{
    TaskName    = $TaskName
    Description = 'Brings changes to all databases of the active syncs of Bucardo.'
    Action      = New-ScheduledTaskAction -Execute (Get-Command pwsh).Source -Argument "-NoProfile -NonInteractive -File `"$script`" -Connection `"$Connection`""
    Trigger     = New-ScheduledTaskTrigger -Once -At (Get-Date) -RepetitionInterval $Every
    Settings    = New-ScheduledTaskSettingsSet -MultipleInstances IgnoreNew -StartWhenAvailable -ExecutionTimeLimit ([timespan]::FromHours(4))
    User        = $Credential.UserName
    Password    = $Credential.GetNetworkCredential().Password
}
if ($PSCmdlet.ShouldProcess($TaskName, "Register a task that runs every $Every")) { Register-ScheduledTask @task -Force }
