BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $site = New-TestSite -Node a, b -Register
    $everything = 'public.account', 'shop.item', 'shop.note', 'shop.Odd.Name *'
}

AfterAll { Remove-TestSite $site }

Describe 'Add-BucardoTable' {
    AfterEach {
        Get-BucardoTable | Remove-BucardoTable -Force -Confirm:$false
        Get-BucardoHerd | Remove-BucardoHerd -Force -Confirm:$false
    }

    It 'registers tables by name and puts them into a herd' {
        $tables = Add-BucardoTable account, shop.item -Herd h
        $tables | Should -BeOfType Bucardo.Model.Table
        $tables.FullName | Should -Be public.account, shop.item
        $tables[1].KeyColumns | Should -Be maker, number
        (Get-BucardoHerd h).Tables.FullName | Should -Be public.account, shop.item
    }

    It 'takes a unique index on NOT NULL columns where there is no primary key' {
        (Add-BucardoTable shop.note).KeyColumns | Should -Be 'code'
    }

    It 'takes wildcards, and a schema' {
        (Add-BucardoTable *ccoun*).FullName | Should -Be 'public.account'
        (Add-BucardoTable * -Schema shop).Name | Sort-Object | Should -Be 'item', 'note', 'Odd.Name *'
    }

    It 'takes all tables and warns of those without a key' {
        $tables = Add-BucardoTable -All -WarningVariable warnings -WarningAction SilentlyContinue
        $tables.FullName | Sort-Object | Should -Be $everything
        $warnings.Count | Should -Be 1
        "$warnings" | Should -Match 'public\.history'
    }

    It 'takes names from the pipeline and from a CSV file' {
        ('account', 'shop.item' | Add-BucardoTable -Herd h).Count | Should -Be 2
        ('Name,Schema,Herd', 'note,shop,h2' | ConvertFrom-Csv | Add-BucardoTable).Herds | Should -Be 'h2'
    }

    It 'takes names with dots, blanks and wildcard signs in double quotes' {
        (Add-BucardoTable 'shop."Odd.Name *"').Name | Should -Be 'Odd.Name *'
    }

    It 'takes sequences' {
        (Add-BucardoTable shop.counter -Type Sequence).Type | Should -Be 'Sequence'
    }

    It 'goes on after a table that it cannot take' {
        $tables = Add-BucardoTable account, history, shop.item -Herd h -ErrorVariable problems -ErrorAction SilentlyContinue
        $tables.Count | Should -Be 2
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'TableWithoutKey,*'
        "$($problems[0])" | Should -Match 'public\.history.*unique index'
    }

    It 'refuses <What>: <Id>' -ForEach @(
        @{ What = 'a table that is not there'; Id = 'TableNotFound'; Script = { Add-BucardoTable nope } }
        @{ What = 'a wildcard that fits nothing'; Id = 'TableNotFound'; Script = { Add-BucardoTable nope* } }
        @{ What = 'a key without an index'; Id = 'InvalidKey'; Script = { Add-BucardoTable account -KeyColumn owner } }
        @{ What = 'an unknown strategy'; Id = 'InvalidStrategy'; Script = { Add-BucardoTable account -ConflictStrategy dice } }
        @{ What = 'a text as a counter'; Id = 'CounterInvalid'; Script = { Add-BucardoTable account -CounterColumn owner } }
        @{ What = 'an unknown database'; Id = 'DatabaseNotFound'; Script = { Add-BucardoTable account -Database nope } }
        @{ What = 'names and -All at once'; Id = 'AmbiguousParameterSet'; Script = { Add-BucardoTable -Name account -All } }
    ) {
        Get-ErrorId $Script | Should -Be $Id
        Get-BucardoTable | Should -BeNullOrEmpty
    }

    It 'does nothing with -WhatIf' {
        Add-BucardoTable account -Herd h -WhatIf | Should -BeNullOrEmpty
        Add-BucardoTable -All -WhatIf | Should -BeNullOrEmpty
        Get-BucardoTable | Should -BeNullOrEmpty
        Get-BucardoHerd | Should -BeNullOrEmpty
    }
}

