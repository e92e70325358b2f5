BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $site = New-TestSite -Node a, b -Register
    $null = Add-BucardoTable account, shop.item, shop.note
}

AfterAll { Remove-TestSite $site }

Describe 'New-BucardoHerd' {
    AfterEach { Get-BucardoHerd | Remove-BucardoHerd -Force -Confirm:$false }

    It 'takes tables by name' {
        $herd = New-BucardoHerd h -Table shop.note, account -About 'two'
        $herd | Should -BeOfType Bucardo.Model.Herd
        $herd.Tables.FullName | Should -Be public.account, shop.note
        $herd.About | Should -Be 'two'
    }

    It 'takes tables from the pipeline' {
        (Get-BucardoTable -Schema shop | New-BucardoHerd h).Tables.Count | Should -Be 2
        ('account', 'shop.*' | New-BucardoHerd h2).Tables.Count | Should -Be 3
    }

    It 'can be empty' {
        (New-BucardoHerd h).Tables | Should -BeNullOrEmpty
    }

    It 'refuses <What>: <Id>' -ForEach @(
        @{ What = 'a name twice'; Id = 'HerdExists'; Script = { 1..2 | ForEach-Object { New-BucardoHerd h } } }
        @{ What = 'a table that is not registered'; Id = 'TableNotFound'; Script = { New-BucardoHerd h -Table history } }
    ) {
        Get-ErrorId $Script | Should -Be $Id
    }

    It 'does nothing with -WhatIf' {
        Get-BucardoTable | New-BucardoHerd h -WhatIf | Should -BeNullOrEmpty
        Get-BucardoHerd | Should -BeNullOrEmpty
    }
}

Describe 'An existing herd' {
    BeforeEach { $null = New-BucardoHerd h -Table account, shop.item }
    AfterEach { Get-BucardoHerd | Remove-BucardoHerd -Force -Confirm:$false }

    It 'is found by name and wildcard' {
        (Get-BucardoHerd h).Name | Should -Be 'h'
        (Get-BucardoHerd *).Name | Should -Be 'h'
        Get-ErrorId { Get-BucardoHerd nope } | Should -Be 'HerdNotFound'
    }

    It 'gets and loses tables' {
        (Set-BucardoHerd h -AddTable shop.note -PassThru).Tables.FullName | Should -Be public.account, shop.item, shop.note
        (Set-BucardoHerd h -AddTable shop.note -Priority 9 -PassThru).Tables.FullName | Should -Be shop.note, public.account, shop.item
        (Get-BucardoHerd h | Set-BucardoHerd -RemoveTable shop.* -PassThru).Tables.FullName | Should -Be 'public.account'
    }

    It 'has lists that can be indexed' {
        (Get-BucardoHerd h).Tables[1].KeyColumns[0] | Should -Be 'maker'
        (Get-BucardoTable shop.item).Herds[0] | Should -Be 'h'
    }

    It 'is renamed' {
        Set-BucardoHerd h -NewName k -About 'x' | Should -BeNullOrEmpty
        (Get-BucardoHerd).Name | Should -Be 'k'
    }

    It 'is left alone by -WhatIf' {
        Set-BucardoHerd h -AddTable shop.note -WhatIf
        Remove-BucardoHerd h -WhatIf
        (Get-BucardoHerd h).Tables.Count | Should -Be 2
    }

    It 'in use is removed with -Force only' {
        $null = New-BucardoSync s -Herd h -Source a -Target b
        Get-ErrorId { Remove-BucardoHerd h -Confirm:$false } | Should -Be 'HerdInUse'
        (Get-BucardoSync s | Get-BucardoHerd).Name | Should -Be 'h'
        Remove-BucardoHerd h -Force -Confirm:$false
        Get-BucardoSync | Should -BeNullOrEmpty
        Remove-BucardoDatabaseGroup s -Confirm:$false
        (Get-BucardoTable).Count | Should -Be 3
    }

    It 'shows its tables' {
        Get-BucardoHerd | Out-String -Width 120 | Should -Match 'h +public\.account, shop\.item'
    }
}
