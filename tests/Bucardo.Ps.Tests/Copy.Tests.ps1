BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $site = New-TestSite -Node a, b, c -Register
    $null = Add-BucardoTable account, shop.item -Herd h
    $null = New-BucardoDatabaseGroup g -Source a, b -Target c
    $null = New-BucardoSync s -Herd h -DatabaseGroup g
    # As it is before a first copy: rows that nobody has captured.
    $null = Invoke-TestSql $site.Nodes.a "INSERT INTO account (id, owner) SELECT i, 'a' FROM generate_series(1, 500) i"
    $null = Invoke-TestSql $site.Nodes.a "INSERT INTO shop.item SELECT 'i' || i, 1, 'x' FROM generate_series(1, 20) i"
    function Get-Rows([string] $Node, [string] $Table) { Invoke-TestSql $site.Nodes[$Node] "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') FROM $Table t" }
    function Test-Level([string[]] $Node) {
        foreach ($table in 'account', 'shop.item') { foreach ($name in $Node) { Get-Rows $name $table | Should -Be (Get-Rows a $table) -Because "$table on $name" } }
    }
}

AfterAll { Remove-TestSite $site }

Describe 'Copy-BucardoData' {
    It 'needs an active sync, so that nothing is missed' {
        Get-ErrorId { Copy-BucardoData s b -Confirm:$false } | Should -Be 'SyncInactive'
        Start-BucardoSync s
    }

    It 'with -WhatIf names the database and touches nothing' {
        Copy-BucardoData s * -WhatIf | Should -BeNullOrEmpty
        Get-BucardoSync s | Copy-BucardoData -Target b, c -WhatIf | Should -BeNullOrEmpty
        Get-Rows b account | Should -Match '^0 '
    }

    It 'copies to one database, and says what' {
        $copies = @(Copy-BucardoData s b -Confirm:$false)
        $copies | Should -BeOfType Bucardo.Model.TableCopy
        $copies | ForEach-Object { "$_" } | Should -Be 'public.account to b: 500 rows', 'shop.item to b: 20 rows'
        $copies[0].Source, $copies[0].Outcome | Should -Be a, Copied
        Test-Level b
    }

    It 'copies to all others of the sync, only what is empty there' {
        $copies = @(Get-BucardoSync s | Copy-BucardoData -Target * -IfEmpty -ThrottleLimit 4 -Confirm:$false)
        @($copies | Where-Object Target -EQ b).Outcome | Should -Be NotEmpty, NotEmpty
        @($copies | Where-Object Target -EQ c).Outcome | Should -Be Copied, Copied
        Test-Level b, c
    }

    It 'copies the tables that are named, from the source that is named' {
        $null = Invoke-TestSql $site.Nodes.c "UPDATE account SET owner = 'stray'; DELETE FROM shop.item"
        $copies = @(Copy-BucardoData s c -Source b -Table acc* -Truncate -Confirm:$false)
        $copies.Table | Should -Be public.account
        Get-Rows c account | Should -Be (Get-Rows b account)
        Get-Rows c shop.item | Should -Match '^0 '
        $null = Copy-BucardoData s c -Confirm:$false
        Test-Level b, c
    }

    It 'is followed by the rounds' {
        $null = Invoke-TestSql $site.Nodes.b "UPDATE account SET owner = 'b' WHERE id <= 10"
        $null = Invoke-TestSql $site.Nodes.a 'DELETE FROM shop.item WHERE maker = ''i7'''
        (Invoke-BucardoSync s).Conflicts | Should -Be 0
        Test-Level b, c
        Measure-BucardoDelta s | Should -BeNullOrEmpty
    }

    It 'destroys nothing that the source has not received; the other tables are copied' {
        $null = Invoke-TestSql $site.Nodes.b "INSERT INTO account (id, owner) VALUES (9000, 'mine')"
        $copies = @(Copy-BucardoData s b -Confirm:$false -ErrorVariable problems -ErrorAction SilentlyContinue)
        $copies.Table | Should -Be shop.item
        $problems.Count | Should -Be 1
        $problems[0].FullyQualifiedErrorId | Should -Match '^CopyFailed,'
        "$($problems[0])" | Should -Match 'public.account on database b has changes that a has not received.*Invoke-BucardoSync'
        Invoke-TestSql $site.Nodes.b 'SELECT owner FROM account WHERE id = 9000' | Should -Be mine
        $null = Invoke-BucardoSync s
        Test-Level b, c
    }

    It 'says what is wrong: <Id>' -ForEach @(
        @{ Id = 'DatabaseNotInSync'; Call = { Copy-BucardoData s nope -Confirm:$false } }
        @{ Id = 'CopySourceInvalid'; Call = { Copy-BucardoData s b -Source c -Confirm:$false } }
        @{ Id = 'CopySourceInvalid'; Call = { Copy-BucardoData s b -Source b -Confirm:$false } }
        @{ Id = 'TableNotFound'; Call = { Copy-BucardoData s b -Table nope -Confirm:$false } }
        @{ Id = 'TableNotInSync'; Call = { Add-BucardoTable shop.note; Copy-BucardoData s b -Table shop.note -Confirm:$false } }
        @{ Id = 'SyncNotFound'; Call = { Copy-BucardoData nope b -Confirm:$false } }
    ) {
        Get-ErrorId $Call | Should -Be $Id
    }

    It 'leaves a table as it was when its process is killed in the middle of it, and does it all the next time' {
        $null = Invoke-TestSql $site.Nodes.a "INSERT INTO account (id, owner) SELECT i, repeat('x', 200) FROM generate_series(10000, 410000) i"
        $null = Invoke-BucardoSync s
        $before = Get-Rows c account
        $script = "`$env:PSModulePath = '$env:PSModulePath'; Import-Module Bucardo.Ps; Copy-BucardoData s c -Connection 'host=$($site.Server.HostName) port=$($site.Server.Port) user=$($site.Server.UserName) dbname=$($site.Control)' -Confirm:`$false"
        $process = Start-Process (Get-Process -Id $PID).Path -ArgumentList '-NoProfile', '-EncodedCommand', ([Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($script))) -PassThru -RedirectStandardOutput (Join-Path $TestDrive out) -RedirectStandardError (Join-Path $TestDrive err)
        $deadline = [datetime]::Now.AddSeconds(60)
        $under = "SELECT count(*) FROM pg_stat_progress_copy p WHERE p.datname = '$($site.Nodes.c)' AND p.command = 'COPY FROM' AND p.tuples_processed > 1000"
        while ((Invoke-TestSql $site.Nodes.c $under) -eq '0') {
            [datetime]::Now | Should -BeLessThan $deadline -Because (Get-Content (Join-Path $TestDrive err) -Raw -ErrorAction Ignore)
            $process.HasExited | Should -BeFalse -Because 'the copy takes longer than looking'
        }
        $process.Kill()
        $process.WaitForExit()
        while ((Invoke-TestSql $site.Nodes.c "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'bucardo copy' AND datname = current_database()") -ne '0') { Start-Sleep -Milliseconds 100 }
        Get-Rows c account | Should -Be $before
        $null = Copy-BucardoData s c -Confirm:$false
        $null = Invoke-BucardoSync s
        Test-Level b, c
    }
}
