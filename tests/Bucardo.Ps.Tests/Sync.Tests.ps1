BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $site = New-TestSite -Node a, b, c -Register
    $server = $site.Server
    function Clear-Syncs {
        Get-BucardoSync | Remove-BucardoSync -Confirm:$false -WarningAction Ignore
        Get-BucardoHerd | Where-Object Name -NE h | Remove-BucardoHerd -Confirm:$false
        Get-BucardoDatabaseGroup | Where-Object Name -NE g | Remove-BucardoDatabaseGroup -Confirm:$false
    }
    $null = Add-BucardoTable account, shop.item -Herd h
    $null = New-BucardoDatabaseGroup g -Source a, b -Target c
}

AfterAll { Remove-TestSite $site }

Describe 'New-BucardoSync' {
    AfterEach { Clear-Syncs }

    It 'takes a herd and a database group' {
        $sync = New-BucardoSync s -Herd h -DatabaseGroup g
        $sync | Should -BeOfType Bucardo.Model.Sync
        $sync.Status | Should -Be 'Inactive'
        $sync.AutoKick | Should -BeTrue
        $sync.ConflictStrategy | Should -Be 'bucardo_latest'
        $sync.CheckTime | Should -BeNullOrEmpty
    }

    It 'takes tables, sources and targets, and makes herd and group' {
        $sync = New-BucardoSync s -Table account, shop.* -Source a, b -Target c -WarningAction SilentlyContinue
        "$(($sync | Get-BucardoDatabaseGroup).Members)" | Should -Be 'a:source b:source c:target'
        ($sync | Get-BucardoHerd).Tables.FullName | Should -Contain 'shop.item'
    }

    It 'takes objects' {
        (New-BucardoSync s -Herd (Get-BucardoHerd h) -DatabaseGroup (Get-BucardoDatabaseGroup g)).Herd | Should -Be 'h'
        (New-BucardoSync s2 -Table (Get-BucardoTable account) -Source (Get-BucardoDatabase a) -Target (Get-BucardoDatabase b)).Herd | Should -Be 's2'
    }

    It 'takes the rows of a CSV file' {
        $syncs = 'Name,Herd,DatabaseGroup,Source,Target,AutoKick,CheckTime,ConflictStrategy', 's1,h,g,,,,,', 's2,h,,"a, b",c,false,30,bucardo_source' | ConvertFrom-Csv |
            Select-Object Name, Herd, DatabaseGroup, Source, Target, @{ n = 'AutoKick'; e = { $_.AutoKick ? [bool]::Parse($_.AutoKick) : $null } }, CheckTime, ConflictStrategy | New-BucardoSync
        $syncs.Name | Should -Be s1, s2
        $syncs[1].CheckTime.TotalSeconds | Should -Be 30
        $syncs[1].AutoKick | Should -BeFalse
    }

    It 'takes <Given> for <Seconds> seconds' -ForEach @(
        @{ Given = 90; Seconds = 90 }
        @{ Given = '90'; Seconds = 90 }
        @{ Given = '5m'; Seconds = 300 }
        @{ Given = '1.5h'; Seconds = 5400 }
        @{ Given = [timespan]'00:02:00'; Seconds = 120 }
        @{ Given = '00:02:00'; Seconds = 120 }
    ) {
        (New-BucardoSync s -Herd h -DatabaseGroup g -CheckTime $Given).CheckTime.TotalSeconds | Should -Be $Seconds
    }

    It 'takes a list of databases as conflict strategy' {
        (New-BucardoSync s -Herd h -DatabaseGroup g -ConflictStrategy b, a).ConflictStrategy | Should -Be 'b a'
    }

    It 'refuses <What>: <Id>' -ForEach @(
        @{ What = 'a name twice'; Id = 'SyncExists'; Script = { 1..2 | ForEach-Object { New-BucardoSync s -Herd h -DatabaseGroup g } } }
        @{ What = 'a name that is none'; Id = 'InvalidName'; Script = { New-BucardoSync 'my sync' -Herd h -DatabaseGroup g } }
        @{ What = 'an unknown herd'; Id = 'HerdNotFound'; Script = { New-BucardoSync s -Herd nope -DatabaseGroup g } }
        @{ What = 'an unknown group'; Id = 'GroupNotFound'; Script = { New-BucardoSync s -Herd h -DatabaseGroup nope } }
        @{ What = 'an unknown source'; Id = 'DatabaseNotFound'; Script = { New-BucardoSync s -Herd h -Source nope } }
        @{ What = 'a table that is not there'; Id = 'TableNotFound'; Script = { New-BucardoSync s -Table nope -Source a -Target b } }
        @{ What = 'a table without a key'; Id = 'TableWithoutKey'; Script = { New-BucardoSync s -Table history -Source a -Target b } }
        @{ What = 'no tables'; Id = 'SyncWithoutTables'; Script = { New-BucardoSync s -DatabaseGroup g } }
        @{ What = 'no source'; Id = 'SyncWithoutSource'; Script = { New-BucardoSync s -Herd h -Target b } }
        @{ What = 'an unknown strategy'; Id = 'InvalidStrategy'; Script = { New-BucardoSync s -Herd h -DatabaseGroup g -ConflictStrategy dice } }
        @{ What = 'a check time that is none'; Id = 'ParameterArgumentTransformationError'; Script = { New-BucardoSync s -Herd h -DatabaseGroup g -CheckTime soon } }
        @{ What = 'a negative check time'; Id = 'ParameterArgumentTransformationError'; Script = { New-BucardoSync s -Herd h -DatabaseGroup g -CheckTime -5 } }
    ) {
        Get-ErrorId $Script | Should -Be $Id
        @(Get-BucardoHerd).Name | Should -Be 'h'
        @(Get-BucardoDatabaseGroup).Name | Should -Be 'g'
    }

    It 'does nothing with -WhatIf' {
        New-BucardoSync s -Table account -Source a -Target b -WhatIf | Should -BeNullOrEmpty
        Get-BucardoSync | Should -BeNullOrEmpty
        @(Get-BucardoHerd).Name | Should -Be 'h'
    }
}

