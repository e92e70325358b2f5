# Throwaway PostgreSQL clusters and pgbench data for the demo and the tests. Nothing in here belongs to Bucardo.
# Works as root (the servers then run as user postgres) and as an ordinary user.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

# Lives exactly as long as its standard input: when PowerShell closes the pipe, or dies in whatever way, the server ends and its folder goes.
$clusterScript = @'
bin=$1 home=$2 port=$3
umask 077
trap '' INT HUP
unset PGDATA PGPORT PGHOST PGUSER PGDATABASE PGSERVICE PGPASSFILE PGOPTIONS
export LC_ALL=C
clean_up() {
    [ -n "$server" ] && kill -QUIT "$server" 2>/dev/null && wait "$server"
    rm -rf "$home"
}
trap clean_up EXIT
trap 'exit 1' TERM
mkdir -p "$home/socket" || exit 1
read -r password
printf '%s\n' "$password" >"$home/password"
"$bin/initdb" -D "$home/data" -U postgres -E UTF8 --no-locale --no-sync -A scram-sha-256 --pwfile="$home/password" >"$home/log" 2>&1 ||
    { echo "failed: $(tail -n 3 "$home/log" | tr '\n' ' ')"; exit 1; }
rm "$home/password"
"$bin/postgres" -D "$home/data" -p "$port" -k "$home/socket" -c listen_addresses=127.0.0.1 -c max_connections=100 -c fsync=off \
    -c full_page_writes=off -c synchronous_commit=off -c shared_buffers=64MB -c max_wal_size=1GB >>"$home/log" 2>&1 </dev/null &
server=$!
while [ "$(sed -n 8p "$home/data/postmaster.pid" 2>/dev/null | tr -d ' ')" != ready ]; do
    kill -0 "$server" 2>/dev/null || { echo "failed: $(tail -n 3 "$home/log" | tr '\n' ' ')"; exit 1; }
    sleep 0.05
done
echo ready
while read -r _; do :; done
'@

# Ends a process when PowerShell ends, however it ends.
$guardScript = 'trap "" INT HUP; read -r id; while read -r _; do :; done; kill "$id" 2>/dev/null'
$guards = [System.Collections.Generic.List[object]]::new() # .NET closes what nobody refers to

function Find-PostgresFolder {
    $candidates = @(
        $env:BUCARDO_PGBIN
        if (Get-Command pg_config -CommandType Application -ErrorAction Ignore) { pg_config --bindir }
        Get-ChildItem /usr/lib/postgresql -ErrorAction Ignore | Sort-Object { [double]($_.Name -as [double]) } -Descending | ForEach-Object { "$_/bin" }
        $env:PATH -split [System.IO.Path]::PathSeparator
    )
    $found = $candidates | Where-Object { $_ -and (Test-Path "$_/initdb") -and (Test-Path "$_/postgres") } | Select-Object -First 1
    if (-not $found) { throw 'There is no PostgreSQL server on this machine: install it (Debian: apt-get install postgresql), or name its folder in $env:BUCARDO_PGBIN.' }
    $found
}

# Servers refuse to run as root.
function Get-ServerUserPrefix {
    if ([System.Environment]::UserName -ne 'root') { return }
    if (Get-Command setpriv -CommandType Application -ErrorAction Ignore) { 'setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', '--' }
    else { 'runuser', '-u', 'postgres', '--' }
}

# A session of its own keeps Ctrl+C in the terminal away from it: PowerShell's end is what ends it, in order.
function Start-Supervised([string[]] $Command) {
    if (Get-Command setsid -CommandType Application -ErrorAction Ignore) { $Command = @('setsid') + $Command }
    $start = [System.Diagnostics.ProcessStartInfo]::new($Command[0])
    $Command | Select-Object -Skip 1 | ForEach-Object { $start.ArgumentList.Add($_) }
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.WorkingDirectory = '/'
    [System.Diagnostics.Process]::Start($start)
}

function Get-FreePort {
    while ($true) {
        $port = Get-Random -Minimum 20000 -Maximum 32000
        $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, $port)
        try { $listener.Start(); return $port } catch [System.Net.Sockets.SocketException] { continue } finally { $listener.Stop() }
    }
}

