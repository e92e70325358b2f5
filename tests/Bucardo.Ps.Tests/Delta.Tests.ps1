BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $site = New-TestSite -Node a, b, c -Register
    $null = Add-BucardoTable account, shop.item -Herd h
    $null = New-BucardoDatabaseGroup g -Source a, b -Target c
    $null = New-BucardoSync s -Herd h -DatabaseGroup g
    Start-BucardoSync s
    function Set-Row([string] $Node, [string] $Sql) { $null = Invoke-TestSql $site.Nodes[$Node] $Sql }
    # Everything that the nodes and the control database hold of a sync, but for what only reading the clock changes.
    function Get-Fingerprint {
        foreach ($node in $site.Nodes.Values) {
            Invoke-TestSql $node "SELECT (SELECT string_agg(a::text, ',' ORDER BY id) FROM account a), (SELECT string_agg(p::text, ',' ORDER BY origin) FROM bucardo_node.progress p), (SELECT string_agg(c::text, ',' ORDER BY peer) FROM bucardo_node.consumer c), (SELECT round FROM bucardo_node.sync), (SELECT string_agg(x::text, ',') FROM bucardo_node.conflict x)"
        }
        Invoke-TestSql $site.Control 'SELECT (SELECT count(*) FROM bucardo.syncrun), (SELECT count(*) FROM bucardo.conflict)'
    }
}

AfterAll { Remove-TestSite $site }

Describe 'What is pending' {
    AfterEach { $null = Invoke-BucardoSync s }

    It 'is nothing where all are level' {
        Measure-BucardoDelta | Should -BeNullOrEmpty
    }

    It 'is counted per table, origin and receiver' {
        Set-Row a "INSERT INTO account (id) VALUES (1), (2), (3); INSERT INTO shop.item VALUES ('m', 1, 'x')"
        Set-Row b 'INSERT INTO account (id) VALUES (4)'
        $deltas = @(Measure-BucardoDelta s)
        $deltas | Should -BeOfType Bucardo.Model.DeltaCount
        $deltas | ForEach-Object { "$_" } | Should -Be @(
            'public.account, a to b: 3', 'public.account, a to c: 3', 'public.account, b to a: 1', 'public.account, b to c: 1', 'shop.item, a to b: 1', 'shop.item, a to c: 1')
        $deltas[0].IsEstimate | Should -BeFalse
        $deltas[0].Oldest | Should -BeGreaterThan ([datetimeoffset]::Now.AddMinutes(-5))
        (Measure-BucardoDelta -Receiver c -Origin a | Measure-Object Rows -Sum).Sum | Should -Be 4
        (Get-BucardoSync | Measure-BucardoDelta -Table item).Receiver | Should -Be b, c
        (Measure-BucardoDelta s -Limit 2)[0].IsAtLeast | Should -BeTrue
        $null = Invoke-BucardoSync s
        Measure-BucardoDelta | Should -BeNullOrEmpty
    }

    It 'for a database that is away is an estimate, and said to be one' {
        $null = Invoke-BucardoSync s
        Set-BucardoDatabase c -Port 1
        try {
            Set-Row a 'INSERT INTO account (id) VALUES (10), (11)'
            $deltas = @(Measure-BucardoDelta s -WarningVariable warnings -WarningAction SilentlyContinue)
            "$warnings" | Should -Match 'c'
            $away = $deltas | Where-Object Receiver -EQ c
            $away.IsEstimate, $away.Rows, $away.Origin | Should -Be $true, 2, a
        }
        finally { Set-BucardoDatabase c -Port $site.Server.Port }
    }

    It 'of a database that is away is said by the others' {
        Set-BucardoDatabase c -Port 1
        Set-Row a 'INSERT INTO account (id) VALUES (20)'
        $null = Invoke-BucardoSync s -WarningAction SilentlyContinue
        Set-BucardoDatabase c -Port $site.Server.Port
        Set-BucardoDatabase a -Port 1
        try {
            $deltas = @(Measure-BucardoDelta s -WarningAction SilentlyContinue)
            $deltas | ForEach-Object { "$_" } | Should -Be 'public.account, a to c: 1'
        }
        finally { Set-BucardoDatabase a -Port $site.Server.Port }
    }
}

