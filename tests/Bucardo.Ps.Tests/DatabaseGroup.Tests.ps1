BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $site = New-TestSite -Node a, b, c -Register
}

AfterAll { Remove-TestSite $site }

Describe 'New-BucardoDatabaseGroup' {
    AfterEach { Get-BucardoDatabaseGroup | Remove-BucardoDatabaseGroup -Force -Confirm:$false }

    It 'takes sources and targets, the preferred source first' {
        $group = New-BucardoDatabaseGroup g -Source b, a -Target c -About 'three nodes'
        $group | Should -BeOfType Bucardo.Model.DatabaseGroup
        "$($group.Members)" | Should -Be 'b:source a:source c:target'
        $group.Members[0].Priority | Should -BeGreaterThan $group.Members[1].Priority
        $group.About | Should -Be 'three nodes'
    }

    It 'takes members as the bucardo command writes them' {
        "$((New-BucardoDatabaseGroup g -Member a:source:5, b:target, c).Members)" | Should -Be 'a:source b:target c:target'
    }

    It 'takes database objects, and rows of a CSV file' {
        "$((New-BucardoDatabaseGroup g -Source (Get-BucardoDatabase a) -Target (Get-BucardoDatabase [bc])).Members)" | Should -Be 'a:source b:target c:target'
        "$(([pscustomobject]@{ Name = 'g2'; Source = 'a, b'; Target = '' } | New-BucardoDatabaseGroup).Members)" | Should -Be 'a:source b:source'
    }

    It 'refuses <What>: <Id>' -ForEach @(
        @{ What = 'a name twice'; Id = 'GroupExists'; Script = { 1..2 | ForEach-Object { New-BucardoDatabaseGroup g -Source a } } }
        @{ What = 'an unknown database'; Id = 'DatabaseNotFound'; Script = { New-BucardoDatabaseGroup g -Source a, nope } }
        @{ What = 'an unknown role'; Id = 'ParameterArgumentTransformationError'; Script = { New-BucardoDatabaseGroup g -Member a:boss } }
        @{ What = 'an empty name'; Id = 'ParameterArgumentValidationError'; Script = { New-BucardoDatabaseGroup '' -Source a } }
    ) {
        Get-ErrorId $Script | Should -Be $Id
    }

    It 'does nothing with -WhatIf' {
        New-BucardoDatabaseGroup g -Source a -WhatIf | Should -BeNullOrEmpty
        Get-BucardoDatabaseGroup | Should -BeNullOrEmpty
    }
}

Describe 'An existing database group' {
    BeforeEach { $null = New-BucardoDatabaseGroup g -Source a -Target b }
    AfterEach { Get-BucardoDatabaseGroup | Remove-BucardoDatabaseGroup -Force -Confirm:$false }

    It 'is found by name, wildcard and pipeline' {
        (Get-BucardoDatabaseGroup).Name | Should -Be 'g'
        ('g*' | Get-BucardoDatabaseGroup).Name | Should -Be 'g'
        Get-ErrorId { Get-BucardoDatabaseGroup nope } | Should -Be 'GroupNotFound'
    }

    It 'gets members one by one' {
        "$((Set-BucardoDatabaseGroup g -AddSource c -PassThru).Members)" | Should -Be 'a:source b:target c:source'
        "$((Set-BucardoDatabaseGroup g -AddTarget a -RemoveDatabase b -PassThru).Members)" | Should -Be 'a:target c:source'
    }

    It 'gets a whole new list of sources and keeps its targets' {
        Set-BucardoDatabaseGroup g -Source c, a | Should -BeNullOrEmpty
        "$((Get-BucardoDatabaseGroup g).Members)" | Should -Be 'c:source a:source b:target'
    }

    It 'gets a whole new membership' {
        "$((Get-BucardoDatabaseGroup g | Set-BucardoDatabaseGroup -Member c:source, b:source -PassThru).Members)" | Should -Be 'b:source c:source'
    }

    It 'is renamed' {
        (Set-BucardoDatabaseGroup g -NewName h -About 'new' -PassThru).About | Should -Be 'new'
        (Get-BucardoDatabaseGroup).Name | Should -Be 'h'
    }

    It 'hands its databases to the cmdlets for databases' {
        (Get-BucardoDatabaseGroup g | Get-BucardoDatabase).Name | Should -Be a, b
    }

    It 'is left alone by -WhatIf' {
        Set-BucardoDatabaseGroup g -Source c -WhatIf
        Remove-BucardoDatabaseGroup g -WhatIf
        "$((Get-BucardoDatabaseGroup g).Members)" | Should -Be 'a:source b:target'
    }

    It 'in use is removed with -Force only' {
        $null = Add-BucardoTable account -Herd h -Database a
        $null = New-BucardoSync s -Herd h -DatabaseGroup g
        Get-ErrorId { Remove-BucardoDatabaseGroup g -Confirm:$false } | Should -Be 'GroupInUse'
        (Remove-BucardoDatabaseGroup g -Force -Confirm:$false -PassThru).Name | Should -Be 'g'
        Get-BucardoSync | Should -BeNullOrEmpty
    }

    It 'shows its members in one line' {
        Get-BucardoDatabaseGroup | Out-String -Width 120 | Should -Match 'g +a:source, b:target'
    }
}
