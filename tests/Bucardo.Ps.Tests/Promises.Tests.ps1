# What holds for all cmdlets alike, so that a new one is tested before anybody thinks of it.
BeforeDiscovery {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $commands = Get-Command -Module Bucardo.Ps -CommandType Cmdlet
    $changing = $commands | Where-Object { $_.Parameters.ContainsKey('WhatIf') }
    # Reading, and what leaves no trace: it need not ask.
    $harmless = 'Get', 'Find', 'Measure', 'Connect', 'Disconnect', 'Wait', 'Write'
}

BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $site = New-TestSite -Node a, b -Register
    $server = $site.Server
    $null = New-BucardoDatabaseGroup g -Source a, b
    $null = Add-BucardoTable account, shop.item -Herd h
    $null = Add-BucardoSequence shop.counter -Herd h
    $null = New-BucardoSync s -Herd h -DatabaseGroup g
    Start-BucardoSync s
    # A conflict, so that there is one to look at.
    foreach ($node in 'a', 'b') { $null = Invoke-TestSql $site.Nodes[$node] "INSERT INTO account (id, owner) VALUES (1, '$node')" }
    $null = Invoke-BucardoSync s
    $null = New-BucardoCustomCode pick -Function shop.pick
    Set-BucardoConfig run_history_days 20
    $configuration = Join-Path $TestDrive 'configuration.json'
    (Export-BucardoConfiguration) -replace '"run_history_days",(\s+)"value": "20"', '"run_history_days",$1"value": "21"' | Set-Content $configuration
    # All that the control database and the nodes hold.
    function Get-ContentHash {
        $sql = "SELECT md5(string_agg(query_to_xml(format('SELECT t::text FROM %I.%I t ORDER BY 1', schemaname, tablename), true, false, '')::text, '' ORDER BY schemaname, tablename)) FROM pg_tables WHERE schemaname IN ('bucardo', 'bucardo_node', 'public', 'shop')"
        foreach ($name in $site.Control, $site.Nodes.a) { Invoke-TestSql $name $sql }
    }
    $untouched = Get-ContentHash
    # A call of each cmdlet that could change something.
    $calls = @{
        'Install-Bucardo'                    = { Install-Bucardo -Connection $site.Connection -WhatIf }
        'Update-Bucardo'                     = { Update-Bucardo -Connection $site.Connection -WhatIf }
        'Uninstall-Bucardo'                  = { Uninstall-Bucardo -WhatIf }
        'Export-BucardoConfiguration'        = { Export-BucardoConfiguration "$TestDrive/never.json" -WhatIf }
        'Import-BucardoConfiguration'        = { Import-BucardoConfiguration $configuration -WhatIf }
        'New-BucardoDatabase'                = { New-BucardoDatabase n -HostName x -WhatIf }
        'Set-BucardoDatabase'                = { Set-BucardoDatabase a -Port 9 -WhatIf }
        'Remove-BucardoDatabase'             = { Remove-BucardoDatabase b -Force -WhatIf }
        'New-BucardoDatabaseGroup'           = { New-BucardoDatabaseGroup n -Source a -WhatIf }
        'Set-BucardoDatabaseGroup'           = { Set-BucardoDatabaseGroup g -NewName n -WhatIf }
        'Remove-BucardoDatabaseGroup'        = { Remove-BucardoDatabaseGroup g -Force -WhatIf }
        'Add-BucardoDatabaseGroupMember'     = { $null = New-BucardoDatabase m -HostName x -SkipTest; try { Add-BucardoDatabaseGroupMember g m -WhatIf } finally { Remove-BucardoDatabase m -Confirm:$false } }
        'Set-BucardoDatabaseGroupMember'     = { Set-BucardoDatabaseGroupMember g b -Role Target -WhatIf }
        'Remove-BucardoDatabaseGroupMember'  = { Remove-BucardoDatabaseGroupMember g b -WhatIf }
        'Add-BucardoTable'                   = { Add-BucardoTable shop.note -Herd n -WhatIf }
        'Set-BucardoTable'                   = { Set-BucardoTable account -MergeColumns $true -WhatIf }
        'Remove-BucardoTable'                = { Remove-BucardoTable account -Force -WhatIf }
        'Add-BucardoSequence'                = { Add-BucardoSequence shop.counter -Herd n -WhatIf }
        'Remove-BucardoSequence'             = { Remove-BucardoSequence shop.counter -Force -WhatIf }
        'New-BucardoHerd'                    = { New-BucardoHerd n -Table account -WhatIf }
        'Set-BucardoHerd'                    = { Set-BucardoHerd h -RemoveTable account -WhatIf }
        'Remove-BucardoHerd'                 = { Remove-BucardoHerd h -Force -WhatIf }
        'Add-BucardoHerdMember'              = { Add-BucardoHerdMember h account -Priority 9 -WhatIf }
        'Remove-BucardoHerdMember'           = { Remove-BucardoHerdMember h account -WhatIf }
        'New-BucardoSync'                    = { New-BucardoSync n -Table account -Source a -Target b -WhatIf }
        'Set-BucardoSync'                    = { Set-BucardoSync s -CheckTime 5 -WhatIf }
        'Remove-BucardoSync'                 = { Remove-BucardoSync s -WhatIf }
        'Test-BucardoSync'                   = { Test-BucardoSync s -Repair -WhatIf }
        'Start-BucardoSync'                  = { Start-BucardoSync s -WhatIf }
        'Stop-BucardoSync'                   = { Stop-BucardoSync s -WhatIf }
        'Suspend-BucardoSync'                = { Suspend-BucardoSync s -WhatIf }
        'Resume-BucardoSync'                 = { Resume-BucardoSync s -WhatIf }
        'Restart-BucardoSync'                = { Restart-BucardoSync s -WhatIf }
        'Invoke-BucardoSync'                 = { Invoke-BucardoSync s -WhatIf }
        'Invoke-BucardoKick'                 = { Invoke-BucardoKick s -WhatIf }
        'Clear-BucardoDelta'                 = { Clear-BucardoDelta s -Force -WhatIf }
        'Copy-BucardoData'                   = { Copy-BucardoData s b -WhatIf }
        'Clear-BucardoSyncRun'               = { Clear-BucardoSyncRun -WhatIf }
        'New-BucardoCustomCode'              = { New-BucardoCustomCode n { 'a' } -WhatIf }
        'Set-BucardoCustomCode'              = { Set-BucardoCustomCode pick -About 'another' -WhatIf }
        'Remove-BucardoCustomCode'           = { Remove-BucardoCustomCode pick -WhatIf }
        'Restore-BucardoConflict'            = { Get-BucardoConflict | Restore-BucardoConflict -WhatIf }
        'Clear-BucardoConflict'              = { Clear-BucardoConflict -WhatIf }
        'Set-BucardoConfig'                  = { Set-BucardoConfig run_history_days 9 -WhatIf }
        'Reset-BucardoConfig'                = { Reset-BucardoConfig * -WhatIf }
        'Start-BucardoService'               = { Start-BucardoService -Background -WhatIf }
        'Stop-BucardoService'                = { Stop-BucardoService -WhatIf }
        'Restart-BucardoService'             = { Restart-BucardoService -WhatIf }
    }
}