Describe 'Invoke-BucardoSync -WhatIf' {
    AfterEach {
        Set-BucardoSync s -ConflictStrategy bucardo_latest
        $null = Invoke-BucardoSync s
    }

    It 'returns the plan of the round, and touches nothing' {
        Set-Row a 'INSERT INTO account (id, owner) VALUES (100, ''a''), (101, ''a'')'
        Set-Row b 'INSERT INTO account (id, owner) VALUES (101, ''b''), (102, ''b'')'
        $before = Get-Fingerprint
        $plan = Invoke-BucardoSync s -WhatIf
        Get-Fingerprint | Should -Be $before
        $plan | Should -BeOfType Bucardo.Model.SyncPlan
        $plan.Databases | Should -Be a, b, c
        $plan.Conflicts.Count | Should -Be 1
        $conflict = $plan.Conflicts[0]
        "$($conflict.Key)", $conflict.Winner, "$($conflict.Losers)", $conflict.Outcome | Should -Be '101', 'b', 'a', 'Winner'
        $plan.Moves | ForEach-Object { "$_" } | Sort-Object | Should -Be 'public.account, a to b: 1', 'public.account, a to c: 1', 'public.account, b to a: 2', 'public.account, b to c: 2'

        $run = Invoke-BucardoSync s
        $run.Inserts + $run.Updates | Should -Be $plan.Rows -Because 'the plan tells what the round does'
        Invoke-TestSql $site.Nodes.a 'SELECT owner FROM account WHERE id = 101' | Should -Be b
        (Invoke-BucardoSync s -WhatIf).Moves | Should -BeNullOrEmpty
    }

    It 'says who wins under <Strategy>: <Outcome> <Winner>' -ForEach @(
        @{ Strategy = 'bucardo_source'; Outcome = 'Winner'; Winner = 'a' }
        @{ Strategy = 'b a'; Outcome = 'Winner'; Winner = 'b' }
        @{ Strategy = 'bucardo_skip'; Outcome = 'Skipped'; Winner = $null }
        @{ Strategy = 'bucardo_abort'; Outcome = 'Aborted'; Winner = $null }
    ) {
        Set-BucardoSync s -ConflictStrategy $Strategy
        Set-Row a 'INSERT INTO account (id, owner) VALUES (200, ''a'') ON CONFLICT (id) DO UPDATE SET owner = ''a'''
        Set-Row b 'INSERT INTO account (id, owner) VALUES (200, ''b'') ON CONFLICT (id) DO UPDATE SET owner = ''b'''
        $conflict = (Invoke-BucardoSync s -WhatIf).Conflicts
        $conflict.Outcome, $conflict.Winner | Should -Be $Outcome, $Winner
        if ($Winner) {
            $null = Invoke-BucardoSync s
            Invoke-TestSql $site.Nodes.c 'SELECT owner FROM account WHERE id = 200' | Should -Be $Winner
        }
    }

    It 'plans a TRUNCATE, and for whom' {
        Set-Row a 'TRUNCATE account'
        $moves = @((Invoke-BucardoSync s -WhatIf).Moves | Where-Object Truncate)
        $moves.To | Should -Be b, c
        (Invoke-BucardoSync s).Truncates | Should -Be 2
    }

    It 'names who is away' {
        Set-BucardoDatabase c -Port 1
        try {
            $plan = Invoke-BucardoSync s -WhatIf
            $plan.Databases | Should -Be a, b
            $plan.Problems.Database | Should -Be c
        }
        finally { Set-BucardoDatabase c -Port $site.Server.Port }
    }

    It 'says why there can be none' {
        $null = New-BucardoSync never -Herd h -DatabaseGroup g
        try {
            $null = New-TestDatabase "$($site.Nodes.a)_x" -Template bucardo_test_template
            Set-BucardoDatabase a, b, c -Port 1
            Get-ErrorId { Invoke-BucardoSync never -WhatIf } | Should -Be 'TooFewNodes'
        }
        finally {
            Set-BucardoDatabase a, b, c -Port $site.Server.Port
            Remove-BucardoSync never -Confirm:$false
            $null = Invoke-TestSql postgres "DROP DATABASE $($site.Nodes.a)_x"
        }
    }
}

