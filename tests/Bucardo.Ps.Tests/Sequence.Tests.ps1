BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $site = New-TestSite -Node a, b -Register
    $null = New-BucardoSync s -Table account -Source a -Target b
    function Get-Next([string] $Node) { (Invoke-TestSql $site.Nodes[$Node] "SELECT nextval('shop.counter')") -join '' }
}

AfterAll { Remove-TestSite $site }

Describe 'Sequences' {
    It 'are found, registered and put into a herd' {
        $found = Find-BucardoTable -Type Sequence -Database a -Unregistered
        $found.FullName | Should -Be shop.counter
        $added = $found | Add-BucardoSequence -Herd s
        $added | Should -BeOfType Bucardo.Model.Table
        "$($added.Type)", $added.FullName, "$($added.Herds)" | Should -Be Sequence, shop.counter, s
        (Get-BucardoHerd s | Get-BucardoSequence).FullName | Should -Be shop.counter
        (Get-BucardoSequence counter -Sync s -Database a -Schema sh*).FullName | Should -Be shop.counter
        Get-BucardoSequence account* | Should -BeNullOrEmpty
        Add-BucardoSequence -All -Herd s | ForEach-Object FullName | Should -Be shop.counter
        (TabExpansion2 -inputScript 'Get-BucardoSequence co' -cursorColumn 22).CompletionMatches.CompletionText | Should -Be shop.counter
        Get-BucardoSequence | Out-String -Width 120 | Should -Match 'shop.counter +Sequence'
    }

    It 'refuse <What>: <Id>' -ForEach @(
        @{ What = 'what is not there'; Id = 'TableNotFound'; Script = { Add-BucardoSequence nope } }
        @{ What = 'a table'; Id = 'NotATable'; Script = { Add-BucardoSequence account } }
        @{ What = 'a herd twice'; Id = 'TableExists'; Script = { Add-BucardoSequence counter -Herd s } }
        @{ What = 'a sequence that is not registered'; Id = 'TableNotFound'; Script = { Get-BucardoSequence nope } }
        @{ What = 'to be removed as a table is'; Id = 'TableNotFound'; Script = { Remove-BucardoSequence account -Confirm:$false } }
        @{ What = 'to be removed while a sync has them'; Id = 'TableInUse'; Script = { Remove-BucardoSequence counter -Confirm:$false } }
        @{ What = 'an unknown database'; Id = 'DatabaseNotFound'; Script = { Add-BucardoSequence counter -Database nope } }
    ) {
        Get-ErrorId $Script | Should -Be $Id
    }

    It 'are planned, and kept ahead by each round' {
        Test-BucardoSync s | Should -BeNullOrEmpty
        Start-BucardoSync s
        $null = Invoke-TestSql $site.Nodes.a "SELECT setval('shop.counter', 40)"
        $plan = Invoke-BucardoSync s -WhatIf
        $plan.Sequences | ForEach-Object { "$_" } | Should -Be 'shop.counter, a to b: to 40'
        $plan | Out-String -Width 120 | Should -Match 'Sequences +: shop.counter, a to b: to 40'
        Invoke-TestSql $site.Nodes.b 'SELECT last_value, is_called FROM shop.counter' | Should -Be '1|f'
        (Invoke-BucardoSync s).Problems | Should -BeNullOrEmpty
        Get-Next b | Should -Be 41
        (Invoke-BucardoSync s -WhatIf).Sequences | Should -BeNullOrEmpty
    }

    It 'that are missing somewhere are named, by the tests, the round and the status' {
        $null = Invoke-TestSql $site.Nodes.b 'DROP SEQUENCE shop.counter'
        $problem = Test-BucardoSync s
        $problem.Code, $problem.Database | Should -Be SequenceMissing, b
        $run = Invoke-BucardoSync s -WarningAction SilentlyContinue
        $run.Status | Should -Match 'sequence shop.counter is paused'
        $run.Problems.Message | Should -Match 'does not exist on database b'
        (Get-BucardoStatus s).Reasons | Should -Match 'sequence shop.counter is paused'
        (Invoke-BucardoSync s -WhatIf).Problems.Code | Should -Be SequenceMissing
        $null = Invoke-TestSql $site.Nodes.b 'CREATE SEQUENCE shop.counter'
        (Invoke-BucardoSync s).Status | Should -Be Complete
        Get-Next b | Should -Be 41
    }

    It 'are removed' {
        Get-BucardoSequence | Remove-BucardoSequence -Force -WhatIf
        (Get-BucardoSequence | Remove-BucardoSequence -Force -PassThru -Confirm:$false).FullName | Should -Be shop.counter
        Get-BucardoSequence | Should -BeNullOrEmpty
        Get-Next a | Should -Be 41
    }
}