AfterAll { Remove-TestSite $site }

Describe 'The module' {
    It 'exports every cmdlet that it has' {
        $assembly = [System.AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'Bucardo.Ps' } | Select-Object -First 1
        $made = $assembly.GetExportedTypes() | ForEach-Object { $_.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false) } | ForEach-Object { "$($_.VerbName)-$($_.NounName)" }
        (Get-Command -Module Bucardo.Ps).Name | Sort-Object | Should -Be ($made | Sort-Object)
    }

    It 'uses approved verbs, and nouns in the singular' {
        $approved = (Get-Verb).Verb
        foreach ($command in Get-Command -Module Bucardo.Ps) {
            $command.Verb | Should -BeIn $approved
            $command.Noun | Should -Match '^Bucardo' -Because $command.Name
            $command.Noun -replace 'Status$' | Should -Not -Match 's$' -Because $command.Name
        }
    }
}

Describe '<Name>' -ForEach ($commands | ForEach-Object { @{ Name = $_.Name; Command = $_ } }) {
    It 'says what it returns' {
        $Command.OutputType.Count | Should -BeGreaterThan 0
    }

    It 'asks before it changes anything, if it changes anything' -Skip:($Command.Verb -in $harmless -or $Command.Name -in 'Test-BucardoDatabase', 'Test-BucardoService') {
        $Command.Parameters.Keys | Should -Contain WhatIf
        if ($Command.Verb -in 'Remove', 'Clear', 'Uninstall') {
            $Command.ImplementingType.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false).ConfirmImpact | Should -Be High
        }
    }

    It 'returns what it changed with -PassThru, where it returns nothing otherwise' -Skip:($Command.Verb -notin 'Set', 'Remove', 'Suspend', 'Resume', 'Reset', 'Stop' -and $Command.Name -notin 'Start-BucardoSync', 'Restart-BucardoSync', 'Wait-BucardoSync') {
        $Command.Parameters.Keys | Should -Contain PassThru
    }

    It 'takes durations as TimeSpan' {
        foreach ($parameter in $Command.Parameters.Values | Where-Object Name -Match '(Timeout|Interval|Time)$') {
            $parameter.ParameterType | Should -BeIn ([timespan], [System.Nullable[timespan]]) -Because $parameter.Name
        }
    }

    It 'completes every name' {
        # New names, of tables that are not registered yet, and files are another matter.
        $free = @{ Name = $Command.Verb -eq 'New' -or ($Command.Noun -in 'BucardoTable', 'BucardoSequence' -and $Command.Verb -in 'Add', 'Find') }
        foreach ($name in 'Name', 'Sync', 'Database', 'DatabaseGroup', 'Group', 'Herd', 'Table', 'Source', 'Target', 'AddSource', 'AddTarget', 'RemoveDatabase', 'AddTable', 'RemoveTable', 'Origin', 'Receiver', 'Winner', 'Loser', 'ConflictStrategy', 'Strategy') {
            if (-not $Command.Parameters.ContainsKey($name) -or $free[$name]) { continue }
            $parameter = $Command.Parameters[$name]
            @($parameter.Attributes | Where-Object { $_ -is [System.Management.Automation.ArgumentCompleterAttribute] }).Count | Should -Be 1 -Because "-$name of $($Command.Name) is a name"
        }
    }
}

