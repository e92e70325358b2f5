BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $site = New-TestSite -Node a, b -Register
    $login = [pscredential]::new('somebody', (ConvertTo-SecureString 'verysecret' -AsPlainText -Force))
    $null = New-BucardoDatabase c -HostName db9 -DatabaseName shop -Credential $login -Options 'sslmode=require' -SkipTest
    $null = New-BucardoDatabaseGroup g -Source a, b -Target c -About 'three nodes'
    $null = New-BucardoCustomCode pick { param($Conflict) 'a' } -About 'the first' -Timeout 2s
    $null = New-BucardoCustomCode decide -Function shop.decide
    $null = Add-BucardoTable account -Herd h -ConflictStrategy 'b a'
    $null = Add-BucardoTable shop.note -Herd h -ConflictStrategy 'bucardo_custom(pick)'
    $null = Add-BucardoSequence shop.counter -Herd h -Database a
    $null = Add-BucardoTable shop.item -Herd h -Priority 3 -Database a
    $null = New-BucardoSync s -Herd h -DatabaseGroup g -CheckTime 90 -ConflictStrategy bucardo_source
    Set-BucardoConfig run_history_days 12
    Set-BucardoConfig conflict_history_days 4 -Sync s
    $file = Join-Path $TestDrive 'bucardo.json'
    Export-BucardoConfiguration $file
    function New-EmptySite { New-TestSite }
}

AfterAll { Remove-TestSite $site }

Describe 'Export-BucardoConfiguration' {
    It 'writes everything but secrets, the same text each time' {
        $text = Get-Content $file -Raw
        $text | Should -Not -Match 'verysecret'
        (Export-BucardoConfiguration) | Should -Be $text.Trim()
        $read = $text | ConvertFrom-Json
        $read.databases.name | Should -Be a, b, c
        $read.syncs[0].checkTime | Should -Be 90
        "$($read.settings.name)" | Should -Be 'conflict_history_days run_history_days'
    }

    It 'returns the file if wanted, and says when it cannot write it' {
        (Export-BucardoConfiguration "$TestDrive/other.json" -PassThru).Name | Should -Be other.json
        Export-BucardoConfiguration "$TestDrive/none.json" -WhatIf
        Test-Path "$TestDrive/none.json" | Should -BeFalse
        Get-ErrorId { Export-BucardoConfiguration "$TestDrive/no/where.json" } | Should -Be FileNotWritable
    }
}

