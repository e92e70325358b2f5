BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $site = New-TestSite -Node a, b, c
    $server = $site.Server
    $cluster = Get-TestCluster
}

AfterAll { Remove-TestSite $site }

Describe 'New-BucardoDatabase' {
    AfterEach { Get-BucardoDatabase | Remove-BucardoDatabase -Force -Confirm:$false }

    It 'registers a database and returns it' {
        $database = New-BucardoDatabase a @server -DatabaseName $site.Nodes.a
        $database | Should -BeOfType Bucardo.Model.Database
        $database.Name | Should -Be 'a'
        $database.Status | Should -Be 'Active'
        $database.Port | Should -Be $server.Port
    }

    It 'takes the rows of a CSV file' {
        $csv = Join-Path $TestDrive 'nodes.csv'
        @(
            'Name,HostName,Port,DatabaseName,UserName,Group,Role,Priority'
            "a,$($server.HostName),$($server.Port),$($site.Nodes.a),$($server.UserName),g,source,2"
            "b,$($server.HostName),$($server.Port),$($site.Nodes.b),$($server.UserName),g,,"
            "c,$($server.HostName),$($server.Port),$($site.Nodes.c),$($server.UserName),,,"
        ) | Set-Content $csv
        (Import-Csv $csv | New-BucardoDatabase).Name | Should -Be a, b, c
        "$((Get-BucardoDatabaseGroup g).Members)" | Should -Be 'a:source b:target'
    }

    It 'takes what Get-BucardoDatabase exported' {
        $null = New-BucardoDatabase a @server -DatabaseName $site.Nodes.a
        $csv = Join-Path $TestDrive 'export.csv'
        Get-BucardoDatabase | Export-Csv $csv
        Remove-BucardoDatabase a -Confirm:$false
        (Import-Csv $csv | New-BucardoDatabase).DatabaseName | Should -Be $site.Nodes.a
    }

    It 'goes on after a row that fails' {
        $rows = 'a', 'nix', 'b' | ForEach-Object { [pscustomobject]@{ Name = $_; DatabaseName = "$($site.Nodes[$_] ?? 'nothing_here')" } }
        $made = $rows | New-BucardoDatabase @server -ErrorAction SilentlyContinue -ErrorVariable problems
        $made.Name | Should -Be a, b
        $problems.Count | Should -Be 1
        $problems[0].TargetObject | Should -Be 'nix'
    }

    It 'shows and stores no password in the clear' {
        $password = if ($cluster.Password) { $cluster.Password } else { 'kiwi-secret' }
        $login = [pscredential]::new($server.UserName, (ConvertTo-SecureString $password -AsPlainText -Force))
        $database = New-BucardoDatabase a -HostName $server.HostName -Port $server.Port -DatabaseName $site.Nodes.a -Credential $login -Verbose 4>&1
        "$($database | Format-List * -Force | Out-String)$($database | ConvertTo-Json -Depth 5 -WarningAction Ignore)" | Should -Not -Match $password
        ($database | Select-Object -Last 1).HasStoredPassword | Should -BeTrue
        Invoke-TestSql $site.Control "SELECT t::text FROM bucardo.db t" | Should -Not -Match $password
    }

    It 'does nothing with -WhatIf' {
        New-BucardoDatabase a @server -DatabaseName $site.Nodes.a -WhatIf | Should -BeNullOrEmpty
        Get-BucardoDatabase | Should -BeNullOrEmpty
    }

    It 'registers a database that is away with -SkipTest' {
        (New-BucardoDatabase away -HostName 127.0.0.1 -Port 1 -DatabaseName x -SkipTest).Name | Should -Be 'away'
    }

    It 'refuses <What>: <Id>' -ForEach @(
        @{ What = 'a name twice'; Id = 'DatabaseExists'; Script = { 1..2 | ForEach-Object { New-BucardoDatabase a @server -DatabaseName $site.Nodes.a } } }
        @{ What = 'a name that is none'; Id = 'InvalidName'; Script = { New-BucardoDatabase '9 lives' @server -DatabaseName $site.Nodes.a } }
        @{ What = 'a host that is away'; Id = 'HostUnreachable'; Script = { New-BucardoDatabase a -HostName 127.0.0.1 -Port 1 -DatabaseName x } }
        @{ What = 'a database that does not exist'; Id = 'DatabaseMissing'; Script = { New-BucardoDatabase a @server -DatabaseName nothing_here } }
        @{ What = 'a port out of range'; Id = 'ParameterArgumentValidationError'; Script = { New-BucardoDatabase a -Port 70000 } }
        @{ What = 'a role that is none'; Id = 'CannotConvertArgumentNoMessage'; Script = { New-BucardoDatabase a @server -Group g -Role boss } }
    ) {
        Get-ErrorId $Script | Should -Be $Id
    }

    It 'refuses a wrong password' -Skip:([bool]$env:BUCARDO_TEST_SERVER) {
        $login = [pscredential]::new($server.UserName, (ConvertTo-SecureString 'kiwi-secret' -AsPlainText -Force))
        $problem = $null
        New-BucardoDatabase a -HostName $server.HostName -Port $server.Port -DatabaseName $site.Nodes.a -Credential $login -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'AuthenticationFailed,*'
        $problem[0].CategoryInfo.Category | Should -Be 'AuthenticationError'
        "$($problem[0])" | Should -Not -Match 'kiwi-secret'
        Get-BucardoDatabase | Should -BeNullOrEmpty
    }
}

