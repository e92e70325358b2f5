BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $site = New-TestSite -Node a, b -Register
    $server = $site.Server
    $null = New-BucardoSync s1 -Table account -Source a, b
    $null = New-BucardoSync s2 -Table shop.item -Source a -Target b
    Get-BucardoSync | Start-BucardoSync
    $log = Join-Path $TestDrive 'service.log'
    function Get-Owner([int] $Id) { (Invoke-TestSql $site.Nodes.b "SELECT owner FROM account WHERE id = $Id") -join '' }
}

AfterAll {
    try { Stop-BucardoService } finally { Remove-TestSite $site }
}

Describe 'Without a service' {
    It 'a kick says what to do' {
        $problem = $null
        Invoke-BucardoKick s1 -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'ServiceNotRunning,*'
        "$($problem[0])" | Should -Match 'Start-BucardoService'
        Get-ErrorId { Invoke-BucardoKick s1 -Wait } | Should -Be 'ServiceNotRunning'
    }

    It 'there is none to see, and none to stop' {
        Get-BucardoService | Should -BeNullOrEmpty
        Stop-BucardoService | Should -BeNullOrEmpty
        Stop-BucardoService -HostName nope* | Should -BeNullOrEmpty
        Get-ErrorId { Stop-BucardoService 987654 } | Should -Be ServiceNotFound
        Get-ErrorId { Stop-BucardoService -HostName nope } | Should -Be ServiceNotFound
        Get-ErrorId { 987654, 987655 | Restart-BucardoService } | Should -Be ServiceNotFound, ServiceNotFound
        Get-BucardoService | Stop-BucardoService | Should -BeNullOrEmpty
    }

    It 'Start-BucardoService refuses <What>: <Id>' -ForEach @(
        @{ What = 'an unknown sync'; Id = 'SyncNotFound'; Script = { Start-BucardoService -Background -Sync nope -LogPath $log } }
        @{ What = 'a log that cannot be written'; Id = 'LogNotWritable'; Script = { Start-BucardoService -Background -LogPath '/proc/nope/service.log' } }
        @{ What = 'a time that is too short'; Id = 'ServiceNotAnswering'; Script = { Start-BucardoService -Background -Timeout 1ms -LogPath $log } }
        @{ What = 'a control database that is away'; Id = 'HostUnreachable'; Script = { Start-BucardoService -Connection 'host=127.0.0.1 port=1' } }
    ) {
        Get-ErrorId $Script | Should -Be $Id
        Wait-TestCondition { -not (Get-BucardoService) }
    }

    It 'there is none to ask, and none to write a log' {
        Test-BucardoService -Quiet | Should -BeFalse
        Get-ErrorId { Test-BucardoService } | Should -Be ServiceNotRunning
        Get-ErrorId { Write-BucardoLog 'hello' } | Should -Be ServiceNotRunning
        Get-ErrorId { Get-BucardoLog -Path "$TestDrive/nope.log" } | Should -Be LogNotFound
        Restart-BucardoService -WhatIf | Should -BeNullOrEmpty
    }

    It 'Start-BucardoService does nothing with -WhatIf' {
        Start-BucardoService -Background -WhatIf -LogPath $log | Should -BeNullOrEmpty
        Get-BucardoService | Should -BeNullOrEmpty
    }
}