Describe '<Name> -WhatIf' -ForEach ($changing | ForEach-Object { @{ Name = $_.Name } }) {
    It 'says what it would do, and touches nothing' {
        $call = $calls[$Name]
        $call | Should -Not -BeNullOrEmpty -Because 'a new cmdlet needs a call in the list above'
        & $call 2>&1 | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] } | Should -BeNullOrEmpty
        Get-ContentHash | Should -Be $untouched
    }
}

Describe 'Pipelines' {
    # Everything that can be done to what a Get- cmdlet returns, by value and by property name. A service has to run first: Service.Tests.ps1 pipes those.
    It 'Get-<Noun> | <Verb>-<Noun>' -ForEach ($commands | Where-Object { $_.Verb -in 'Set', 'Remove', 'Start', 'Stop', 'Suspend', 'Resume', 'Restart', 'Test', 'Invoke', 'Wait', 'Restore', 'Clear', 'Reset' -and $_.Noun -notin 'BucardoService', 'BucardoStatus', 'BucardoKick', 'BucardoLog', 'BucardoDelta', 'BucardoDatabaseGroupMember', 'BucardoHerdMember' } |
            ForEach-Object { @{ Noun = $_.Noun; Verb = $_.Verb; Command = $_ } }) {
        $arguments = @{}
        if ($Command.Parameters.ContainsKey('WhatIf')) { $arguments.WhatIf = $true }
        $given = & "Get-$Noun"
        $given | Should -Not -BeNullOrEmpty
        $given | & $Command @arguments 2>&1 | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] } | Should -BeNullOrEmpty
        $given | Select-Object * | & $Command @arguments 2>&1 | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] } | Should -BeNullOrEmpty
    }

    It '<Name> goes on after one that fails' -ForEach ($commands | Where-Object { $_.Name -match '-Bucardo(Sync|Database|DatabaseGroup|Herd|Table|Sequence)$' -and ($_.Parameters.Name.Attributes | Where-Object { $_ -is [System.Management.Automation.ParameterAttribute] -and $_.ValueFromPipeline }) -and $_.Verb -ne 'New' } | ForEach-Object { @{ Name = $_.Name; Command = $_ } }) {
        $arguments = @{}
        if ($Command.Parameters.ContainsKey('WhatIf')) { $arguments.WhatIf = $true }
        $good = @{ BucardoSync = 's'; BucardoDatabase = 'a'; BucardoDatabaseGroup = 'g'; BucardoHerd = 'h'; BucardoTable = 'account'; BucardoSequence = 'counter' }[$Command.Noun]
        $problems = $null
        if ($Command.Verb -eq 'Add') { $arguments.Herd = 'other' }
        'nope', $good, 'nope2' | & $Command @arguments -ErrorVariable problems -ErrorAction SilentlyContinue -WarningAction SilentlyContinue | Out-Null
        # With -WhatIf, what would be looked up on a database is not.
        $expected = $Command.Verb -eq 'Add' ? 0 : 2
        @($problems | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] }).Count | Should -Be $expected
    }

    It 'members of groups and herds, syncs of services, delta counts, statuses' {
        { (Get-BucardoDatabaseGroup g).Members | Set-BucardoDatabaseGroupMember -Priority 1 -WhatIf -ErrorAction Stop } | Should -Not -Throw
        { (Get-BucardoHerd h).Tables | Remove-BucardoHerdMember h -WhatIf -ErrorAction Stop } | Should -Not -Throw
        { Get-BucardoStatus | Restart-BucardoSync -WhatIf -ErrorAction Stop } | Should -Not -Throw
        { (Get-BucardoStatus).Nodes | Test-BucardoDatabase -ErrorAction Stop } | Should -Not -Throw
        { Get-BucardoSync | Measure-BucardoDelta | Clear-BucardoDelta -WhatIf -ErrorAction Stop } | Should -Not -Throw
    }
}

