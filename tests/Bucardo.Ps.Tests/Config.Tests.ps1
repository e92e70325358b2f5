BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $site = New-TestSite -Node a, b -Register
    $null = New-BucardoSync s -Table account -Source a -Target b
    $null = New-BucardoSync t -Table shop.item -Source a -Target b
}

AfterAll { Remove-TestSite $site }

Describe 'Settings' {
    AfterEach {
        Reset-BucardoConfig *
        Get-BucardoConfig -Sync * | Reset-BucardoConfig
    }

    It 'are shown with their defaults' {
        $setting = Get-BucardoConfig run_history_days
        $setting | Should -BeOfType Bucardo.Model.Setting
        $setting.Value, $setting.Default, $setting.IsChanged | Should -Be '30', '30', $false
        $setting.About | Should -Match 'rounds'
        (Get-BucardoConfig *history*).Name | Should -Be conflict_history_days, run_history_days
        Get-BucardoConfig -ChangedOnly | Should -BeNullOrEmpty
    }

    It 'are set and reset' {
        Set-BucardoConfig run_history_days 7 | Should -BeNullOrEmpty
        (Get-BucardoConfig -ChangedOnly).Name | Should -Be 'run_history_days'
        (Set-BucardoConfig RUN_HISTORY_DAYS 9 -PassThru).Value | Should -Be '9'
        (Get-BucardoConfig run* | Reset-BucardoConfig -PassThru).Value | Should -Be '30'
    }

    It 'can be a sync''s own, and go where the sync goes' {
        (Get-BucardoSync s | ForEach-Object { Set-BucardoConfig conflict_history_days 5 -Sync $_ -PassThru }).Sync | Should -Be 's'
        Set-BucardoConfig conflict_history_days 6 -Sync *
        "$(Get-BucardoConfig conflict_history_days)" | Should -Be 'conflict_history_days: 90 conflict_history_days of sync s: 6 conflict_history_days of sync t: 6'
        (Get-BucardoConfig -Sync s).Default | Should -Be '90'
        Set-BucardoSync s -NewName r
        try { (Get-BucardoConfig conflict_history_days -Sync r).Value | Should -Be '6' } finally { Set-BucardoSync r -NewName s }
        (Get-BucardoConfig -Sync s | Reset-BucardoConfig -PassThru).Value | Should -Be '90'
        @(Get-BucardoConfig -Sync *).Sync | Should -Be 't'
    }

    It 'rule what becomes of the history' {
        Start-BucardoSync s
        $null = Invoke-TestSql $site.Nodes.a 'INSERT INTO account (id) VALUES (1)'
        $null = Invoke-BucardoSync s
        $null = Invoke-BucardoSync s
        $null = Invoke-BucardoSync s
        $null = Invoke-TestSql $site.Control "UPDATE bucardo.syncrun SET started = started - interval '20 days', ended = ended - interval '20 days' WHERE outcome = 'empty'"
        Set-BucardoConfig run_history_days 10 -Sync t
        $null = Invoke-BucardoSync s
        @(Get-BucardoSyncRun s).Count | Should -Be 4 -Because 'they are of another sync'
        Set-BucardoConfig run_history_days 10
        $null = Invoke-BucardoSync s
        @(Get-BucardoSyncRun s).Count | Should -Be 3 -Because 'the older ones are gone'
    }

    It 'refuse <What>: <Id>' -ForEach @(
        @{ What = 'a name that does not exist'; Id = 'SettingNotFound'; Script = { Set-BucardoConfig run_history_day 5 } }
        @{ What = 'a name that does not exist, read'; Id = 'SettingNotFound'; Script = { Get-BucardoConfig nope } }
        @{ What = 'a value that is none'; Id = 'InvalidValue'; Script = { Set-BucardoConfig run_history_days soon } }
        @{ What = 'a strategy that is none'; Id = 'InvalidStrategy'; Script = { Set-BucardoConfig default_conflict_strategy dice } }
        @{ What = 'what the program keeps itself'; Id = 'SettingReadOnly'; Script = { Set-BucardoConfig bucardo_version 1 } }
        @{ What = 'a sync''s own where it makes no sense'; Id = 'SettingNotPerSync'; Script = { Set-BucardoConfig default_conflict_strategy bucardo_source -Sync s } }
        @{ What = 'a sync that does not exist'; Id = 'SyncNotFound'; Script = { Set-BucardoConfig run_history_days 5 -Sync nope } }
    ) {
        Get-ErrorId $Script | Should -Be $Id
        Get-BucardoConfig -ChangedOnly | Should -BeNullOrEmpty
    }

    It 'are taken from a file' {
        'Name,Value,Sync', 'run_history_days,3,', 'conflict_history_days,4,s' | ConvertFrom-Csv | Set-BucardoConfig
        "$(Get-BucardoConfig -ChangedOnly)" | Should -Be 'conflict_history_days of sync s: 4 run_history_days: 3'
    }

    It 'give new syncs their strategy' {
        Set-BucardoConfig default_conflict_strategy bucardo_source
        try { (New-BucardoSync u -Table shop.note -Source a -Target b).ConflictStrategy | Should -Be 'bucardo_source' }
        finally { Remove-BucardoSync u -Confirm:$false }
    }
}

Describe 'Clear-BucardoSyncRun' {
    It 'removes rounds by number, by time, and all' {
        Start-BucardoSync t
        1..3 | ForEach-Object { $null = Invoke-BucardoSync t }
        Get-BucardoSyncRun t -Last 1 | Clear-BucardoSyncRun -Confirm:$false
        @(Get-BucardoSyncRun t).Count | Should -Be 2
        Clear-BucardoSyncRun t -Before (Get-Date).AddDays(-1) -Confirm:$false
        Clear-BucardoSyncRun t -WhatIf
        @(Get-BucardoSyncRun t).Count | Should -Be 2
        Clear-BucardoSyncRun t -Confirm:$false
        Get-BucardoSyncRun t | Should -BeNullOrEmpty
        (Get-BucardoStatus t).State | Should -Be 'No records found'
    }
}