Describe 'An existing database' {
    BeforeAll { foreach ($name in 'a', 'b') { $null = New-BucardoDatabase $name @server -DatabaseName $site.Nodes[$name] } }

    It 'is found by name, wildcard, list and pipeline' {
        (Get-BucardoDatabase a).Name | Should -Be 'a'
        (Get-BucardoDatabase).Name | Should -Be a, b
        (Get-BucardoDatabase [ab]).Name | Should -Be a, b
        (Get-BucardoDatabase %).Name | Should -Be a, b
        ('b', 'a' | Get-BucardoDatabase).Name | Should -Be b, a
        ([pscustomobject]@{ Name = 'b' } | Get-BucardoDatabase).Name | Should -Be 'b'
        Get-BucardoDatabase z* | Should -BeNullOrEmpty
    }

    It 'that is unknown is an error that names those that are there' {
        $problem = $null
        (Get-BucardoDatabase a, nope, b -ErrorVariable problem -ErrorAction SilentlyContinue).Name | Should -Be a, b
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'DatabaseNotFound,*'
        $problem[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        "$($problem[0])" | Should -Match "'nope'.*'a', 'b'"
    }

    It 'is tested with every problem reported' {
        $test = Test-BucardoDatabase a
        $test | Should -BeOfType Bucardo.Model.DatabaseTest
        $test.Ready | Should -BeTrue
        Get-BucardoDatabase | Test-BucardoDatabase -Quiet | Should -Be $true, $true
        $away = Test-BucardoDatabase -HostName 127.0.0.1 -Port 1 -DatabaseName x
        $away.Ready | Should -BeFalse
        $away.Problems[0].Message | Should -Match '127.0.0.1'
    }

    It 'is tested with the rights of its role' {
        $null = Invoke-TestSql $site.Nodes.b "DROP ROLE IF EXISTS weak; CREATE ROLE weak LOGIN PASSWORD 'weak'"
        try {
            $login = [pscredential]::new('weak', (ConvertTo-SecureString 'weak' -AsPlainText -Force))
            $test = Test-BucardoDatabase -HostName $server.HostName -Port $server.Port -DatabaseName $site.Nodes.b -Credential $login
            $test.Ready | Should -BeFalse
            $test.Problems.Code | Should -Contain 'PermissionMissing'
            "$($test.Problems)" | Should -Match 'GRANT'
        }
        finally { $null = Invoke-TestSql $site.Nodes.b 'DROP ROLE weak' }
    }

    It 'is changed, and only returned with -PassThru' {
        Set-BucardoDatabase b -Status Inactive | Should -BeNullOrEmpty
        (Get-BucardoDatabase b).Status | Should -Be 'Inactive'
        ($site.Nodes.b | ForEach-Object { Get-BucardoDatabase b | Set-BucardoDatabase -Status Active -NewName bb -PassThru }).Name | Should -Be 'bb'
        Set-BucardoDatabase bb -NewName b
    }

    It 'is left alone by -WhatIf' {
        Set-BucardoDatabase * -Status Inactive -WhatIf
        Remove-BucardoDatabase * -WhatIf
        (Get-BucardoDatabase).Status | Should -Be Active, Active
    }

    It 'in use is removed with -Force only' {
        $null = New-BucardoDatabaseGroup used -Source a
        Get-ErrorId { Remove-BucardoDatabase a -Confirm:$false } | Should -Be 'DatabaseInUse'
        (Get-BucardoDatabase a | Remove-BucardoDatabase -Force -Confirm:$false -PassThru).Name | Should -Be 'a'
        (Get-BucardoDatabase).Name | Should -Be 'b'
    }

    It 'fits into 120 columns' {
        $lines = Get-BucardoDatabase | Format-Table | Out-String -Width 120 -Stream | Where-Object { $_ }
        $lines[0] | Should -Match '^Name +Status +Connection +Password +Created'
        ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 120
        (Test-BucardoDatabase b | Out-String -Width 120) | Should -Match 'b +yes +1\d\.'
    }
}