Describe 'Manners' {
    It 'writes objects and nothing else: <_>' -ForEach ($commands | Where-Object Verb -EQ Get | Where-Object Name -NE 'Get-BucardoLog' | ForEach-Object Name) {
        & $_ 6>&1 5>&1 4>&1 3>&1 | Where-Object { $_ -is [System.Management.Automation.InformationRecord] -or $_ -is [System.Management.Automation.WarningRecord] -or $_ -is [string] } | Should -BeNullOrEmpty
    }

    It 'stops at once on Ctrl+C: <Script>' -ForEach @(
        @{ Script = 'Get-BucardoStatus -Watch -Interval 1h' }
        @{ Script = 'Wait-BucardoSync s -Until Served -Timeout 1h' }
        @{ Script = 'Start-BucardoService' }
    ) {
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("Import-Module '$(Get-TestModulePath)'; `$null = Connect-Bucardo -ConnectionString 'host=$($server.HostName) port=$($server.Port) user=$($server.UserName) dbname=$($site.Control)'; $Script")
            $running = $shell.BeginInvoke()
            Start-Sleep -Seconds 5
            $running.IsCompleted | Should -BeFalse
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            # It would go on for an hour.
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 60
        }
        finally { $shell.Dispose() }
        Wait-TestCondition { -not (Get-BucardoService) }
    }

    It 'works with strict mode and ErrorActionPreference Stop' {
        $result = & {
            Set-StrictMode -Version Latest
            $ErrorActionPreference = 'Stop'
            Get-BucardoDatabase | Test-BucardoDatabase
            Get-BucardoStatus
            Invoke-BucardoSync s
            Get-BucardoTable | Set-BucardoTable -AutoKick $true -PassThru
        }
        $result.Count | Should -Be 7
        { $ErrorActionPreference = 'Stop'; Get-BucardoSync nope } | Should -Throw -ErrorId 'SyncNotFound,*'
    }

    It 'works in ForEach-Object -Parallel, each with a connection of its own' {
        $connection = $site.Connection
        $module = Get-TestModulePath
        $names = 1..4 | ForEach-Object -Parallel {
            Import-Module $using:module
            Get-BucardoSync -Connection $using:connection
            (Connect-Bucardo -Connection $using:connection).DatabaseName
            Get-BucardoDatabase a
        } -ThrottleLimit 4
        @($names | Where-Object { "$_" -eq 's' }).Count | Should -Be 4
        @($names | Where-Object { "$_" -eq 'a' }).Count | Should -Be 4
        (Get-BucardoSync).Name | Should -Be s
    }

    It 'works in background jobs' {
        $job = Start-Job -ArgumentList (Get-TestModulePath), "host=$($server.HostName) port=$($server.Port) user=$($server.UserName) dbname=$($site.Control)" {
            param($Module, $Connection)
            Import-Module $Module
            Get-BucardoStatus -Connection $Connection
        }
        try { ($job | Wait-Job -Timeout 120 | Receive-Job).Name | Should -Be s } finally { $job | Remove-Job -Force }
    }
}

