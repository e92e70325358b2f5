BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $site = New-TestSite -Node a, b, c -Register
    $null = New-BucardoSync s -Table account, shop.item -Source a, b -Target c
    Start-BucardoSync s
    function Get-Rows([string] $Node, [string] $Table = 'account') { (Invoke-TestSql $site.Nodes[$Node] "SELECT coalesce(string_agg(t::text, ' ' ORDER BY t::text), '') FROM $Table t") -join '' }
}

AfterAll { Remove-TestSite $site }

Describe 'Invoke-BucardoSync' {
    It 'moves rows and returns what it did' {
        $null = Invoke-TestSql $site.Nodes.a "INSERT INTO account VALUES (1, 'ann', 10), (2, 'bob', 20)"
        $null = Invoke-TestSql $site.Nodes.b "INSERT INTO account VALUES (3, 'cid', 30)"
        $run = Invoke-BucardoSync s
        $run | Should -BeOfType Bucardo.Model.SyncRun
        $run.Outcome | Should -Be 'Good'
        $run.Inserts | Should -Be 6
        $run.Conflicts | Should -Be 0
        $run.Duration | Should -BeGreaterThan ([timespan]::Zero)
        'a', 'b', 'c' | ForEach-Object { Get-Rows $_ | Should -Be '(1,ann,10) (2,bob,20) (3,cid,30)' }
        (Get-BucardoSync s | Invoke-BucardoSync).Outcome | Should -Be 'Empty'
    }

    It 'resolves a conflict: the latest change wins everywhere' {
        $null = Invoke-TestSql $site.Nodes.a "UPDATE account SET owner = 'early' WHERE id = 1"
        Start-Sleep -Milliseconds 50
        $null = Invoke-TestSql $site.Nodes.b "UPDATE account SET owner = 'late' WHERE id = 1"
        (Invoke-BucardoSync s).Conflicts | Should -Be 1
        'a', 'b', 'c' | ForEach-Object { Get-Rows $_ | Should -Match '\(1,late,10\)' }
    }

    It 'does nothing with -WhatIf but to say what it would do' {
        $null = Invoke-TestSql $site.Nodes.a 'DELETE FROM account WHERE id = 2'
        (Invoke-BucardoSync s -WhatIf).Rows | Should -Be 2
        Get-Rows c | Should -Match '\(2,bob,20\)'
        (Invoke-BucardoSync s).Deletes | Should -Be 2
    }

    It 'warns of a database that is away, and goes on among the others' {
        $settings = Get-BucardoDatabase c
        Set-BucardoDatabase c -Port 1
        try {
            $null = Invoke-TestSql $site.Nodes.a "INSERT INTO account VALUES (4, 'dee', 40)"
            $run = Invoke-BucardoSync s -WarningVariable warnings -WarningAction SilentlyContinue
            Get-Rows b | Should -Match 'dee'
            $run.Problems.Database | Should -Be 'c'
            "$warnings" | Should -Match "'s', c: "
        }
        finally { Set-BucardoDatabase c -Port $settings.Connection.Port }
        $null = Invoke-BucardoSync s
        Get-Rows c | Should -Match 'dee'
    }

    It 'stops at once on Ctrl+C and leaves nothing half done' {
        $null = Invoke-TestSql $site.Nodes.a "INSERT INTO account VALUES (5, 'eve', 50)"
        $shell = [powershell]::Create()
        # Somebody holds the table on b, so that the round has to wait.
        $lock = Start-TestLock $site.Nodes.b account
        try {
            $null = $shell.AddScript({ param($path, $connection) Import-Module $path; Invoke-BucardoSync s -Connection $connection }).AddArgument((Get-TestModulePath)).AddArgument($site.Connection)
            $null = $shell.BeginInvoke()
            Wait-TestCondition { (Invoke-TestSql $site.Nodes.b "SELECT count(*) FROM pg_locks WHERE relation = 'account'::regclass AND NOT granted") -ne 0 }
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 3
        }
        finally {
            Stop-TestLock $lock
            $shell.Dispose()
        }
        Wait-TestCondition { try { (Invoke-BucardoSync s -ErrorAction Stop).Outcome -ne 'Bad' } catch { $false } }
        'b', 'c' | ForEach-Object { Get-Rows $_ | Should -Match 'eve' }
    }
}

