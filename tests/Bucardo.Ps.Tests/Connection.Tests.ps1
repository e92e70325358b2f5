BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $site = New-TestSite
    $server = $site.Server
    $wrong = [pscredential]::new('postgres', (ConvertTo-SecureString 'kiwi-secret' -AsPlainText -Force))
}

AfterAll { Remove-TestSite $site }

Describe 'Connect-Bucardo' {
    AfterEach {
        $env:BUCARDO_CONNECTION = $null
        $null = Connect-Bucardo -Connection $site.Connection
    }

    It 'returns where it leads, and no secret' {
        $connection = Connect-Bucardo @server -DatabaseName $site.Control
        $connection | Should -BeOfType Bucardo.Model.ControlConnection
        $connection.DatabaseName | Should -Be $site.Control
        $secret = [pscredential]::new('postgres', (ConvertTo-SecureString (Get-TestCluster).Password -AsPlainText -Force))
        $connection = Connect-Bucardo -HostName $server.HostName -Port $server.Port -DatabaseName $site.Control -Credential $secret
        $shown = ($connection | Format-List * -Force | Out-String) + ($connection | ConvertTo-Json -Depth 5) + $connection
        $shown | Should -Not -Match (Get-TestCluster).Password
    }

    It 'takes <Kind>' -ForEach @(
        @{ Kind = 'libpq key=value'; Text = 'host={0} port={1} user={2} dbname={3}' }
        @{ Kind = 'a URI'; Text = 'postgresql://{2}@{0}:{1}/{3}' }
        @{ Kind = 'the form of Npgsql'; Text = 'Host={0};Port={1};Username={2};Database={3}' }
    ) {
        $string = $Text -f $server.HostName, $server.Port, $server.UserName, $site.Control
        (Connect-Bucardo -ConnectionString $string).DatabaseName | Should -Be $site.Control
        Disconnect-Bucardo
        { Get-BucardoSync -Connection $string -ErrorAction Stop } | Should -Not -Throw
    }

    It 'takes the environment when nothing else is said' {
        Disconnect-Bucardo
        $env:BUCARDO_CONNECTION = "host=$($server.HostName) port=$($server.Port) user=$($server.UserName) dbname=$($site.Control)"
        { Get-BucardoSync -ErrorAction Stop } | Should -Not -Throw
    }

    It 'reads a section of the service file, and its database' {
        $file = Join-Path $TestDrive 'services.conf'
        "[prod]`nhost=$($server.HostName)`nport=$($server.Port)`nuser=$($server.UserName)`ndbname=$($site.Control)" | Set-Content $file
        $env:PGSERVICEFILE = $file
        try { (Connect-Bucardo -ServiceName prod).DatabaseName | Should -Be $site.Control } finally { $env:PGSERVICEFILE = $null }
    }

    It 'is of this runspace only' {
        $other = Start-ThreadJob { param($path) Import-Module $path; try { Get-BucardoSync -ErrorAction Stop } catch { $_.Exception.Message } } -ArgumentList (Get-TestModulePath)
        $other | Receive-Job -Wait -AutoRemoveJob | Should -Match 'No control database was named'
    }

    It 'can be handed to other runspaces' {
        $connection = $site.Connection
        $path = Get-TestModulePath
        $counts = 1..4 | ForEach-Object -Parallel { Import-Module $using:path; @(Get-BucardoSync -Connection $using:connection -ErrorAction Stop).Count }
        $counts | Should -Be 0, 0, 0, 0
    }

    It 'refuses <What> and says <Id>' -ForEach @(
        @{ What = 'a wrong password'; Id = 'AuthenticationFailed'; Category = 'AuthenticationError'; Script = { Connect-Bucardo -HostName $server.HostName -Port $server.Port -DatabaseName $site.Control -Credential $wrong } }
        @{ What = 'a port where nobody listens'; Id = 'HostUnreachable'; Category = 'ConnectionError'; Script = { Connect-Bucardo -HostName 127.0.0.1 -Port 1 } }
        @{ What = 'a host that does not exist'; Id = 'HostUnreachable'; Category = 'ConnectionError'; Script = { Connect-Bucardo -HostName nowhere.invalid } }
        @{ What = 'a database that does not exist'; Id = 'DatabaseMissing'; Category = 'ObjectNotFound'; Script = { Connect-Bucardo @server -DatabaseName nothing_here } }
        @{ What = 'a database without the schema'; Id = 'ControlNotInstalled'; Category = 'InvalidOperation'; Script = { Connect-Bucardo @server -DatabaseName postgres } }
        @{ What = 'a connection string with an unknown key'; Id = 'InvalidConnectionString'; Category = 'InvalidArgument'; Script = { Connect-Bucardo -ConnectionString 'host=x pasword=kiwi-secret' } }
        @{ What = 'a service that does not exist'; Id = 'ServiceNotFound'; Category = 'ObjectNotFound'; Script = { Connect-Bucardo -ServiceName nothing_here } }
        @{ What = 'a text that is no connection string'; Id = 'ParameterArgumentTransformationError'; Category = 'InvalidData'; Script = { Get-BucardoSync -Connection nonsense } }
    ) {
        $record = $null
        try { & $Script } catch { $record = $_ }
        ($record.FullyQualifiedErrorId -split ',')[0] | Should -Be $Id
        $record.CategoryInfo.Category | Should -Be $Category
        "$record$($record.Exception)" | Should -Not -Match 'kiwi-secret'
    }

    It 'refuses a control database of a newer version' {
        $newer = "$($site.Control)_newer"
        $null = Install-Bucardo @server -DatabaseName $newer
        try {
            $null = Invoke-TestSql $newer "UPDATE bucardo.bucardo_config SET setting = '9999' WHERE name = 'bucardo_version'"
            Get-ErrorId { Get-BucardoSync -Connection "host=$($server.HostName) port=$($server.Port) user=$($server.UserName) dbname=$newer" } | Should -Be 'ControlTooNew'
        }
        finally { $null = Invoke-TestSql postgres "DROP DATABASE $newer WITH (FORCE)" }
    }
}