Describe 'A service in the background' {
    BeforeAll { $service = Start-BucardoService -Background -LogPath $log -LogLevel Debug }
    AfterAll { Stop-BucardoService }

    It 'answers when Start-BucardoService returns' {
        $service | Should -BeOfType Bucardo.Model.ServiceInfo
        $service.LogPath | Should -Be $log
        $seen = Get-BucardoService
        $seen.ProcessId | Should -Be $service.ProcessId
        $seen.Syncs | Should -Be s1, s2
        $seen | Out-String -Width 120 | Should -Match 's1, s2'
    }

    It 'is a process of its own, without secrets on its command line' -Skip:(-not $IsLinux) {
        $service.ProcessId | Should -Not -Be $PID
        $line = [System.IO.File]::ReadAllText("/proc/$($service.ProcessId)/cmdline")
        $line | Should -Match 'Start-BucardoService'
        $line | Should -Not -Match (Get-TestCluster).Password
        # A session of its own: the sixth field of stat is the session's id.
        ([System.IO.File]::ReadAllText("/proc/$($service.ProcessId)/stat") -replace '^.*\) ' -split ' ')[3] | Should -Be $service.ProcessId
    }

    It 'runs a round when kicked' {
        $null = Invoke-TestSql $site.Nodes.a "INSERT INTO shop.item VALUES ('x', 1, 'one')"
        $kick = Invoke-BucardoKick s2 -Wait
        $kick | Should -BeOfType Bucardo.Model.KickResult
        $kick.Result | Should -Be 'Done'
        $kick.Run | Should -Not -BeNullOrEmpty
        Invoke-TestSql $site.Nodes.b 'SELECT title FROM shop.item' | Should -Be 'one'
        Invoke-BucardoKick s2 | ForEach-Object Result | Should -Be 'Sent'
    }

    It 'runs rounds of several syncs that are piped in, and shows them in a table' {
        $kicks = Get-BucardoSync | Invoke-BucardoKick -Wait
        $kicks.Result | Should -Be Done, Done
        $kicks | Out-String -Width 120 | Should -Match 'Sync +Result +Waited +I/U/D Conflicts Round'
        (Get-BucardoService | Invoke-BucardoKick -Timeout 30).Count | Should -Be 2
    }

    It 'answers a ping' {
        Test-BucardoService -Quiet | Should -BeTrue
        $ping = Test-BucardoService
        $ping | Should -BeOfType Bucardo.Model.ServicePing
        $ping.ProcessId, $ping.Answered | Should -Be $service.ProcessId, $true
        $ping.ResponseTime | Should -BeGreaterThan ([timespan]::Zero)
    }

    It 'writes into its log what it is told, and the log is read as objects' {
        Write-BucardoLog "maintenance`nbegins" | Should -BeNullOrEmpty
        'first', 'second' | Write-BucardoLog
        Wait-TestCondition { Get-BucardoLog $log -Message '*second' }
        $entries = Get-BucardoLog $log -Message 'Message:*'
        $entries | Should -BeOfType Bucardo.Model.LogEntry
        $entries.Message | Should -Be 'Message: maintenance begins', 'Message: first', 'Message: second'
        $entries[0].Level | Should -Be info
        ($service | Get-BucardoLog -Tail 1).Path | Should -Be $log
        @(Get-BucardoLog $log -Since (Get-Date).AddHours(1)).Count | Should -Be 0
        Get-BucardoLog $log -Level Error | Should -BeNullOrEmpty
        Get-ErrorId { Write-BucardoLog ('x' * 9000) } | Should -Be MessageTooLong
        Get-BucardoLog $log -Wait -Tail 2 | Select-Object -First 2 | ForEach-Object Message | Should -Match '.'
    }

    It 'goes on after a sync that cannot be kicked' {
        $kicks = 's1', 'nope', 's2' | Invoke-BucardoKick -Wait -ErrorVariable problems -ErrorAction SilentlyContinue
        $kicks.Sync | Sort-Object | Should -Be s1, s2
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'SyncNotFound,*'
    }

    It 'takes changes over by itself' {
        $null = Invoke-TestSql $site.Nodes.a "INSERT INTO account VALUES (1, 'auto', 1)"
        Wait-TestCondition { (Get-Owner 1) -eq 'auto' }
    }

    It 'takes up changed configuration while it runs' {
        $null = Add-BucardoTable shop.note -Herd s1
        Start-BucardoSync s1 -Wait
        $null = Invoke-TestSql $site.Nodes.b "INSERT INTO shop.note VALUES ('n', 'note')"
        Wait-TestCondition { (Invoke-TestSql $site.Nodes.a 'SELECT count(*) FROM shop.note') -eq 1 }
    }

    It 'leaves a paused sync alone' {
        Suspend-BucardoSync s1 -Reason test
        try {
            Wait-TestCondition { 's1' -notin @(Get-BucardoService | ForEach-Object Syncs) }
            $null = Invoke-TestSql $site.Nodes.a "INSERT INTO account VALUES (2, 'paused', 1)"
            Get-ErrorId { Invoke-BucardoKick s1 -Wait } | Should -Be 'SyncPaused'
            Start-Sleep -Milliseconds 500
            Get-Owner 2 | Should -BeNullOrEmpty
            (Get-BucardoStatus s1).State | Should -Be 'Paused'
        }
        finally { Resume-BucardoSync s1 }
        Wait-TestCondition { (Get-Owner 2) -eq 'paused' }
    }

    It 'lets go of a stopped sync, and changes go on being captured' {
        Stop-BucardoSync s1 -Wait
        (Get-BucardoService).Syncs | Should -Be 's2'
        $null = Invoke-TestSql $site.Nodes.a "INSERT INTO account VALUES (3, 'kept', 1)"
        Start-BucardoSync s1 -Wait
        Get-Owner 3 | Should -Be 'kept'
    }

    It 'keeps a round in this session away' {
        Get-ErrorId { Invoke-BucardoSync s1 } | Should -Be 'SyncServed'
    }

    It 'gives up waiting in time, and says so' -Skip:$IsWindows {
        # A service that hangs.
        $null = & kill -STOP $service.ProcessId
        try { $kick = Invoke-BucardoKick s2 -Timeout 1 -ErrorVariable problem -ErrorAction SilentlyContinue } finally { $null = & kill -CONT $service.ProcessId }
        $kick.Result | Should -Be 'TimedOut'
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KickTimedOut,*'
        $problem[0].CategoryInfo.Category | Should -Be 'OperationTimeout'
        (Invoke-BucardoKick s2 -Timeout 30).Result | Should -Be 'Done'
    }

    It 'is restarted: another process runs the same syncs' {
        $before = $service.ProcessId
        Restart-BucardoService -WhatIf | Should -BeNullOrEmpty
        $after = Restart-BucardoService -LogPath $log -LogLevel Debug
        $after.ProcessId | Should -Not -Be $before
        (Get-BucardoService).ProcessId | Should -Be $after.ProcessId
        (Invoke-BucardoKick s2 -Timeout 60).Result | Should -Be 'Done'
    }

    It 'is taken from the pipeline, alone and beside another one' {
        $first = Get-BucardoService
        $second = Start-BucardoService -Background -Sync s1 -LogPath (Join-Path $TestDrive 'second.log')
        @(Get-BucardoService).Count | Should -Be 2
        $second | Test-BucardoService -Quiet | Should -BeTrue
        (Get-BucardoService | Test-BucardoService).ProcessId | Sort-Object | Should -Be ($first.ProcessId, $second.ProcessId | Sort-Object)
        $second | Stop-BucardoService -WhatIf
        987654, $second.Id | Stop-BucardoService -PassThru -ErrorVariable problems -ErrorAction SilentlyContinue | ForEach-Object ProcessId | Should -Be $second.ProcessId
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'ServiceNotFound,*'
        (Get-BucardoService).ProcessId | Should -Be $first.ProcessId
        # By property name, as from a file.
        $service = $first | Select-Object Id | Restart-BucardoService -LogPath $log
        (Get-BucardoService).ProcessId | Should -Be $service.ProcessId
        $first.Id | Should -Not -Be $service.Id
    }

    It 'stops when told to' {
        $service = Get-BucardoService
        (Stop-BucardoService -WhatIf) | Should -BeNullOrEmpty
        (Get-BucardoService).ProcessId | Should -Be $service.ProcessId
        ($service | Select-Object * | Stop-BucardoService -PassThru).ProcessId | Should -Be $service.ProcessId
        Get-BucardoService | Should -BeNullOrEmpty
        Wait-TestCondition { -not (Get-Process -Id $service.ProcessId -ErrorAction Ignore) }
        Get-Content $log -Raw | Should -Match 'The service has stopped'
        Get-Content $log -Raw | Should -Not -Match (Get-TestCluster).Password
    }
}

