# The world in which the examples of docs/cmdlets run: db0 has the control database, db1 to db4 each have a database shop, which here are shop_1 to
# shop_4 of the tests' one server. The databases paris, tokyo (sources of the group stores), lima (target); oslo, on db4, is not registered.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

$databases = 'bucardo', 'shop_1', 'shop_2', 'shop_3', 'shop_4'
$nodes = @{ paris = 'shop_1'; tokyo = 'shop_2'; lima = 'shop_3'; oslo = 'shop_4' }
$kept = @{}
$schema = @'
CREATE SCHEMA shop;
CREATE TABLE shop.customer (id int PRIMARY KEY, name text, city text, updated timestamptz);
CREATE TABLE shop.item (id int PRIMARY KEY, title text, price numeric, stock int NOT NULL DEFAULT 0);
CREATE TABLE shop.orders (id int PRIMARY KEY, customer int REFERENCES shop.customer, item int REFERENCES shop.item);
CREATE TABLE shop.page (url text PRIMARY KEY, hits bigint NOT NULL DEFAULT 0);
CREATE TABLE shop.note (id int PRIMARY KEY, body text);
CREATE TABLE shop.voucher (code text PRIMARY KEY, used int NOT NULL DEFAULT 0);
CREATE TABLE shop.visit (at timestamptz, url text);
CREATE SEQUENCE shop.order_number;
INSERT INTO shop.customer VALUES (42, 'Ann', 'Bergen'), (43, 'Bob', 'Lyon');
INSERT INTO shop.item VALUES (7, 'lamp', 20, 5), (8, 'chair', 45, 2);
'@

# Makes the world once; Reset-ExampleWorld copies it.
function New-ExampleWorld {
    param([string] $Folder)

    $cluster = Get-TestCluster
    'PGPORT', 'PGUSER', 'PGSERVICEFILE' | ForEach-Object { $kept[$_] = [Environment]::GetEnvironmentVariable($_) }
    $env:PGPORT = $cluster.Port
    $env:PGUSER = $cluster.UserName
    $env:PGSERVICEFILE = Join-Path $Folder services.conf
    "[rome]`nhost=$($cluster.HostName)" | Set-Content $env:PGSERVICEFILE
    $null = Invoke-TestSql postgres "DO `$`$ BEGIN CREATE ROLE bucardo LOGIN SUPERUSER PASSWORD '$($cluster.Password)'; EXCEPTION WHEN duplicate_object THEN NULL; END `$`$"
    Add-Content -LiteralPath $env:PGPASSFILE "$($cluster.HostName):$($cluster.Port):*:bucardo:$($cluster.Password)"

    $databases | Where-Object { $_ -ne 'bucardo' } | ForEach-Object { New-TestDatabase $_ $schema }
    $null = Invoke-Runnable @'
Install-Bucardo -HostName db0
Connect-Bucardo -HostName db0
New-BucardoDatabase paris -HostName db1 -DatabaseName shop -UserName bucardo
New-BucardoDatabase tokyo -HostName db2 -DatabaseName shop -UserName bucardo
New-BucardoDatabase lima -HostName db3 -DatabaseName shop -UserName bucardo
New-BucardoDatabaseGroup stores -Source paris, tokyo -Target lima
New-BucardoDatabaseGroup pair -Source paris -Target tokyo
Add-BucardoTable shop.customer, shop.item, shop.orders -Herd shop
Add-BucardoTable shop.page -Herd pages
Add-BucardoTable shop.note
New-BucardoSync shop -Herd shop -DatabaseGroup stores
New-BucardoSync pages -Herd pages -DatabaseGroup pair -AutoKick $false -CheckTime 1h
Start-BucardoSync shop
Invoke-ExampleSql paris "UPDATE shop.customer SET city = 'Oslo' WHERE id = 42; UPDATE shop.item SET price = 21 WHERE id = 7"
Start-Sleep -Milliseconds 20
Invoke-ExampleSql tokyo "UPDATE shop.customer SET city = 'Rome' WHERE id = 42; UPDATE shop.item SET price = 22 WHERE id = 7"
Invoke-BucardoSync shop
Invoke-ExampleSql lima 'SELECT 1'
Invoke-BucardoSync shop
'@
    $null = Invoke-ServerSql ($databases | ForEach-Object { "ALTER DATABASE $_ RENAME TO example_$_;" })
}

function Reset-ExampleWorld {
    param([ValidateSet('control', 'everything')] [string] $Damage = 'everything')

    $null = Invoke-ServerSql ($databases | Where-Object { $Damage -eq 'everything' -or $_ -eq 'bucardo' } | ForEach-Object { "DROP DATABASE IF EXISTS $_ WITH (FORCE);", "CREATE DATABASE $_ TEMPLATE example_$_ STRATEGY file_copy;" })
    $null = Invoke-Runnable 'Connect-Bucardo -HostName db0'
}

function Remove-ExampleWorld {
    Disconnect-Bucardo
    $names = @($databases) + @($databases | ForEach-Object { "example_$_" }) + 'bucardo_new', 'bucardo_test'
    $null = Invoke-ServerSql ($names | ForEach-Object { "DROP DATABASE IF EXISTS $_ WITH (FORCE);" })
    $kept.GetEnumerator() | ForEach-Object { [Environment]::SetEnvironmentVariable($_.Key, $_.Value) }
}