Describe 'Completion' {
    BeforeAll {
        function Get-Completion([string] $Line) { ([System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null)).CompletionMatches.CompletionText }
    }

    It 'completes <Line> to <Text>' -ForEach @(
        @{ Line = 'Get-BucardoConfig run'; Text = 'run_history_days' }
        @{ Line = 'Set-BucardoConfig conf'; Text = 'conflict_history_days' }
        @{ Line = 'Remove-BucardoDatabaseGroupMember g '; Text = 'a', 'b' }
        @{ Line = 'Add-BucardoHerdMember h acc'; Text = 'public.account' }
        @{ Line = 'Measure-BucardoDelta -Receiver '; Text = 'a', 'b' }
        @{ Line = 'Wait-BucardoSync s -Until '; Text = 'CaughtUp', 'Released', 'Served' }
    ) {
        Get-Completion $Line | Sort-Object | Should -Be ($Text | Sort-Object)
    }

    It 'neither hangs nor throws while the control database is <What>' -ForEach @(
        @{ What = 'away'; Silent = $false }
        @{ What = 'there, and silent'; Silent = $true }
    ) {
        $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $port = $listener.LocalEndpoint.Port
        if (-not $Silent) { $listener.Stop() }
        try {
            $Error.Clear()
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            foreach ($line in 'Get-BucardoSync', 'Set-BucardoConfig', 'Remove-BucardoDatabase', 'Remove-BucardoHerd', 'Remove-BucardoDatabaseGroup', 'Set-BucardoTable') {
                Get-Completion "$line -Connection 'host=127.0.0.1 port=$port dbname=x' -Name q" | Where-Object { $_ -and -not (Test-Path $_) } | Should -BeNullOrEmpty
            }
            # Built-in strategies need no database.
            Get-Completion "Set-BucardoSync s -Connection 'host=127.0.0.1 port=$port dbname=x' -ConflictStrategy bucardo_sk" | Should -Be bucardo_skip
            # Each has a second; a connection that nobody answers would take fifteen, seven of them.
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 60
        }
        finally { $listener.Stop() }
    }
}