Describe 'Import-BucardoConfiguration' {
    It 'changes nothing where it came from' {
        Import-BucardoConfiguration $file | Should -BeNullOrEmpty
        Import-BucardoConfiguration $file -Prune -WhatIf | Should -BeNullOrEmpty
    }

    It 'makes another control database the same; imported again, it does nothing' {
        $other = New-TestSite
        try {
            $planned = Import-BucardoConfiguration $file -WhatIf
            $planned | Should -BeOfType Bucardo.Model.ConfigurationChange
            $planned.Applied | Should -Not -Contain $true
            Get-BucardoDatabase | Should -BeNullOrEmpty
            $done = Get-Item $file | Import-BucardoConfiguration
            $done.Applied | Should -Not -Contain $false
            "$($done.Name)" | Should -Be "$($planned.Name)"
            Import-BucardoConfiguration $file | Should -BeNullOrEmpty
            (Export-BucardoConfiguration) | Should -Be (Get-Content $file -Raw).Trim()
            (Get-BucardoSync s).Status | Should -Be Inactive
            (Get-BucardoHerd h).Tables.FullName | Should -Be shop.item, public.account, shop.counter, shop.note
            (Get-BucardoSequence).Herds | Should -Be h
            (Get-BucardoCustomCode pick).Source | Should -Be (Get-BucardoCustomCode pick -Connection $site.Connection).Source
            # Sealed anew, or a service would not run it.
            Export-BucardoConfiguration | Should -Not -Match sealed
            (Get-BucardoDatabase c).HasStoredPassword | Should -BeFalse
        }
        finally { Remove-TestSite $other; $null = Connect-Bucardo -ConnectionString "host=$($site.Server.HostName) port=$($site.Server.Port) user=$($site.Server.UserName) dbname=$($site.Control)" }
    }

    It 'says what differs, changes that alone, and keeps passwords' {
        $changed = Get-Content $file -Raw | ConvertFrom-Json
        ($changed.databases | Where-Object name -EQ c).hostName = 'db10'
        $changed.syncs[0].checkTime = $null
        ($changed.databaseGroups[0].members | Where-Object database -EQ b).role = 'target'
        $json = $changed | ConvertTo-Json -Depth 8
        $changes = Import-BucardoConfiguration -Json $json -WhatIf
        $changes | ForEach-Object { "$_" } | Should -Be @(
            'Change Database c (hostName: db9 -> db10)', 'Change DatabaseGroup g (members: a:Source:1 b:Source:0 c:Target:0 -> a:Source:1 b:Target:0 c:Target:0)', 'Change Sync s (checkTime: 90 -> none)')
        ($json | Import-BucardoConfiguration).Count | Should -Be 3
        (Get-BucardoSync s).CheckTime | Should -BeNullOrEmpty
        (Get-BucardoDatabase c).HasStoredPassword | Should -BeTrue
        (Get-BucardoDatabase c).HostName | Should -Be db10
        $null = Import-BucardoConfiguration $file
        (Get-BucardoSync s).CheckTime.TotalSeconds | Should -Be 90
    }

    It 'removes what is not there with -Prune only, but no sync' {
        $null = New-BucardoDatabase d -HostName db11 -SkipTest
        $null = New-BucardoHerd k -Table account
        Import-BucardoConfiguration $file | Should -BeNullOrEmpty
        Import-BucardoConfiguration $file -Prune | ForEach-Object { "$_" } | Should -Be 'Remove Herd k', 'Remove Database d'
        $null = New-BucardoSync t -Herd h -DatabaseGroup g
        Get-ErrorId { Import-BucardoConfiguration $file -Prune } | Should -Be SyncInTheWay
        Remove-BucardoSync t -Confirm:$false
    }

    It 'refuses <What>: <Id>, and changes nothing' -ForEach @(
        @{ What = 'what is no JSON'; Id = 'InvalidConfiguration'; Json = 'nonsense' }
        @{ What = 'a word it does not know'; Id = 'InvalidConfiguration'; Json = '{ "databasess": [] }' }
        @{ What = 'another version'; Id = 'InvalidConfiguration'; Json = '{ "version": 99 }' }
        @{ What = 'something without a name'; Id = 'InvalidConfiguration'; Json = '{ "databases": [ {} ] }' }
        @{ What = 'a name twice'; Id = 'InvalidConfiguration'; Json = '{ "databases": [ { "name": "x" }, { "name": "x" } ] }' }
        @{ What = 'a password'; Id = 'PasswordInClear'; Json = '{ "databases": [ { "name": "x", "connectionString": "host=h password=p" } ] }' }
        @{ What = 'a name that is none'; Id = 'InvalidName'; Json = '{ "databases": [ { "name": "x" }, { "name": "no good" } ] }' }
        @{ What = 'an unknown database'; Id = 'DatabaseNotFound'; Json = '{ "databases": [ { "name": "x" } ], "databaseGroups": [ { "name": "n", "members": [ { "database": "nope", "role": "source" } ] } ] }' }
        @{ What = 'a group without a source'; Id = 'SyncWithoutSource'; Json = '{ "databases": [ { "name": "x" } ], "databaseGroups": [ { "name": "n" } ], "syncs": [ { "name": "z", "herd": "h", "databaseGroup": "n" } ] }' }
        @{ What = 'an unknown strategy'; Id = 'InvalidStrategy'; Json = '{ "databases": [ { "name": "x" } ], "syncs": [ { "name": "z", "herd": "h", "databaseGroup": "g", "conflictStrategy": "dice" } ] }' }
        @{ What = 'a table that nobody has registered'; Id = 'TableNotFound'; Json = '{ "databases": [ { "name": "x" } ], "herds": [ { "name": "z", "tables": [ { "database": "a", "schema": "s", "name": "t" } ] } ] }' }
    ) {
        Get-ErrorId { Import-BucardoConfiguration -Json $Json } | Should -Be $Id
        Get-BucardoDatabase x -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
    }

    It 'does not seal what was not sealed where it comes from' {
        $null = Invoke-TestSql $site.Control "UPDATE bucardo.customcode SET seal = NULL WHERE name = 'pick'"
        $json = Export-BucardoConfiguration
        ($json | ConvertFrom-Json).customCodes | Where-Object { $_.PSObject.Properties['sealed'] } | ForEach-Object { "$($_.name) $($_.sealed)" } | Should -Be 'pick False'
        $other = New-TestSite
        try {
            $null = Import-BucardoConfiguration -Json $json
            Export-BucardoConfiguration | Should -Be $json
        }
        finally { Remove-TestSite $other; $null = Connect-Bucardo -ConnectionString "host=$($site.Server.HostName) port=$($site.Server.Port) user=$($site.Server.UserName) dbname=$($site.Control)" }
        # Who has the key file and says that the script is to be run, seals it.
        Import-BucardoConfiguration $file -WhatIf | ForEach-Object { "$_" } | Should -Be 'Change CustomCode pick (sealed: False -> none)'
        $null = Import-BucardoConfiguration $file
        Import-BucardoConfiguration $file | Should -BeNullOrEmpty
    }

    It 'says when there is no file' {
        Get-ErrorId { Import-BucardoConfiguration "$TestDrive/nope.json" } | Should -Be FileNotReadable
    }
}