Describe 'Get-BucardoSyncRun' {
    It 'shows the rounds, newest first' {
        $runs = @(Get-BucardoSyncRun)
        $runs.Count | Should -BeGreaterThan 4
        $runs[0].Id | Should -BeGreaterThan $runs[1].Id
        (Get-BucardoSyncRun -Last 2).Count | Should -Be 2
        (Get-BucardoSync | Get-BucardoSyncRun).Count | Should -Be $runs.Count
        @(Get-BucardoSyncRun s -Outcome Empty).Outcome | Sort-Object -Unique | Should -Be 'Empty'
        (Get-BucardoSyncRun -Id $runs[1].Id).Id | Should -Be $runs[1].Id
        Get-BucardoSyncRun -Since ([datetime]::Now.AddHours(1)) | Should -BeNullOrEmpty
        Get-ErrorId { Get-BucardoSyncRun nope } | Should -Be 'SyncNotFound'
    }

    It 'fits into 120 columns' {
        $lines = Get-BucardoSyncRun | Out-String -Width 120 -Stream | Where-Object { $_ }
        $lines[0] | Should -Match '^ +Id Sync +Outcome +Started +Time +I/U/D Conflicts Status'
    }
}

Describe 'Get-BucardoStatus' {
    It 'shows one line per sync, as bucardo status does' {
        $state = Get-BucardoStatus
        $state | Should -BeOfType Bucardo.Model.SyncState
        $state.Name | Should -Be 's'
        $state.State | Should -BeIn 'Good', 'Empty'
        $state.LastGood | Should -Not -BeNullOrEmpty
        $lines = Get-BucardoStatus | Out-String -Width 120 -Stream | Where-Object { $_ }
        $lines[0] | Should -Match '^Name +State +Last good +Time +Last I/D/C +Last bad +Databases$'
        $lines[2] | Should -Match '^s +(Good|Empty) +\d\d:\d\d:\d\d +[\d.]+m?s +\d+/\d+/\d+ +'
    }

    It 'says whether all is well, and if not, where and why' {
        $state = Get-BucardoStatus s
        $state.Health, $state.Pending, $state.Lag | Should -Be 'Good', 0, ([timespan]::Zero)
        $state.Reasons | Should -BeNullOrEmpty
        $state.Nodes | Should -BeOfType Bucardo.Model.SyncNode
        "$($state.Nodes.Database)", "$($state.Nodes.State)" | Should -Be 'a b c', 'Online Online Online'
        (Get-BucardoStatus s -Quick).Nodes | Should -BeNullOrEmpty

        $null = Invoke-TestSql $site.Nodes.a "INSERT INTO account (id) VALUES (900); UPDATE bucardo_node.change_1 SET at = at - interval '10 minutes'"
        $state = Get-BucardoStatus s
        $state.Health | Should -Be 'Warning'
        $state.Lag.TotalMinutes | Should -BeGreaterThan 9
        "$($state.Reasons)" | Should -Match 'b is 10m.* behind with 1 changes, and no service runs the sync: Start-BucardoService'
        $state | Out-String -Width 120 | Should -Match 'b  1 pending, 10m'

        Set-BucardoDatabase b -Port 1
        $state = Get-BucardoStatus s
        $state.Health | Should -Be 'Warning'
        ($state.Nodes | Where-Object Database -EQ b).State | Should -Be 'Away'
        ($state.Nodes | Where-Object Database -EQ b).Problem | Should -BeIn $state.Reasons
        Set-BucardoDatabase c -Port 1
        $state = Get-BucardoStatus s
        $state.Health | Should -Be 'Bad'
        "$($state.Reasons)" | Should -Match 'needs a source and one more database'
        Set-BucardoDatabase b, c -Port $site.Server.Port

        Suspend-BucardoSync s -Reason 'maintenance'
        "$((Get-BucardoStatus s).Reasons)" | Should -Match 'is paused \(maintenance\): Resume-BucardoSync s'
        Resume-BucardoSync s
        Stop-BucardoSync s
        (Get-BucardoStatus s).Health | Should -Be 'Off'
        Start-BucardoSync s
        $null = Invoke-BucardoSync s
    }

    It 'is live with -Watch, until somebody has enough' {
        $states = Get-BucardoStatus -Watch -Interval 100ms | Select-Object -First 3
        $states.Name | Should -Be s, s, s
    }

    It 'shows the details as a list' {
        Get-BucardoStatus s | Format-List | Out-String -Width 120 | Should -Match 'Run by a service +: no'
    }

    It 'takes syncs and rounds from the pipeline, and knows who is unknown' {
        (Get-BucardoSync | Get-BucardoStatus).Name | Should -Be 's'
        (Get-BucardoSyncRun -Last 1 | Get-BucardoStatus).Name | Should -Be 's'
        Get-ErrorId { Get-BucardoStatus nope } | Should -Be 'SyncNotFound'
    }
}