Describe 'An existing sync' {
    BeforeEach { $null = New-BucardoSync s -Herd h -DatabaseGroup g }
    AfterEach { Clear-Syncs }

    It 'is found by name and wildcard' {
        (Get-BucardoSync s).Name | Should -Be 's'
        (Get-BucardoSync [r-t]).Name | Should -Be 's'
        Get-ErrorId { Get-BucardoSync nope } | Should -Be 'SyncNotFound'
    }

    It 'is changed' {
        Set-BucardoSync s -CheckTime 2m -AutoKick $false -MaximumChanges 1000 -ConflictStrategy bucardo_source | Should -BeNullOrEmpty
        $sync = Get-BucardoSync s
        $sync.CheckTime.TotalMinutes | Should -Be 2
        $sync.AutoKick | Should -BeFalse
        $sync.MaximumChanges | Should -Be 1000
        ($sync | Set-BucardoSync -CheckTime 0 -PassThru).CheckTime | Should -BeNullOrEmpty
        ($sync | Set-BucardoSync -NewName r -PassThru).Name | Should -Be 'r'
    }

    It 'is paused with a reason, and resumed' {
        $sync = Get-BucardoSync | Suspend-BucardoSync -Reason 'maintenance' -PassThru
        $sync.Paused | Should -BeTrue
        $sync.PauseReason | Should -Be 'maintenance'
        Get-BucardoSync | Out-String -Width 120 | Should -Match 's +h +g +Paused'
        ('s' | Resume-BucardoSync -PassThru).Paused | Should -BeFalse
    }

    It 'is left alone by -WhatIf' {
        Get-BucardoSync | Set-BucardoSync -AutoKick $false -WhatIf
        Get-BucardoSync | Start-BucardoSync -WhatIf
        Get-BucardoSync | Suspend-BucardoSync -WhatIf
        Get-BucardoSync | Remove-BucardoSync -WhatIf
        $sync = Get-BucardoSync s
        $sync.AutoKick, $sync.Paused | Should -Be $true, $false
        $sync.Status | Should -Be 'Inactive'
        Invoke-TestSql $site.Nodes.a "SELECT count(*) FROM pg_namespace WHERE nspname = 'bucardo_node'" | Should -Be 0
    }

    It 'runs a round only when it is active, and not paused' {
        Get-ErrorId { Invoke-BucardoSync s } | Should -Be 'SyncInactive'
        Get-ErrorId { Invoke-BucardoKick s } | Should -Be 'SyncInactive'
        Start-BucardoSync s
        Suspend-BucardoSync s -Reason test
        Get-ErrorId { Invoke-BucardoSync s } | Should -Be 'SyncPaused'
    }
}

Describe 'Completion of names' {
    BeforeAll {
        $null = New-BucardoSync night_run -Herd h -DatabaseGroup g
        function Get-Completion([string] $Line) { ([System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null)).CompletionMatches.CompletionText }
    }
    AfterAll { Clear-Syncs }

    It 'completes <Line> to <Text>' -ForEach @(
        @{ Line = 'Get-BucardoSync nig'; Text = 'night_run' }
        @{ Line = 'Start-BucardoSync -Name ni'; Text = 'night_run' }
        @{ Line = 'Invoke-BucardoKick '; Text = 'night_run' }
        @{ Line = 'Remove-BucardoHerd '; Text = 'h' }
        @{ Line = 'New-BucardoSync x -DatabaseGroup '; Text = 'g' }
        @{ Line = 'New-BucardoSync x -Source '; Text = 'a', 'b', 'c' }
        @{ Line = 'Get-BucardoTable -Database '; Text = 'a', 'b', 'c' }
        @{ Line = 'Set-BucardoTable it'; Text = 'shop.item' }
        @{ Line = 'Set-BucardoTable shop.it'; Text = 'shop.item' }
        @{ Line = 'Set-BucardoTable shop.'; Text = '''shop."Odd.Name *"''', 'shop.item', 'shop.note' }
        @{ Line = 'Set-BucardoSync x -ConflictStrategy bucardo_l'; Text = 'bucardo_latest', 'bucardo_latest_all_tables' }
        @{ Line = 'New-BucardoDatabase x -Role '; Text = 'Source', 'Target' }
    ) {
        Get-Completion $Line | Sort-Object | Should -Be ($Text | Sort-Object)
    }
}

