BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $site = New-TestSite -Node a, b -Register
    $null = New-BucardoSync s -Table account, shop.note -Source a, b
    Start-BucardoSync s
    function Set-Rows([string] $Sql) { foreach ($node in 'a', 'b') { $null = Invoke-TestSql $site.Nodes[$node] ($Sql -replace 'NODE', $node) } }
    function Get-Rows([string] $Node) { (Invoke-TestSql $site.Nodes[$Node] "SELECT coalesce(string_agg(t::text, ' ' ORDER BY t::text), '') FROM account t") -join '' }
    # Custom code, and a conflict for it.
    function Invoke-Conflict([scriptblock] $ScriptBlock, [string] $Timeout = '20s') {
        if (Get-BucardoCustomCode pick*) { Set-BucardoCustomCode pick -ScriptBlock $ScriptBlock -Timeout $Timeout } else { $null = New-BucardoCustomCode pick $ScriptBlock -Timeout $Timeout }
        Set-BucardoSync s -ConflictStrategy 'bucardo_custom(pick)'
        Set-Rows "DELETE FROM account; INSERT INTO account VALUES (1, 'NODE', CASE 'NODE' WHEN 'a' THEN 100 ELSE 7 END)"
        Invoke-BucardoSync s -WarningAction SilentlyContinue
    }
}

AfterAll { Remove-TestSite $site }

Describe 'Custom code' {
    AfterEach {
        Set-BucardoSync s -ConflictStrategy bucardo_latest
        Get-BucardoCustomCode | Remove-BucardoCustomCode -Confirm:$false
    }

    It 'is a script block, a file or a function' {
        $code = New-BucardoCustomCode pick { param($Conflict) 'a' } -Timeout 250ms -About 'mine'
        $code | Should -BeOfType Bucardo.Model.CustomCode
        "$($code.Language)", $code.Timeout.TotalMilliseconds, $code.About | Should -Be 'PowerShell', 250, 'mine'
        $code.Source | Should -Match "'a'"
        "param(`$Conflict) 'b'" > TestDrive:/pick.ps1
        (New-BucardoCustomCode second -Path TestDrive:/pick.ps1).Source | Should -Match "'b'"
        $function = Get-BucardoCustomCode second | Set-BucardoCustomCode -Function shop.decide -PassThru
        "$($function.Language)", $function.Source, $function.Timeout.TotalSeconds | Should -Be 'Sql', 'shop.decide', 5
        (Get-BucardoCustomCode).Name | Should -Be pick, second
        Get-BucardoCustomCode | Out-String -Width 120 | Should -Match 'pick +PowerShell +250ms'
    }

    It 'refuses <What>: <Id>' -ForEach @(
        @{ What = 'a name twice'; Id = 'CodeExists'; Script = { 1..2 | ForEach-Object { New-BucardoCustomCode pick { 'a' } } } }
        @{ What = 'a strange name'; Id = 'InvalidName'; Script = { New-BucardoCustomCode 'a)b' { 'a' } } }
        @{ What = 'a function without its schema'; Id = 'InvalidFunctionName'; Script = { New-BucardoCustomCode pick -Function decide } }
        @{ What = 'an hour to decide'; Id = 'InvalidTimeout'; Script = { New-BucardoCustomCode pick { 'a' } -Timeout 1h } }
        @{ What = 'a file that is no script'; Id = 'ScriptInvalid'; Script = { 'if (' > TestDrive:/bad.ps1; New-BucardoCustomCode pick -Path TestDrive:/bad.ps1 } }
        @{ What = 'a strategy that names none'; Id = 'InvalidStrategy'; Script = { Set-BucardoSync s -ConflictStrategy 'bucardo_custom(nope)' } }
        @{ What = 'what is not there'; Id = 'CodeNotFound'; Script = { Set-BucardoCustomCode nope { 'a' } } }
        @{ What = 'to remove what is in use'; Id = 'CodeInUse'; Script = { $null = New-BucardoCustomCode pick { 'a' }; Set-BucardoSync s -ConflictStrategy 'bucardo_custom(pick)'; Remove-BucardoCustomCode pick -Confirm:$false } }
    ) {
        Get-ErrorId $Script | Should -Be $Id
    }

    It 'does nothing with -WhatIf' {
        New-BucardoCustomCode pick { 'a' } -WhatIf | Should -BeNullOrEmpty
        Get-BucardoCustomCode | Should -BeNullOrEmpty
        $null = New-BucardoCustomCode pick { 'a' }
        Set-BucardoCustomCode pick { 'b' } -WhatIf
        Remove-BucardoCustomCode pick -WhatIf
        (Get-BucardoCustomCode).Source | Should -Match "'a'"
    }

    It 'is followed by the strategies when it is renamed, and shows who uses it' {
        $null = New-BucardoCustomCode pick { 'a' }
        Set-BucardoSync s -ConflictStrategy 'custom(pick)'
        Set-BucardoTable shop.note -ConflictStrategy 'bucardo_custom(pick)'
        Set-BucardoCustomCode pick -NewName chosen
        (Get-BucardoSync s).ConflictStrategy | Should -Be 'bucardo_custom(chosen)'
        (Get-BucardoCustomCode chosen).UsedBy | Should -Be 'sync s', 'table shop.note'
        Set-BucardoTable shop.note -ConflictStrategy ''
        (TabExpansion2 -inputScript 'Set-BucardoSync s -ConflictStrategy bucardo_cu' -cursorColumn 46).CompletionMatches.CompletionText | Should -Be "'bucardo_custom(chosen)'"
        (TabExpansion2 -inputScript 'Get-BucardoCustomCode ch' -cursorColumn 24).CompletionMatches.CompletionText | Should -Be 'chosen'
    }
}

