# What the test files share: the built module, one throwaway cluster for all of them, and databases of their own for each.
# The cluster ends with this process, however it ends. $env:BUCARDO_TEST_SERVER (an administrator's Npgsql connection string) names a server to use instead.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

Import-Module "$PSScriptRoot/../../examples/DemoCluster.psm1"

$modulePath = if ($env:BUCARDO_MODULE_PATH) { $env:BUCARDO_MODULE_PATH } else { "$PSScriptRoot/../../out/module/Bucardo.Ps" }
if (-not (Test-Path $modulePath)) { throw "The module is not built: there is no $modulePath. Run ./build.ps1 Build, or set BUCARDO_MODULE_PATH." }
Import-Module $modulePath -Global

# A table of each kind: plain key, composite key, names that need quotes, unique NOT NULL columns, no key at all.
$nodeSchema = @'
CREATE SCHEMA shop;
CREATE TABLE account (id int PRIMARY KEY, owner text, amount numeric NOT NULL DEFAULT 0);
CREATE TABLE history (at timestamptz, what text);
CREATE TABLE shop.item (maker text, number int, title text, PRIMARY KEY (maker, number));
CREATE TABLE shop.note (code text NOT NULL UNIQUE, body text);
CREATE TABLE shop."Odd.Name *" ("The Key" int PRIMARY KEY, v text);
CREATE SEQUENCE shop.counter;
'@

function Get-TestModulePath { (Resolve-Path $modulePath).Path }

# Installed as a .NET tool, PowerShell runs inside of 'dotnet'.
function Get-TestPowerShell {
    $self = [System.Environment]::ProcessPath
    if ((Split-Path $self -LeafBase) -eq 'pwsh') { return $self }
    (Get-Command pwsh -CommandType Application | Select-Object -First 1).Source
}

function Get-TestCluster {
    if (-not (Get-Variable BucardoTestCluster -Scope Global -ErrorAction Ignore)) {
        $global:BucardoTestCluster = if ($env:BUCARDO_TEST_SERVER) { Get-ExternalServer } else { Start-DemoCluster }
        $env:BUCARDO_KEYFILE ??= [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), "bucardo-test-$PID.key")
        New-TestDatabase bucardo_test_template $nodeSchema
    }
    $global:BucardoTestCluster
}

function Get-ExternalServer {
    $settings = [System.Data.Common.DbConnectionStringBuilder]::new()
    $settings.set_ConnectionString($env:BUCARDO_TEST_SERVER)
    if ($settings.ContainsKey('Password')) { $env:PGPASSWORD = $settings['Password'] }
    [pscustomobject]@{ HostName = $settings['Host']; Port = [int]$(if ($settings.ContainsKey('Port')) { $settings['Port'] } else { 5432 }); UserName = $settings['Username']; Password = $env:PGPASSWORD; Bin = '/usr/bin' }
}

function Invoke-TestSql([string] $Database, [string] $Sql) { Invoke-DemoSql (Get-TestCluster) $Database $Sql }

function New-TestDatabase([string] $Name, [string] $Sql = '', [string] $Template = 'template1') {
    Invoke-DemoSql $global:BucardoTestCluster postgres "DROP DATABASE IF EXISTS $Name" | Out-Null
    Invoke-DemoSql $global:BucardoTestCluster postgres "CREATE DATABASE $Name TEMPLATE $Template" | Out-Null
    if ($Sql) { Invoke-DemoSql $global:BucardoTestCluster $Name $Sql | Out-Null }
}

# A control database and empty nodes, on servers that nobody else uses; the session is connected to it.
function New-TestSite {
    param([string[]] $Node = @(), [switch] $Register)

    $cluster = Get-TestCluster
    $mark = 'x' + [System.Guid]::NewGuid().ToString('N').Substring(0, 10)
    $site = [pscustomobject]@{
        Server = @{ HostName = $cluster.HostName; Port = $cluster.Port; UserName = $cluster.UserName }
        Control = "$mark`_control"
        Nodes = [ordered]@{}
        Connection = $null
    }
    $server = $site.Server
    $null = Install-Bucardo @server -DatabaseName $site.Control
    $site.Connection = Connect-Bucardo @server -DatabaseName $site.Control
    foreach ($name in $Node) {
        $site.Nodes[$name] = "$mark`_$name"
        New-TestDatabase $site.Nodes[$name] -Template bucardo_test_template
        if ($Register) { $null = New-BucardoDatabase $name @server -DatabaseName $site.Nodes[$name] }
    }
    $site
}

function Remove-TestSite([psobject] $Site) {
    Disconnect-Bucardo
    if (-not $Site) { return }
    foreach ($name in @($Site.Nodes.Values) + $Site.Control) { $null = Invoke-TestSql postgres "DROP DATABASE IF EXISTS $name WITH (FORCE)" }
}

# The stable part of the identifiers of all errors that a script raises.
function Get-ErrorId([scriptblock] $Script) {
    try { $records = & $Script 2>&1 | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] } } catch { $records = $_ }
    $records | ForEach-Object { ($_.FullyQualifiedErrorId -split ',')[0] }
}

# Has somebody else hold a table of a database; Dispose or Kill the result to let it go.
function Start-TestLock([string] $Database, [string] $Table, [int] $Seconds = 20) {
    $cluster = Get-TestCluster
    $psql = if (Test-Path "$($cluster.Bin)/psql") { "$($cluster.Bin)/psql" } else { 'psql' }
    $sql = "BEGIN; LOCK TABLE $Table; SELECT pg_sleep($Seconds)"
    $start = [System.Diagnostics.ProcessStartInfo]::new($psql, [string[]]('-X', '-q', '-h', $cluster.HostName, '-p', $cluster.Port, '-U', $cluster.UserName, '-d', $Database, '-c', $sql))
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    Wait-TestCondition { (Invoke-TestSql $Database "SELECT count(*) FROM pg_locks WHERE relation = '$Table'::regclass AND mode = 'AccessExclusiveLock' AND granted") -eq 1 }
    $process
}

function Stop-TestLock([System.Diagnostics.Process] $Lock) {
    if (-not $Lock) { return }
    # The end of the program alone would not end the statement.
    $null = Invoke-TestSql postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK TABLE%'"
    if (-not $Lock.WaitForExit(5000)) { $Lock.Kill() }
    $Lock.Dispose()
}

# Waits until a condition holds.
function Wait-TestCondition([scriptblock] $Condition, [int] $Seconds = 30, [string] $What = "$Condition") {
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($clock.Elapsed.TotalSeconds -gt $Seconds) { throw "After $Seconds seconds, still not: $What" }
        Start-Sleep -Milliseconds 100
    }
}

Export-ModuleMember -Function Get-TestModulePath, Get-TestPowerShell, Get-TestCluster, Invoke-TestSql, New-TestSite, New-TestDatabase, Remove-TestSite, Start-TestLock, Stop-TestLock, Get-ErrorId, Wait-TestCondition