# Starts clusters side by side. Their superuser is postgres; the password goes into a passfile that $env:PGPASSFILE points to.
function Start-DemoCluster {
    [CmdletBinding()]
    param([int] $Count = 1)

    $bin = Find-PostgresFolder
    $prefix = @(Get-ServerUserPrefix)
    $password = [System.Convert]::ToHexString([System.Security.Cryptography.RandomNumberGenerator]::GetBytes(12))
    $clusters = @(foreach ($number in 1..$Count) {
            $folder = "/tmp/bucardo-demo-$PID-$([System.Guid]::NewGuid().ToString('N').Substring(0, 8))"
            $port = Get-FreePort
            $supervisor = Start-Supervised ($prefix + @('sh', '-c', $clusterScript, 'cluster', $bin, $folder, $port))
            $supervisor.StandardInput.WriteLine($password)
            $supervisor.StandardInput.Flush()
            [pscustomobject]@{ HostName = '127.0.0.1'; Port = $port; UserName = 'postgres'; Password = $password; Folder = $folder; Bin = $bin; Supervisor = $supervisor; PassFile = '' }
        })
    try {
        foreach ($cluster in $clusters) {
            $answer = $cluster.Supervisor.StandardOutput.ReadLineAsync()
            if (-not $answer.Wait(60000)) { throw "The PostgreSQL cluster in $($cluster.Folder) did not start within a minute." }
            if ($answer.Result -ne 'ready') { throw "The PostgreSQL cluster in $($cluster.Folder) did not start: $($answer.Result)" }
        }
        $passfile = [System.IO.Path]::GetTempFileName() # only its owner can read it
        [System.IO.File]::WriteAllLines($passfile, [string[]]@($clusters | ForEach-Object { "$($_.HostName):$($_.Port):*:$($_.UserName):$($_.Password)" }))
        $clusters | ForEach-Object { $_.PassFile = $passfile }
        $env:PGPASSFILE = $passfile
    }
    catch {
        $clusters | Stop-DemoCluster
        throw
    }
    $clusters
}

function Stop-DemoCluster {
    [CmdletBinding()]
    param([Parameter(ValueFromPipeline)] [psobject] $Cluster)

    process {
        if (-not $Cluster) { return }
        $Cluster.Supervisor.StandardInput.Close()
        if (-not $Cluster.Supervisor.WaitForExit(20000)) { $Cluster.Supervisor.Kill($true) }
        if ($Cluster.PassFile) {
            Remove-Item -LiteralPath $Cluster.PassFile -Force -ErrorAction Ignore
            if ($env:PGPASSFILE -eq $Cluster.PassFile) { $env:PGPASSFILE = $null }
        }
    }
}

# Runs one of PostgreSQL's programs against a cluster and returns what it prints.
function Invoke-DemoProgram {
    [CmdletBinding()]
    param([psobject] $Cluster, [string] $Program, [string[]] $Arguments)

    $path = Join-Path $Cluster.Bin $Program
    if (-not (Test-Path -LiteralPath $path)) { $path = $Program }
    $output = & $path -h $Cluster.HostName -p $Cluster.Port -U $Cluster.UserName @Arguments 2>&1
    if ($LASTEXITCODE -ne 0) { throw "$Program $Arguments failed: $($output -join ' ')" }
    $output | Where-Object { $_ -isnot [System.Management.Automation.ErrorRecord] }
}

# Runs SQL in a database; the rows come back as text, columns separated by |.
function Invoke-DemoSql {
    [CmdletBinding()]
    param([psobject] $Cluster, [string] $Database, [string] $Sql)

    Invoke-DemoProgram $Cluster psql @('-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', $Database, '-c', $Sql)
}

# Creates the databases with the same pgbench data in each: made once per cluster, copied within it. pgbench's data is the same every time.
function Initialize-DemoDatabase {
    [CmdletBinding()]
    param([psobject[]] $Database, [int] $Scale = 1)

    foreach ($group in $Database | Group-Object { $_.Cluster.Port }) {
        $first, $others = $group.Group
        Write-Progress -Activity 'Creating databases' -Status $first.Name
        $null = Invoke-DemoProgram $first.Cluster createdb @($first.DatabaseName)
        $null = Invoke-DemoProgram $first.Cluster pgbench @('-i', '-q', '-s', "$Scale", $first.DatabaseName)
        foreach ($item in $others) {
            Write-Progress -Activity 'Creating databases' -Status $item.Name
            $null = Invoke-DemoProgram $item.Cluster createdb @('-T', $first.DatabaseName, $item.DatabaseName)
        }
    }
    Write-Progress -Activity 'Creating databases' -Completed
}

