# Whether replication is well, as a Pester test: for a pipeline, or for people who like to read a test report.
# Invoke-Pester ./Bucardo.Ops.Tests.ps1; the control database is what $env:BUCARDO_CONNECTION or the PG* variables say.
BeforeDiscovery {
    Import-Module Bucardo.Ps
    $databases = @(Get-BucardoDatabase | Where-Object Status -ne 'Inactive' | ForEach-Object { @{ Database = $_.Name } })
    $syncs = @(Get-BucardoSync | Where-Object Status -eq 'Active' | ForEach-Object { @{ Sync = $_.Name } })
}

Describe 'The control database' {
    It 'has active syncs' { Get-BucardoSync | Where-Object Status -eq 'Active' | Should -Not -BeNullOrEmpty }
}

Describe 'Database <Database>' -ForEach $databases {
    It 'can be reached, and allows what replication needs' {
        $test = Test-BucardoDatabase $Database
        $test.Problems | ForEach-Object Message | Should -BeNullOrEmpty
        $test.ConnectTime | Should -BeLessThan ([timespan]::FromSeconds(5))
    }
}

Describe 'Sync <Sync>' -ForEach $syncs {
    It 'has nothing in its way on any database' { Test-BucardoSync $Sync | ForEach-Object Message | Should -BeNullOrEmpty }
    It 'is not paused' { (Get-BucardoSync $Sync).PauseReason | Should -BeNullOrEmpty }
    It 'ended its last round well' { (Get-BucardoSyncRun $Sync -Last 1).Outcome | Should -BeIn 'Good', 'Empty', 'Running' }
    It 'left no database behind in its last round' { (Get-BucardoSyncRun $Sync -Last 1).Problems | ForEach-Object Message | Should -BeNullOrEmpty }
}