Describe 'Install-Bucardo' {
    It 'does nothing with -WhatIf' {
        Install-Bucardo @server -DatabaseName never_made -WhatIf | Should -BeNullOrEmpty
        Invoke-TestSql postgres "SELECT count(*) FROM pg_database WHERE datname = 'never_made'" | Should -Be 0
    }

    It 'changes nothing the second time' {
        $second = Install-Bucardo @server -DatabaseName $site.Control
        $second | Should -BeOfType Bucardo.Model.Installation
        $second.Applied | Should -BeNullOrEmpty
        $second.DatabaseCreated | Should -BeFalse
        $second.PreviousVersion | Should -Be $second.Version
    }

    It 'does not make the database with -SchemaOnly' {
        Get-ErrorId { Install-Bucardo @server -DatabaseName never_made -SchemaOnly } | Should -Be 'DatabaseMissing'
    }
}

Describe 'Cmdlets' {
    It 'have approved verbs, help-able parameters and an output type' {
        $commands = Get-Command -Module Bucardo.Ps
        $commands.Count | Should -BeGreaterThan 30
        $commands.Verb | Where-Object { $_ -notin (Get-Verb).Verb } | Should -BeNullOrEmpty
        $commands | Where-Object { -not $_.OutputType } | ForEach-Object Name | Should -BeNullOrEmpty
    }

    It 'that change something ask before with -Confirm and -WhatIf' {
        Get-Command -Module Bucardo.Ps -Verb New, Set, Add, Remove, Start, Stop, Suspend, Resume, Install, Invoke |
            Where-Object { -not $_.Parameters.ContainsKey('WhatIf') } | ForEach-Object Name | Should -BeNullOrEmpty
    }

    It 'are all exported, and nothing else is' {
        $cmdlets = (Get-Command -Module Bucardo.Ps).Name | Sort-Object
        $cmdlets | Should -Be ((Import-PowerShellDataFile (Join-Path (Get-TestModulePath) Bucardo.Ps.psd1)).CmdletsToExport | Sort-Object)
    }

    It 'complete names fast, also when the control database is away' {
        Disconnect-Bucardo
        try {
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $line = 'Get-BucardoSync -Connection "host=192.0.2.1 dbname=x" -Name '
            { [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null) } | Should -Not -Throw
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 5
        }
        finally { $null = Connect-Bucardo -Connection $site.Connection }
    }
}