# Ends a process when this PowerShell ends, however it ends.
function Register-DemoProcess {
    [CmdletBinding()]
    param([int] $Id)

    $guard = Start-Supervised @('sh', '-c', $guardScript)
    $guard.StandardInput.WriteLine($Id)
    $guard.StandardInput.Flush()
    $guards.Add($guard)
}

# Starts pgbench against several databases at once and waits for all of them. -Arguments: -t TRANSACTIONS or -T SECONDS.
function Invoke-DemoBenchmark {
    [CmdletBinding()]
    param([psobject[]] $Database, [string[]] $Arguments, [string] $Activity, [scriptblock] $While = { })

    $runs = @(foreach ($item in $Database) {
            $start = [System.Diagnostics.ProcessStartInfo]::new($(if (Test-Path "$($item.Cluster.Bin)/pgbench") { "$($item.Cluster.Bin)/pgbench" } else { 'pgbench' }))
            @('-n', '-h', $item.Cluster.HostName, '-p', $item.Cluster.Port, '-U', $item.Cluster.UserName) + $Arguments + $item.DatabaseName | ForEach-Object { $start.ArgumentList.Add($_) }
            $start.RedirectStandardOutput = $true
            $start.RedirectStandardError = $true
            $process = [System.Diagnostics.Process]::Start($start)
            Register-DemoProcess $process.Id
            [pscustomobject]@{ Name = $item.Name; Process = $process; Output = $process.StandardOutput.ReadToEndAsync(); Errors = $process.StandardError.ReadToEndAsync() }
        })
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    try {
        while ($waiting = @($runs | Where-Object { -not $_.Process.HasExited })) {
            Write-Progress -Activity $Activity -Status "$($waiting.Name -join ', '): $([int]$clock.Elapsed.TotalSeconds) s"
            & $While
            Start-Sleep -Milliseconds 250
        }
    }
    finally {
        Write-Progress -Activity $Activity -Completed
        $runs | Where-Object { -not $_.Process.HasExited } | ForEach-Object { $_.Process.Kill() }
    }
    foreach ($run in $runs) {
        if ($run.Process.ExitCode -ne 0) { throw "pgbench on $($run.Name) failed: $($run.Errors.Result)" }
        $count = [regex]::Match($run.Output.Result, 'actually processed: (\d+)').Groups[1].Value
        $speed = [regex]::Match($run.Output.Result, 'tps = ([\d.]+)').Groups[1].Value
        $failed = [regex]::Match($run.Output.Result, 'failed transactions: (\d+)').Groups[1].Value
        [pscustomobject]@{ Database = $run.Name; Transactions = [int]$count; Failed = [int]$failed; PerSecond = [int][double]$speed }
    }
}

# Compares tables row by row in all databases with the first one: how many rows there are, and how many of them the first one has not.
function Compare-DemoDatabase {
    [CmdletBinding()]
    param([psobject[]] $Database, [string[]] $Table)

    foreach ($name in $Table) {
        $reference = $null
        foreach ($item in $Database) {
            Write-Progress -Activity 'Comparing' -Status "$name in $($item.Name)"
            $rows = [System.Collections.Generic.HashSet[string]]::new([string[]]@(Invoke-DemoSql $item.Cluster $item.DatabaseName "SELECT t::text FROM $name t"))
            if ($null -eq $reference) { $reference = [System.Collections.Generic.HashSet[string]]::new($rows) }
            $count = $rows.Count
            $rows.ExceptWith($reference)
            [pscustomobject]@{ Table = $name; Database = $item.Name; Rows = $count; DifferentRows = $rows.Count; Equal = $rows.Count -eq 0 -and $count -eq $reference.Count }
        }
    }
    Write-Progress -Activity 'Comparing' -Completed
}

Export-ModuleMember -Function *-Demo*