Describe 'Test-BucardoSync and Start-BucardoSync' {
    AfterEach { Clear-Syncs }

    It 'find nothing wrong with a good sync' {
        $null = New-BucardoSync s -Herd h -DatabaseGroup g
        Test-BucardoSync s | Should -BeNullOrEmpty
        Test-BucardoSync s -Quiet | Should -BeTrue
        (Get-BucardoSync | Start-BucardoSync -PassThru).Status | Should -Be 'Active'
        (Start-BucardoSync s -PassThru).Status | Should -Be 'Active' -Because 'to start it again is to check it'
        (Stop-BucardoSync s -PassThru).Status | Should -Be 'Inactive'
    }

    It 'report every problem, and leave everything as it was' {
        $null = Invoke-TestSql $site.Nodes.a 'CREATE TABLE broken1 (id int PRIMARY KEY, v text, w int); CREATE TABLE broken2 (id int PRIMARY KEY); CREATE TABLE broken3 (id int PRIMARY KEY, v int)'
        $null = Invoke-TestSql $site.Nodes.b 'CREATE TABLE broken1 (id int PRIMARY KEY, w int); CREATE TABLE broken3 (id int PRIMARY KEY, v point)'
        $null = New-BucardoSync s -Table broken* -Source a -Target b
        try {
            $problems = @(Test-BucardoSync s)
            $problems | Should -BeOfType Bucardo.Model.Problem
            $problems.Count | Should -Be 3
            $problems.Database | Should -Be b, b, b
            "$($problems.Message)" | Should -Match 'broken1.*broken2.*broken3'
            $problem = $null
            Start-BucardoSync s -ErrorVariable problem -ErrorAction SilentlyContinue
            $problem[0].FullyQualifiedErrorId | Should -BeLike 'ValidationFailed,*'
            $problem[0].CategoryInfo.Category | Should -Be 'InvalidData'
            ("$($problem[0])" -split '\r?\n').Count | Should -Be 4 -Because 'each problem has a line of its own'
            (Get-BucardoSync s).Status | Should -Be 'Inactive'
            Invoke-TestSql $site.Nodes.a "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'broken1'::regclass" | Should -Be 0
        }
        finally {
            Remove-BucardoSync s -Confirm:$false
            $null = Invoke-TestSql $site.Nodes.a 'DROP TABLE broken1, broken2, broken3'
            $null = Invoke-TestSql $site.Nodes.b 'DROP TABLE broken1, broken3'
        }
    }

    It 'name the right that a role lacks' {
        $null = Invoke-TestSql $site.Nodes.c "CREATE ROLE weak LOGIN PASSWORD 'weak'; GRANT CREATE ON DATABASE $($site.Nodes.c) TO weak; GRANT SELECT ON account TO weak"
        $login = [pscredential]::new('weak', (ConvertTo-SecureString weak -AsPlainText -Force))
        $null = New-BucardoDatabase w -HostName $server.HostName -Port $server.Port -DatabaseName $site.Nodes.c -Credential $login -SkipTest
        try {
            $null = New-BucardoSync s -Table account -Source a -Target w
            "$((Test-BucardoSync s).Message)" | Should -Match 'INSERT.*account'
            Get-ErrorId { Start-BucardoSync s } | Should -Be 'ValidationFailed'
        }
        finally {
            Clear-Syncs
            Remove-BucardoDatabase w -Force -Confirm:$false
            $null = Invoke-TestSql $site.Nodes.c 'DROP OWNED BY weak; DROP ROLE weak'
        }
    }

    It 'name the database that cannot be reached' {
        $null = New-BucardoDatabase away -HostName 127.0.0.1 -Port 1 -DatabaseName x -SkipTest
        try {
            $null = New-BucardoSync s -Herd h -Source a -Target away
            $problem = @(Test-BucardoSync s)[0]
            $problem.Code | Should -Be 'HostUnreachable'
            $problem.Database | Should -Be 'away'
        }
        finally {
            Clear-Syncs
            Remove-BucardoDatabase away -Force -Confirm:$false
        }
    }

    It 'say that no service runs when told to wait' {
        $null = New-BucardoSync s -Herd h -DatabaseGroup g
        Get-ErrorId { Start-BucardoSync s -Wait } | Should -Be 'ServiceNotRunning'
    }
}

Describe 'Remove-BucardoSync' {
    AfterEach { Clear-Syncs }

    It 'removes what the sync installed, and keeps herd, group, history and data' {
        $null = New-BucardoSync s -Herd h -DatabaseGroup g
        Start-BucardoSync s
        $null = Invoke-BucardoSync s
        (Remove-BucardoSync s -Confirm:$false -PassThru).Name | Should -Be 's'
        Invoke-TestSql $site.Nodes.a "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'account'::regclass" | Should -Be 0
        (Get-BucardoHerd h).Tables.Count | Should -Be 2
        @(Get-BucardoSyncRun s).Count | Should -BeGreaterOrEqual 1
    }
}