Describe 'Wait-BucardoSync' {
    It 'returns at once where all are level, and the sync if wanted' {
        Wait-BucardoSync s -Timeout 20 | Should -BeNullOrEmpty
        (Get-BucardoSync | Wait-BucardoSync -Timeout 20 -PassThru).Name | Should -Be s
    }

    It 'says what is missing where when the time is over' {
        Set-Row a 'INSERT INTO account (id) VALUES (300)'
        $problem = $null
        Wait-BucardoSync s -Timeout 2 -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'WaitTimedOut,*'
        "$($problem[0])" | Should -Match 'b lacks 1 changes of a.*c lacks 1 changes of a'
        $null = Invoke-BucardoSync s
        Wait-BucardoSync s -Timeout 20
        Get-ErrorId { Wait-BucardoSync s -Until Served -Timeout 300ms } | Should -Be WaitTimedOut
        Get-ErrorId { Wait-BucardoSync s -Until Released -Timeout 300ms } | Should -BeNullOrEmpty
        Get-ErrorId { Wait-BucardoSync nope } | Should -Be SyncNotFound
    }
}

Describe 'Test-BucardoSync -Repair' {
    It 'puts back what somebody took away' {
        Test-BucardoSync s | Should -BeNullOrEmpty
        $table = Invoke-TestSql $site.Nodes.a "SELECT tgname FROM pg_trigger WHERE tgrelid = 'account'::regclass AND tgname LIKE 'bucardo%' LIMIT 1"
        Set-Row a "DROP TRIGGER `"$table`" ON account"
        Set-Row b 'ALTER TABLE account DISABLE TRIGGER ALL'
        $problems = @(Test-BucardoSync s)
        $problems.Code | Sort-Object -Unique | Should -Be CaptureMissing
        $problems.Database | Sort-Object -Unique | Should -Be a, b
        $problems.IsRepairable | Should -Not -Contain $false
        Test-BucardoSync s -Quiet | Should -BeFalse
        @(Test-BucardoSync s -Repair -WhatIf).IsRepaired | Should -Not -Contain $true
        (Test-BucardoSync s -Repair).IsRepaired | Sort-Object -Unique | Should -Be $true
        Test-BucardoSync s | Should -BeNullOrEmpty
        Set-Row a 'INSERT INTO account (id) VALUES (400)'
        (Measure-BucardoDelta s -Receiver c).Rows | Should -Be 1
        $null = Invoke-BucardoSync s
    }

    It 'is what <Command> does, too' -ForEach @{ Command = 'Start-BucardoSync' }, @{ Command = 'Restart-BucardoSync' } {
        Set-Row a 'ALTER TABLE account DISABLE TRIGGER ALL'
        Test-BucardoSync s -Quiet | Should -BeFalse
        & $Command s
        Test-BucardoSync s | Should -BeNullOrEmpty
    }

    It 'leaves alone what it cannot mend' {
        Set-Row c 'DROP TABLE shop.item'
        try {
            $problems = @(Test-BucardoSync s -Repair)
            $problems.Code | Should -Contain TableMissing
            $problems.IsRepaired | Should -Not -Contain $true
            Test-BucardoSync s -Repair -Quiet | Should -BeFalse
        }
        finally { Set-Row c 'CREATE TABLE shop.item (maker text, number int, title text, PRIMARY KEY (maker, number))' }
    }
}

Describe 'Restart-BucardoSync' {
    It 'activates and repairs without a service, and asks for one with -Wait' {
        Stop-BucardoSync s
        (Restart-BucardoSync s -PassThru).Status | Should -Be Active
        Get-ErrorId { Restart-BucardoSync s -Wait } | Should -Be ServiceNotRunning
        Suspend-BucardoSync s -Reason test
        Get-ErrorId { Restart-BucardoSync s } | Should -Be SyncPaused
        Resume-BucardoSync s
    }

    It 'has a service begin anew, wait for it and let it go' {
        $null = Start-BucardoService -Background -LogPath "$TestDrive/service.log" -LogLevel Debug
        try {
            Wait-BucardoSync s -Until Served -Timeout 60
            Set-Row a 'INSERT INTO account (id) VALUES (500)'
            Wait-BucardoSync s -Timeout 60
            Invoke-TestSql $site.Nodes.c 'SELECT count(*) FROM account WHERE id = 500' | Should -Be 1
            $started = Invoke-TestSql $site.Nodes.a "SELECT min(backend_start) FROM pg_stat_activity WHERE application_name = 'bucardo apply s'"
            (Get-BucardoSync s | Restart-BucardoSync -Wait -PassThru).Name | Should -Be s
            Invoke-TestSql $site.Nodes.a "SELECT min(backend_start) FROM pg_stat_activity WHERE application_name = 'bucardo apply s'" | Should -Not -Be $started
            Stop-BucardoSync s
            Wait-BucardoSync s -Until Released -Timeout 60
            (Get-BucardoService).Syncs | Should -BeNullOrEmpty
        }
        finally { Stop-BucardoService; Start-BucardoSync s }
    }
}

Describe 'Clear-BucardoDelta' {
    BeforeEach { $null = Invoke-BucardoSync s }

    It 'purges what all have, and keeps what is pending' {
        Set-Row a 'INSERT INTO account (id) VALUES (600)'
        Set-BucardoDatabase c -Port 1
        $null = Invoke-BucardoSync s -WarningAction SilentlyContinue
        Clear-BucardoDelta s -Confirm:$false -WarningAction SilentlyContinue | ForEach-Object Forgotten | Should -Be 0, 0
        Set-BucardoDatabase c -Port $site.Server.Port
        (Measure-BucardoDelta s).Receiver | Should -Be c
        $null = Invoke-BucardoSync s
        Clear-BucardoDelta s -WhatIf | Should -BeNullOrEmpty
        (Get-BucardoSync | Clear-BucardoDelta -Confirm:$false).Database | Should -Be a, b, c
        Invoke-TestSql $site.Nodes.c 'SELECT count(*) FROM account WHERE id = 600' | Should -Be 1
    }

    It 'drops what is pending with -Force, and later changes travel again' {
        Set-Row a "INSERT INTO account (id, owner) VALUES (700, 'a'), (701, 'a')"
        Set-Row b "INSERT INTO account (id, owner) VALUES (700, 'b')"
        $cleared = Measure-BucardoDelta s | Clear-BucardoDelta -Force -Confirm:$false
        ($cleared | Where-Object Database -EQ c).Forgotten | Should -Be 3
        Measure-BucardoDelta s | Should -BeNullOrEmpty
        (Invoke-BucardoSync s).Outcome | Should -Be Empty
        Invoke-TestSql $site.Nodes.c 'SELECT count(*) FROM account WHERE id >= 700' | Should -Be 0
        Invoke-TestSql $site.Nodes.a "SELECT count(*) FROM bucardo_node.change_1" | Should -Be 0
        Set-Row b "UPDATE account SET owner = 'b2' WHERE id = 700"
        (Invoke-BucardoSync s).Conflicts | Should -Be 0
        Invoke-TestSql $site.Nodes.a 'SELECT owner FROM account WHERE id = 700' | Should -Be b2
    }

    It 'refuses to drop while a database is away' {
        Set-Row a 'INSERT INTO account (id) VALUES (800)'
        Set-BucardoDatabase c -Port 1
        try { Get-ErrorId { Clear-BucardoDelta s -Force -Confirm:$false } | Should -Be NodesMissing }
        finally { Set-BucardoDatabase c -Port $site.Server.Port }
        (Measure-BucardoDelta s).Rows | Should -Be 1, 1
    }
}
