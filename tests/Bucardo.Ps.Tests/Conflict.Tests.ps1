BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $site = New-TestSite -Node a, b, c -Register
    $null = New-BucardoSync s -Table account, shop.item -Source a, b -Target c
    Start-BucardoSync s
    $null = Invoke-TestSql $site.Nodes.a "INSERT INTO account VALUES (1, 'ann', 10), (2, 'bob', 20); INSERT INTO shop.item VALUES ('m', 7, 'first')"
    $null = Invoke-BucardoSync s
    $null = Invoke-TestSql $site.Nodes.a "UPDATE account SET owner = 'early' WHERE id = 1; UPDATE account SET owner = 'kept' WHERE id = 2; UPDATE shop.item SET title = 'early'"
    Start-Sleep -Milliseconds 50
    $null = Invoke-TestSql $site.Nodes.b "UPDATE account SET owner = 'late' WHERE id = 1; DELETE FROM account WHERE id = 2; UPDATE shop.item SET title = 'late'"
    $run = Invoke-BucardoSync s
    function Get-Rows([string] $Node) { (Invoke-TestSql $site.Nodes[$Node] "SELECT coalesce(string_agg(t::text, ' ' ORDER BY t::text), '') FROM account t") -join '' }
}

AfterAll { Remove-TestSite $site }

Describe 'Get-BucardoConflict' {
    It 'shows both versions of a conflict' {
        $run.Conflicts | Should -Be 3
        $conflict = Get-BucardoConflict -Table account -Key 1
        $conflict | Should -BeOfType Bucardo.Model.Conflict
        $conflict.Sync, $conflict.Winner, $conflict.Loser, $conflict.Strategy, "$($conflict.Kind)" | Should -Be 's', 'b', 'a', 'bucardo_latest', 'Row'
        $conflict.WinnerRow.owner | Should -Be 'late'
        $conflict.LoserRow.owner | Should -Be 'early'
        $conflict.LoserTime | Should -BeLessThan $conflict.WinnerTime
        (Get-BucardoConflict -Table account -Key 2).WinnerRow | Should -BeNullOrEmpty
        (Get-BucardoConflict -Key m, 7).Table | Should -Be 'shop.item'
    }

    It 'filters' {
        @(Get-BucardoConflict).Count | Should -Be 3
        @(Get-BucardoConflict s -Winner b -Loser a -Strategy *latest -Kind Row -Since ([datetime]::Now.AddHours(-1))).Count | Should -Be 3
        @(Get-BucardoConflict -First 1).Count | Should -Be 1
        Get-BucardoConflict -Winner a | Should -BeNullOrEmpty
        Get-BucardoConflict -Until ([datetime]::Now.AddHours(-1)) | Should -BeNullOrEmpty
        Get-ErrorId { Get-BucardoConflict nope } | Should -Be 'SyncNotFound'
    }

    It 'takes syncs, tables and rounds from the pipeline' {
        @(Get-BucardoSync | Get-BucardoConflict).Count | Should -Be 3
        @(Get-BucardoTable item | Get-BucardoConflict).Table | Should -Be 'shop.item'
        @(Get-BucardoSyncRun -Last 1 | Get-BucardoConflict).Count | Should -Be 3
        Get-ErrorId { Get-Date | Get-BucardoConflict } | Should -Be 'InvalidInput'
    }

    It 'fits into 120 columns' {
        $lines = Get-BucardoConflict | Out-String -Width 120 -Stream | Where-Object { $_ }
        $lines[0] | Should -Match '^ +Id Decided +Sync +Table +Key +Winner +Loser +Kind'
        Get-BucardoStatus s | Format-List | Out-String -Width 120 | Should -Match 'Conflicts within 24 h +: 3'
    }
}

Describe 'Restore-BucardoConflict' {
    It 'does nothing with -WhatIf' {
        Get-BucardoConflict -Table account | Restore-BucardoConflict -WhatIf
        Get-Rows a | Should -Be '(1,late,10)'
    }

    It 'brings losing rows back on all databases, and marks the conflicts' {
        $restored = Get-BucardoConflict -Table account | Restore-BucardoConflict -PassThru
        $restored.RestoredOn | Should -Be 'a', 'a'
        $null = Invoke-BucardoSync s
        'a', 'b', 'c' | ForEach-Object { Get-Rows $_ | Should -Be '(1,early,10) (2,kept,20)' }
        Get-ErrorId { Restore-BucardoConflict 999999 } | Should -Be 'ConflictNotFound'
        Get-ErrorId { Get-BucardoConflict -First 1 | Restore-BucardoConflict -Database c } | Should -Be 'NotASource'
    }
}

Describe 'Clear-BucardoConflict' {
    It 'removes what is old, or all of a sync' {
        Clear-BucardoConflict -Before ([datetime]::Now.AddHours(-1)) -Confirm:$false
        @(Get-BucardoConflict).Count | Should -Be 3
        Clear-BucardoConflict s -WhatIf
        Get-BucardoSync s | Clear-BucardoConflict -Confirm:$false
        Get-BucardoConflict | Should -BeNullOrEmpty
    }
}
