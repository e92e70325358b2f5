BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $site = New-TestSite -Node a, b, c -Register
    $null = Add-BucardoTable account, shop.item, shop.note
}

AfterAll { Remove-TestSite $site }

Describe 'Members of a database group' {
    BeforeEach { $null = New-BucardoDatabaseGroup g -Source a }
    AfterEach { Get-BucardoDatabaseGroup | Remove-BucardoDatabaseGroup -Force -Confirm:$false }

    It 'are added by name, by object and from a file' {
        Add-BucardoDatabaseGroupMember g b | Should -BeNullOrEmpty
        "$((Get-BucardoDatabase c | Add-BucardoDatabaseGroupMember g -Role Source -Priority 2 -PassThru).Members)" | Should -Be 'c:source a:source b:target'
        Remove-BucardoDatabaseGroupMember g b, c -Confirm:$false
        'Group,Database,Role,Priority', 'g,b,Source,3', 'g,c,,' | ConvertFrom-Csv | Add-BucardoDatabaseGroupMember
        "$((Get-BucardoDatabaseGroup g).Members)" | Should -Be 'b:source a:source c:target'
    }

    It 'are changed: role or priority, the other stays' {
        Add-BucardoDatabaseGroupMember g b -Role Source -Priority 5
        $b = (Set-BucardoDatabaseGroupMember g b -Role Target -PassThru).Members | Where-Object Database -EQ b
        $b.Role, $b.Priority | Should -Be 'Target', 5
        $b = (Set-BucardoDatabaseGroupMember g b -Priority 1 -PassThru).Members | Where-Object Database -EQ b
        $b.Role, $b.Priority | Should -Be 'Target', 1
    }

    It 'are piped as the group has them' {
        Add-BucardoDatabaseGroupMember g b, c
        (Get-BucardoDatabaseGroup g).Members | Where-Object Role -EQ Target | Set-BucardoDatabaseGroupMember -Role Source
        (Get-BucardoDatabaseGroup g).Members.Role | Should -Be Source, Source, Source
        (Get-BucardoDatabaseGroup g).Members | Where-Object Database -NE a | Remove-BucardoDatabaseGroupMember -Confirm:$false
        "$((Get-BucardoDatabaseGroup g).Members)" | Should -Be 'a:source'
    }

    It 'are found by wildcards' {
        Add-BucardoDatabaseGroupMember g [bc]
        Remove-BucardoDatabaseGroupMember g * -Confirm:$false
        (Get-BucardoDatabaseGroup g).Members | Should -BeNullOrEmpty
    }

    It 'that fail do not keep the others back: <Id>' -ForEach @(
        @{ Id = 'MemberExists'; Script = { Add-BucardoDatabaseGroupMember g a, b } }
        @{ Id = 'DatabaseNotFound'; Script = { Add-BucardoDatabaseGroupMember g nope, b } }
    ) {
        Get-ErrorId $Script | Should -Be $Id
        "$((Get-BucardoDatabaseGroup g).Members)" | Should -Be 'a:source b:target'
    }

    It 'are refused: <Id>' -ForEach @(
        @{ Id = 'GroupNotFound'; Script = { Add-BucardoDatabaseGroupMember nope b } }
        @{ Id = 'MemberNotFound'; Script = { Set-BucardoDatabaseGroupMember g b -Role Source } }
        @{ Id = 'MemberNotFound'; Script = { Remove-BucardoDatabaseGroupMember g c -Confirm:$false } }
    ) {
        Get-ErrorId $Script | Should -Be $Id
    }

    It 'leave a sync its source' {
        $null = Add-BucardoTable account -Herd h -ErrorAction SilentlyContinue
        Add-BucardoDatabaseGroupMember g b
        $null = New-BucardoSync s -Herd h -DatabaseGroup g
        try {
            Get-ErrorId { Remove-BucardoDatabaseGroupMember g a -Confirm:$false } | Should -Be 'SyncWithoutSource'
            Get-ErrorId { Set-BucardoDatabaseGroupMember g a -Role Target } | Should -Be 'SyncWithoutSource'
        }
        finally { Remove-BucardoSync s -Confirm:$false; Remove-BucardoHerd h -Confirm:$false }
    }
}

Describe 'Members of a herd' {
    BeforeEach { $null = New-BucardoHerd h -Table account }
    AfterEach { Get-BucardoHerd | Remove-BucardoHerd -Force -Confirm:$false }

    It 'are added by name, by object and from a file' {
        Add-BucardoHerdMember h shop.note | Should -BeNullOrEmpty
        (Get-BucardoTable shop.item | Add-BucardoHerdMember h -Priority 3 -PassThru).Tables.FullName | Should -Be shop.item, public.account, shop.note
        Remove-BucardoHerdMember h shop.* -Confirm:$false
        'Herd,Table,Priority', 'h,shop.item,2', 'h,shop.note,' | ConvertFrom-Csv | Add-BucardoHerdMember
        (Get-BucardoHerd h).Tables.FullName | Should -Be shop.item, public.account, shop.note
    }

    It 'get a new priority' {
        Add-BucardoHerdMember h shop.item
        (Add-BucardoHerdMember h shop.item -Priority 1 -PassThru).Tables.Name | Should -Be item, account
    }

    It 'are taken out; the tables stay registered' {
        (Get-BucardoHerd h).Tables | Remove-BucardoHerdMember h -Confirm:$false
        (Get-BucardoHerd h).Tables | Should -BeNullOrEmpty
        Get-BucardoTable account | Should -Not -BeNullOrEmpty
    }

    It 'are refused: <Id>' -ForEach @(
        @{ Id = 'HerdNotFound'; Script = { Add-BucardoHerdMember nope account } }
        @{ Id = 'TableNotFound'; Script = { Add-BucardoHerdMember h nope } }
        @{ Id = 'MemberNotFound'; Script = { Remove-BucardoHerdMember h shop.item -Confirm:$false } }
    ) {
        Get-ErrorId $Script | Should -Be $Id
        (Get-BucardoHerd h).Tables.Name | Should -Be account
    }
}