Describe 'A script block' {
    AfterAll { Set-BucardoSync s -ConflictStrategy bucardo_latest }

    It 'names the winner by <What>' -ForEach @(
        @{ What = 'its database'; Script = { param($Conflict) ($Conflict.Versions | Sort-Object { [decimal]$_.Row.amount } | Select-Object -Last 1).Database } }
        @{ What = 'the version itself'; Script = { param($Conflict) $Conflict.Versions | Where-Object { $_.Row['owner'] -eq 'a' } } }
        @{ What = 'the variable'; Script = { if ($Conflict.Table -eq 'public.account' -and $Conflict.Key.id -eq '1' -and $Conflict.Sync -eq 's') { 'a' } } }
    ) {
        (Invoke-Conflict $Script).Problems | Should -BeNullOrEmpty
        'a', 'b' | ForEach-Object { Get-Rows $_ | Should -Be '(1,a,100)' }
        $conflict = Get-BucardoConflict -First 1
        $conflict.Strategy, $conflict.Winner, $conflict.Loser | Should -Be 'bucardo_custom(pick)', 'a', 'b'
    }

    It 'makes the row' {
        $null = Invoke-Conflict { param($Conflict) @{ amount = ($Conflict.Versions.Row.amount | Measure-Object -Sum).Sum; owner = 'both' } }
        'a', 'b' | ForEach-Object { Get-Rows $_ | Should -Be '(1,both,107)' }
        (Get-BucardoConflict -First 1).ResultRow.owner | Should -Be 'both'
    }

    It 'that <What> lets the row wait until it is mended' -ForEach @(
        @{ What = 'throws'; Script = { throw 'no idea' }; Reason = 'it failed: no idea' }
        @{ What = 'reports an error'; Script = { Get-Item /does/not/exist }; Reason = 'it failed: ' }
        @{ What = 'returns nothing'; Script = { }; Reason = 'it returned nothing' }
        @{ What = 'returns two things'; Script = { 'a'; 'b' }; Reason = 'it returned 2 objects' }
        @{ What = 'returns nonsense'; Script = { 42 }; Reason = 'it returned a Int32' }
        @{ What = 'names nobody'; Script = { 'c' }; Reason = "it names 'c' as the winner" }
        @{ What = 'takes too long'; Script = { Start-Sleep 60; 'a' }; Reason = 'it did not answer within 500ms'; Timeout = '500ms' }
    ) {
        $run = Invoke-Conflict $Script ($Timeout ?? '20s')
        $run.Status | Should -Match 'a conflict waits for custom code\. Custom code pick of sync s could not decide the conflict of key \(1\) in table public\.account on database b'
        $run.Problems.Message | Should -Match ([regex]::Escape($Reason))
        (Get-BucardoStatus s).LastStatus | Should -Be $run.Status
        (Get-Rows a), (Get-Rows b) | Should -Be '(1,a,100)', '(1,b,7)'
        Set-BucardoCustomCode pick { 'a' } -Timeout 20s
        (Invoke-BucardoSync s).Problems | Should -BeNullOrEmpty
        'a', 'b' | ForEach-Object { Get-Rows $_ | Should -Be '(1,a,100)' }
    }

    It 'that was not stored with the key file is not run' {
        $null = Invoke-Conflict { throw 'no idea' }
        $null = Invoke-TestSql $site.Control "UPDATE bucardo.customcode SET src_code = '''b'''"
        $run = Invoke-BucardoSync s -WarningAction SilentlyContinue
        $run.Status | Should -Match 'it was not stored by somebody who has the key file'
        (Test-BucardoSync s).Code | Should -Be 'CodeNotRunnable'
        Get-BucardoCustomCode pick | Set-BucardoCustomCode -ScriptBlock { 'b' }
        $null = Invoke-BucardoSync s
        'a', 'b' | ForEach-Object { Get-Rows $_ | Should -Be '(1,b,7)' }
    }

    It 'decides in a service, too, and a running one takes a mended one' {
        $null = Invoke-Conflict { throw 'no idea' }
        $null = Start-BucardoService -Background -LogPath TestDrive:/service.log
        try {
            Wait-TestCondition { (Get-Content TestDrive:/service.log -Raw) -match 'could not decide' }
            Set-BucardoCustomCode pick { param($Conflict) 'a' }
            Wait-TestCondition { (Get-Rows b) -eq '(1,a,100)' }
        }
        finally { Stop-BucardoService }
    }
}

Describe 'A function of the databases' {
    It 'decides' {
        Set-Rows "CREATE FUNCTION shop.decide(c jsonb) RETURNS jsonb LANGUAGE sql AS `$`$ SELECT jsonb_build_object('winner', 'a') `$`$"
        $null = New-BucardoCustomCode decide -Function shop.decide
        Set-BucardoTable account -ConflictStrategy 'bucardo_custom(decide)'
        Test-BucardoSync s | Should -BeNullOrEmpty
        Set-Rows "DELETE FROM account; INSERT INTO account VALUES (2, 'NODE', 1)"
        (Invoke-BucardoSync s).Problems | Should -BeNullOrEmpty
        'a', 'b' | ForEach-Object { Get-Rows $_ | Should -Be '(2,a,1)' }
        $null = Invoke-TestSql $site.Nodes.b 'DROP FUNCTION shop.decide'
        $problem = Test-BucardoSync s
        $problem.Code, $problem.Database | Should -Be 'FunctionMissing', 'b'
    }
}
