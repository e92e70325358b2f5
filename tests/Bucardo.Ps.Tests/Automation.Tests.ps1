# The scripts of examples/ that run without anybody looking: each as a scheduler would run it, in a PowerShell of its own.
BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $examples = (Resolve-Path "$PSScriptRoot/../../examples").Path
    $site = New-TestSite -Node a, b, c -Register
    $null = New-BucardoSync s -Table account -Source a -Target b, c
    Start-BucardoSync s
    $env:BUCARDO_CONNECTION = "host=$($site.Server.HostName) port=$($site.Server.Port) user=$($site.Server.UserName) dbname=$($site.Control)"
    $env:PSModulePath = (Split-Path (Get-TestModulePath)) + [System.IO.Path]::PathSeparator + $env:PSModulePath

    function Invoke-Script([string] $Name, [string[]] $Arguments) {
        $output = & (Get-TestPowerShell) -NoProfile -NonInteractive -File (Join-Path $examples $Name) @Arguments 2>&1
        [pscustomobject]@{ ExitCode = $LASTEXITCODE; Output = "$output" }
    }
}

AfterAll {
    $env:BUCARDO_CONNECTION = $null
    Remove-TestSite $site
}

Describe 'examples/bucardo.cron' {
    # With what is in it, both scripts are run where all is well.
    It 'has lines that cron understands, whose commands end with 0' -Skip:(-not $IsLinux) {
        $null = Invoke-TestSql $site.Nodes.a "INSERT INTO account VALUES (1, 'ann', 10)"
        $lines = Get-Content (Join-Path $examples bucardo.cron) | Where-Object { $_ -and $_ -notmatch '^#|^\w+=' }
        $lines.Count | Should -Be 2
        $codes = @()
        $output = foreach ($line in $lines) {
            $line | Should -Match '^([\d*/]+ ){4}[\d*/]+ bucardo pwsh '
            $line | Should -Not -Match '%' -Because 'it means a new line to cron'
            $command = $line -replace '^(\S+ ){6}pwsh', "'$(Get-TestPowerShell)'" -replace '/opt/bucardo', $examples -replace '>/dev/null'
            & sh -c $command 2>&1
            $codes += $LASTEXITCODE
        }
        $output | Should -Be 's: Good, 2 inserted, 0 updated, 0 deleted, 0 conflicts', 'OK'
        $codes | Should -Be 0, 0
        Invoke-TestSql $site.Nodes.b 'SELECT owner FROM account' | Should -Be 'ann'
    }

    It 'has a connection string that can be read' {
        $string = (Select-String -Path (Join-Path $examples bucardo.cron) -Pattern '^BUCARDO_CONNECTION=(.*)').Matches[0].Groups[1].Value
        Get-ErrorId { Get-BucardoSync -Connection $string } | Should -Be 'HostUnreachable'
    }
}

Describe 'examples/run-rounds.ps1' {
    It 'ends with <ExitCode> if <What>' -ForEach @(
        @{ ExitCode = 1; What = 'a database is away'; Text = "sync 's', b: "; Break = { Set-BucardoDatabase b -Port 1 }; Mend = { Set-BucardoDatabase b -Port $site.Server.Port } }
        @{ ExitCode = 3; What = 'the control database is away'; Text = 'bucardo: '; Arguments = '-Connection', 'host=127.0.0.1 port=1 dbname=bucardo' }
    ) {
        if ($Break) { & $Break }
        try { $run = Invoke-Script run-rounds.ps1 $Arguments } finally { if ($Mend) { & $Mend } }
        $run.ExitCode | Should -Be $ExitCode -Because $run.Output
        $run.Output | Should -Match $Text
    }
}

Describe 'Where a sync is paused and a table has been changed' {
    BeforeAll {
        $null = Invoke-BucardoSync s
        Suspend-BucardoSync s -Reason 'for the test'
        $null = Invoke-TestSql $site.Nodes.b 'ALTER TABLE account RENAME TO other'
    }

    It 'examples/nightly-check.ps1 ends with 2 and names both, the worse first' {
        $check = Invoke-Script nightly-check.ps1
        $check.ExitCode | Should -Be 2 -Because $check.Output
        $check.Output | Should -Match '^CRITICAL s: .*account.*s: It is paused: for the test'
    }

    It 'examples/Bucardo.Ops.Tests.ps1 fails these two, and passes the rest' {
        $script = "Import-Module '$((Get-Module Pester).Path)'; `$run = Invoke-Pester '$examples/Bucardo.Ops.Tests.ps1' -PassThru -Output None; `$run.PassedCount; `$run.Failed.ExpandedPath"
        & (Get-TestPowerShell) -NoProfile -NonInteractive -Command $script | Should -Be '6', 'Sync s.has nothing in its way on any database', 'Sync s.is not paused'
    }
}

Describe 'A command that asks for confirmation where nobody can answer' {
    It 'says so, and how to do without, and does nothing' {
        $script = "Import-Module Bucardo.Ps; try { Remove-BucardoSync s -ErrorAction Stop } catch { `$_.FullyQualifiedErrorId; `$_.Exception.Message }"
        $said = & (Get-TestPowerShell) -NoProfile -NonInteractive -Command $script
        $said | Should -Be 'ConfirmationImpossible,Bucardo.Ps.Commands.RemoveBucardoSyncCommand', 'The command asks for confirmation, and nobody can answer here: add -Confirm:$false if it is to do it all the same.'
        Get-BucardoSync s | Should -Not -BeNullOrEmpty
    }
}

# Task scheduler and its cmdlets exist on Windows only: elsewhere this is all that can be said of the script.
Describe 'examples/Register-BucardoTask.ps1' {
    It 'parses, and shows its help' {
        $problems = $null
        $null = [System.Management.Automation.Language.Parser]::ParseFile((Join-Path $examples Register-BucardoTask.ps1), [ref]$null, [ref]$problems)
        $problems | Should -BeNullOrEmpty
        (Get-Help (Join-Path $examples Register-BucardoTask.ps1)).Synopsis | Should -Match 'Registers a task'
    }

    It 'gives the rounds script parameters that it has' {
        $tree = [System.Management.Automation.Language.Parser]::ParseFile((Join-Path $examples Register-BucardoTask.ps1), [ref]$null, [ref]$null)
        $arguments = $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.ExpandableStringExpressionAst] }, $true).Value | Where-Object { $_ -match '-File' }
        $parameters = (Get-Command (Join-Path $examples run-rounds.ps1)).Parameters
        [regex]::Matches($arguments.Substring($arguments.IndexOf('$script')), '-(\w+)') | ForEach-Object { $parameters.ContainsKey($_.Groups[1].Value) | Should -BeTrue }
    }

    It 'refuses a password in the connection string' {
        $login = [pscredential]::new('me', (ConvertTo-SecureString x -AsPlainText -Force))
        { & (Join-Path $examples Register-BucardoTask.ps1) -Connection 'host=x password=secret' -Credential $login } | Should -Throw '*passfile*'
    }
}