Describe 'A registered table' {
    BeforeEach { $null = Add-BucardoTable $everything.Where({ $_ -notmatch 'Odd' }) -Herd h; $null = Add-BucardoTable 'shop."Odd.Name *"' }
    AfterEach {
        Get-BucardoTable | Remove-BucardoTable -Force -Confirm:$false
        Get-BucardoHerd | Remove-BucardoHerd -Force -Confirm:$false
    }

    It 'is found by name, wildcard, schema, herd and database' {
        (Get-BucardoTable account).FullName | Should -Be 'public.account'
        (Get-BucardoTable).Count | Should -Be 4
        (Get-BucardoTable -Schema shop).Count | Should -Be 3
        (Get-BucardoTable -Herd h).Count | Should -Be 3
        (Get-BucardoTable -Database a -Type Table).Count | Should -Be 4
        (Get-BucardoTable 'shop."Odd.Name *"').Name | Should -Be 'Odd.Name *'
        (Get-BucardoHerd h | Get-BucardoTable).Count | Should -Be 3
        Get-ErrorId { Get-BucardoTable nope } | Should -Be 'TableNotFound'
        Get-BucardoTable nope* | Should -BeNullOrEmpty
    }

    It 'is changed' {
        Set-BucardoTable account -ConflictStrategy bucardo_source -AutoKick $false | Should -BeNullOrEmpty
        (Get-BucardoTable account).ConflictStrategy | Should -Be 'bucardo_source'
        $table = Get-BucardoTable account | Set-BucardoTable -ConflictStrategy '' -AutoKick $null -PassThru
        $table.ConflictStrategy | Should -BeNullOrEmpty
        $table.AutoKick | Should -BeNullOrEmpty
        Get-ErrorId { Set-BucardoTable account -KeyColumn owner } | Should -Be 'InvalidKey'
    }

    It 'is told to merge columns and add up counters' {
        Set-BucardoTable account -MergeColumns $true -CounterColumn amount
        $table = Set-BucardoTable account -AutoKick $false -PassThru
        $table.MergeColumns | Should -BeTrue
        $table.Counters | Should -Be 'amount'
        $table = Set-BucardoTable account -MergeColumns $false -CounterColumn @() -PassThru
        $table.MergeColumns | Should -BeFalse
        $table.Counters | Should -BeNullOrEmpty
        Get-ErrorId { Set-BucardoTable account -CounterColumn $table.KeyColumns } | Should -Be 'CounterInvalid'
        Get-ErrorId { Set-BucardoTable account -CounterColumn nope } | Should -Be 'CounterInvalid'
    }

    It 'is removed by object, also one with an odd name' {
        Get-BucardoTable 'shop."Odd.Name *"' | Remove-BucardoTable -Confirm:$false
        (Get-BucardoTable).Count | Should -Be 3
        (Remove-BucardoTable -Name * -Schema shop -Confirm:$false -PassThru).Count | Should -Be 2
        (Get-BucardoTable).FullName | Should -Be 'public.account'
    }

    It 'is left alone by -WhatIf' {
        Get-BucardoTable | Set-BucardoTable -AutoKick $false -WhatIf
        Get-BucardoTable | Remove-BucardoTable -WhatIf
        (Get-BucardoTable).Count | Should -Be 4
        (Get-BucardoTable account).AutoKick | Should -BeNullOrEmpty
    }

    It 'of a sync is removed with -Force only' {
        $null = New-BucardoSync s -Herd h -Source a -Target b
        try {
            Get-ErrorId { Remove-BucardoTable account -Confirm:$false } | Should -Be 'TableInUse'
            (Get-BucardoTable -Sync s).Count | Should -Be 3
        }
        finally { Remove-BucardoSync s -Confirm:$false; Remove-BucardoDatabaseGroup s -Confirm:$false }
    }

    It 'fits into 120 columns' {
        $lines = Get-BucardoTable | Out-String -Width 120 -Stream | Where-Object { $_ }
        $lines[0] | Should -Match 'Id Name +Type +Database +Key +Herds'
        $lines | Where-Object { $_ -match 'shop\.item' } | Should -Match 'maker, number +h'
    }
}

Describe 'Find-BucardoTable' {
    BeforeAll {
        $found = New-TestSite -Node p, q -Register
        $null = Invoke-TestSql $found.Nodes.p 'INSERT INTO account SELECT generate_series(1, 500); CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM (0) TO (10); INSERT INTO parts VALUES (1); CREATE VIEW seen AS SELECT 1; ANALYZE'
    }
    AfterAll { Remove-TestSite $found }

    It 'finds tables with their keys and sizes, no partitions, no views' {
        $tables = Find-BucardoTable -Database p
        $tables | Should -BeOfType Bucardo.Model.TableCandidate
        $tables.FullName | Should -Be 'public.account', 'public.history', 'public.parts', 'shop.Odd.Name *', 'shop.item', 'shop.note'
        $account = $tables | Where-Object Name -EQ account
        "$($account.KeyColumns)", $account.EstimatedRows, $account.CanReplicate, $account.IsRegistered | Should -Be 'id', 500, $true, $false
        $account.Bytes | Should -BeGreaterThan 0
        ($tables | Where-Object Name -EQ parts).EstimatedRows | Should -Be 1
        ($tables | Where-Object Name -EQ history).CanReplicate | Should -BeFalse
    }

    It 'narrows down' {
        (Find-BucardoTable shop.* -Database p -ExcludeName *note).Name | Should -Be 'Odd.Name *', item
        (Find-BucardoTable -Database p -Schema pub* -KeyOnly).Name | Should -Be account, parts
        (Find-BucardoTable -Database p -ExcludeSchema shop -KeyOnly -ExcludeName parts).Name | Should -Be account
        (Find-BucardoTable -Database p -Type Sequence).FullName | Should -Be shop.counter
        (Get-BucardoDatabase | Find-BucardoTable account).Database | Should -Be p, q
        Get-ErrorId { Find-BucardoTable nope -Database p } | Should -Be TableNotFound
        Get-ErrorId { Find-BucardoTable -Database nope } | Should -Be DatabaseNotFound
    }

    It 'is piped into Add-BucardoTable, whatever the names' {
        $added = Find-BucardoTable -Database p -KeyOnly -Unregistered | Add-BucardoTable -Herd found
        $added.FullName | Should -Be 'public.account', 'public.parts', 'shop.Odd.Name *', 'shop.item', 'shop.note'
        Find-BucardoTable -Database p -KeyOnly -Unregistered | Should -BeNullOrEmpty
        (Find-BucardoTable account -Database p).Herds | Should -Be found
        (Find-BucardoTable account -Database q).IsRegistered | Should -BeFalse
    }
}
