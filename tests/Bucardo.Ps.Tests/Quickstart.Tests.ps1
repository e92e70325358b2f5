BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $script = (Resolve-Path "$PSScriptRoot/../../examples/quickstart.ps1").Path
    function Start-Quickstart([string[]] $Arguments) {
        # In a session of its own, as from a terminal: a shell starts what it puts into the background deaf to Ctrl+C.
        $start = [System.Diagnostics.ProcessStartInfo]::new('setsid', [string[]](@((Get-TestPowerShell), '-NoProfile', '-NonInteractive', '-File', $script) + $Arguments))
        $start.Environment['BUCARDO_MODULE_PATH'] = Get-TestModulePath
        $start.Environment['NO_COLOR'] = '1'
        $start.RedirectStandardOutput = $true
        [System.Diagnostics.Process]::Start($start)
    }
    function Get-Leftover([int] $Id) {
        Get-ChildItem /tmp -Filter "bucardo-demo-$Id-*"
        Get-ChildItem /proc -Directory | Where-Object Name -Match '^\d+$' | Where-Object {
            try { [System.IO.File]::ReadAllText("$($_.FullName)/cmdline") -match "bucardo-demo-$Id\b" } catch { $false }
        }
    }
}

Describe 'examples/quickstart.ps1' -Skip:(-not $IsLinux -or $env:BUCARDO_TEST_SERVER) {
    It 'ends with equal databases, exit code 0, and nothing left behind' {
        $demo = Start-Quickstart '-Transactions', '200', '-Seconds', '2'
        $output = $demo.StandardOutput.ReadToEndAsync()
        $demo.WaitForExit(300000) | Should -BeTrue
        $demo.ExitCode | Should -Be 0 -Because $output.Result
        $output.Result | Should -Match 'equal after the kick'
        $output.Result | Should -Match 'equal after the second part'
        $output.Result | Should -Match 'Name +State +Last good +Time +Last I/D/C +Last bad'
        Wait-TestCondition { -not (Get-Leftover $demo.Id) }
    }

    It 'cleans up after <Signal>' -ForEach @{ Signal = 'INT' }, @{ Signal = 'KILL' } {
        $demo = Start-Quickstart '-Transactions', '100000'
        do { $line = $demo.StandardOutput.ReadLine() } until ($null -eq $line -or $line -match 'pgbench: 100000')
        Start-Sleep -Milliseconds 500
        $null = & kill "-$Signal" $demo.Id
        $null = $demo.StandardOutput.ReadToEndAsync()
        $demo.WaitForExit(20000) | Should -BeTrue
        $demo.ExitCode | Should -Not -Be 0
        Wait-TestCondition { -not (Get-Leftover $demo.Id) }
    }
}