Describe 'A service in the foreground' -Skip:$IsWindows {
    BeforeEach {
        Remove-Item $log -ErrorAction Ignore
        $script = Join-Path $TestDrive 'host.ps1'
        "Set-StrictMode -Version 3; `$ErrorActionPreference = 'Stop'; Import-Module '$(Get-TestModulePath)'; Start-BucardoService -LogPath '$log'; 'came to its end'" | Set-Content $script
        $start = [System.Diagnostics.ProcessStartInfo]::new((Get-TestPowerShell), [string[]]('-NoProfile', '-NonInteractive', '-File', $script))
        $start.Environment['BUCARDO_CONNECTION'] = "host=$($server.HostName) port=$($server.Port) user=$($server.UserName) dbname=$($site.Control)"
        $start.RedirectStandardOutput = $true
        $start.RedirectStandardError = $true
        $process = [System.Diagnostics.Process]::Start($start)
        Wait-TestCondition { $process.HasExited -or (Get-BucardoService | Where-Object { $_.ProcessId -eq $process.Id -and $_.Syncs }) }
    }
    AfterEach {
        if (-not $process.HasExited) { $process.Kill() }
        $process.Dispose()
    }

    It 'ends in order on <Signal>' -ForEach @{ Signal = 'INT' }, @{ Signal = 'TERM' } {
        $null = & kill "-$Signal" $process.Id
        $process.WaitForExit(30000) | Should -BeTrue
        Get-BucardoService | Should -BeNullOrEmpty
        Get-Content $log -Raw | Should -Match 'The service has stopped'
        if ($Signal -eq 'TERM') { $process.StandardOutput.ReadToEnd() | Should -Match 'came to its end' }
    }

    It 'ends when Stop-BucardoService says so' {
        Stop-BucardoService
        $process.WaitForExit(30000) | Should -BeTrue
        $process.ExitCode | Should -Be 0
        $process.StandardError.ReadToEnd() | Should -BeNullOrEmpty
    }

    It 'loses nothing when it is killed' {
        $process.Kill()
        $process.WaitForExit()
        $null = Invoke-TestSql $site.Nodes.a "INSERT INTO account VALUES (9, 'after the kill', 1)"
        Wait-TestCondition { -not (Get-BucardoService) }
        $null = Invoke-BucardoSync s1
        Get-Owner 9 | Should -Be 'after the kill'
    }
}