Describe 'Update-Bucardo and Uninstall-Bucardo' {
    It 'upgrade an older control database, and nothing but that' {
        $old = New-TestSite
        try {
            $null = Invoke-TestSql $old.Control "UPDATE bucardo.bucardo_config SET setting = '14' WHERE name = 'bucardo_version'; DELETE FROM bucardo.bucardo_config WHERE name = 'clock_offset_limit'; ALTER TABLE bucardo.bucardo_config DROP CONSTRAINT bucardo_config_clock_offset_limit; DROP TABLE bucardo.db_clock"
            Get-ErrorId { Get-BucardoSync } | Should -Be ControlTooOld
            Update-Bucardo -Connection $old.Connection -WhatIf | Should -BeNullOrEmpty
            Get-ErrorId { Get-BucardoSync } | Should -Be ControlTooOld
            $update = Update-Bucardo -Connection $old.Connection
            $update.PreviousVersion, $update.Applied[0] | Should -Be 14, '0015_clocks'
            (Update-Bucardo -Connection $old.Connection).Applied | Should -BeNullOrEmpty
            Get-BucardoSync | Should -BeNullOrEmpty
            Get-ErrorId { Update-Bucardo -HostName $old.Server.HostName -Port $old.Server.Port -UserName $old.Server.UserName -DatabaseName postgres } | Should -Be ControlNotInstalled
        }
        finally { Remove-TestSite $old }
    }

    It 'take everything away, and leave the tables' {
        $gone = New-TestSite -Node p, q -Register
        try {
            $null = New-BucardoSync one -Table account -Source p -Target q
            Start-BucardoSync one
            Set-BucardoDatabase q -Port 1
            Get-ErrorId { Uninstall-Bucardo -Confirm:$false } | Should -Be UninstallRefused
            Set-BucardoDatabase q -Port $gone.Server.Port
            Uninstall-Bucardo -WhatIf | Should -BeNullOrEmpty
            (Get-BucardoSync).Status | Should -Be Active
            $result = Uninstall-Bucardo -Confirm:$false
            $result.Syncs, $result.Problems.Count | Should -Be 'one', 0
            Invoke-TestSql $gone.Nodes.p "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'bucardo%'" | Should -Be 0
            Invoke-TestSql $gone.Nodes.p 'SELECT count(*) FROM account' | Should -Be 0
            Get-ErrorId { Get-BucardoSync } | Should -Be ControlNotInstalled
        }
        finally { Remove-TestSite $gone }
    }
}