# Databases are made and dropped by statements of their own.
function Invoke-ServerSql([string[]] $Statement) {
    $cluster = Get-TestCluster
    $psql = if (Test-Path "$($cluster.Bin)/psql") { "$($cluster.Bin)/psql" } else { 'psql' }
    $output = $Statement | & $psql -X -q -v ON_ERROR_STOP=1 -h $cluster.HostName -p $cluster.Port -U $cluster.UserName -d postgres 2>&1
    if ($LASTEXITCODE -ne 0) { throw "psql: $output" }
}

# What a page may say in a comment 'before' to make its example's world.
function Invoke-ExampleSql([string] $Node, [string] $Sql) { $null = Invoke-TestSql $nodes[$Node] $Sql }
function Start-ExampleService { $null = Start-BucardoService -Background -LogPath (Join-Path ([System.IO.Path]::GetTempPath()) "bucardo-example-$PID.log") }

# The hosts of the examples are one here, so their databases cannot have the same name.
function ConvertTo-Runnable([string] $Code) {
    $cluster = Get-TestCluster
    $lines = $Code -split "`n" | ForEach-Object {
        if ($_ -match '\bdb(?<number>[1-4])\b') { $_ -replace '\bshop\b', "shop_$($Matches.number)" } else { $_ }
    }
    $lines -join "`n" -replace '\bdb[0-4]\b', $cluster.HostName
}

# Runs commands as somebody would who answers yes to everything; any error ends them.
function Invoke-Runnable([string] $Code) {
    $ConfirmPreference = 'None'
    $WarningPreference = 'SilentlyContinue'
    & ([scriptblock]::Create((ConvertTo-Runnable $Code)))
}

# The pages' examples: title, commands, what they print, and the comments for the tests.
function Get-HelpExample([string] $Path) {
    $text = (Get-Content -LiteralPath $Path -Raw) -replace "`r"
    foreach ($part in ($text -split '(?m)^### (?=Example \d+: )' | Select-Object -Skip 1)) {
        $part = ($part -split '(?m)^## ')[0]
        @{
            Cmdlet = [System.IO.Path]::GetFileNameWithoutExtension($Path)
            Title = ($part -split "`n")[0]
            Code = [regex]::Match($part, '(?ms)^```powershell\n(.*?)^```$').Groups[1].Value
            Output = [regex]::Match($part, '(?ms)^```output\n(.*?)^```$').Groups[1].Value
            Before = [regex]::Match($part, '(?s)<!-- before: (.*?) -->').Groups[1].Value
            NotRun = [regex]::Match($part, '(?s)<!-- not run: (.*?) -->').Groups[1].Value
        }
    }
}

# The commands in a topic (lines with a prompt, and what goes on under them) and in a markdown file.
function Get-TopicCode([string] $Path) {
    $text = Get-Content -LiteralPath $Path -Raw
    [regex]::Matches($text, '(?m)^ *PS> (.*(?:\n {8,}\S.*)*)') | ForEach-Object { $_.Groups[1].Value } | Join-String -Separator "`n"
}

function Get-MarkdownCode([string] $Path) {
    $text = (Get-Content -LiteralPath $Path -Raw) -replace "`r"
    [regex]::Matches($text, '(?ms)^```powershell\n(.*?)^```$') | ForEach-Object { $_.Groups[1].Value } | Join-String -Separator "`n"
}

# What commands change of the world: nothing, the control database only, or other databases as well.
function Get-Damage([string] $Code) {
    $tree = [System.Management.Automation.Language.Parser]::ParseInput($Code, [ref]$null, [ref]$null)
    $names = @($tree.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true) | ForEach-Object GetCommandName | Where-Object { $_ -match '-(Example|Bucardo)' })
    switch -Regex ($names) {
        '-Example|^(Start|Stop|Restart|Invoke|Restore|Uninstall)-|^Remove-|^Test-BucardoSync|Delta|CustomCode' { return 'everything' }
    }
    if ($names -notmatch '^(Get|Find|Test|Measure)-') { 'control' } else { 'nothing' }
}

# Numbers, times and places differ from run to run; the rest of what is printed does not.
function Get-Shape([string] $Text) {
    $Text -replace '\e\[[\d;]*m' -split "`n" | ForEach-Object {
        $_ -replace '\d{4}-\d\d-\d\d( \d\d:\d\d(:\d\d)?)?|\d\d:\d\d:\d\d', 'TIME' -replace '(\d+[dhm] \d+[hms]|[\d.]+m?s)\b', 'DURATION' `
            -replace '\b(db\d|127\.0\.0\.1)(:\d+)?\b', 'HOST' -replace '\bshop_\d\b', 'shop' -replace '\d+', '9' -replace '[\s\-]+', ' '
    } | ForEach-Object Trim | Where-Object { $_ }
}

Export-ModuleMember -Function Invoke-ExampleSql, New-ExampleWorld, Reset-ExampleWorld, Remove-ExampleWorld, Get-HelpExample, Get-TopicCode, Get-MarkdownCode, Invoke-Runnable, Get-Damage, Get-Shape
