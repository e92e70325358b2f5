# Every example of docs/cmdlets is run as it is printed, page by page, against real databases; then what it prints is compared with the page.
BeforeDiscovery {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    Import-Module "$PSScriptRoot/ExampleWorld.psm1"
    $pages = @(Get-ChildItem "$PSScriptRoot/../../docs/cmdlets" -Filter *-*.md | ForEach-Object { @{ Page = $_.BaseName; Examples = @(Get-HelpExample $_.FullName) } })
}

BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    Import-Module "$PSScriptRoot/ExampleWorld.psm1"
}

# The databases have the names that the examples say: on a server that is somebody else's they may be taken.
Describe 'The examples of <Page>' -ForEach $pages -Skip:([bool]$env:BUCARDO_TEST_SERVER) {
    BeforeAll {
        if (-not (Get-Variable ExampleDamage -Scope Global -ErrorAction Ignore)) {
            New-ExampleWorld (New-Item (Join-Path ([System.IO.Path]::GetTempPath()) "bucardo-examples-$PID") -ItemType Directory -Force)
            $global:ExampleDamage = 'everything'
        }
        if ($ExampleDamage -ne 'nothing') { Reset-ExampleWorld $ExampleDamage }
        $global:ExampleDamage = Get-Damage ($Examples | ForEach-Object { $_.Before, $_.Code } | Join-String -Separator "`n")
        Push-Location $TestDrive
    }

    AfterAll {
        Pop-Location
        if ("$($Examples.Before) $($Examples.Code)" -match 'Start-\w+Service') { Stop-BucardoService }
    }

    # What cannot be run here says so, and why, in a comment of the page; Help.Tests.ps1 looks at its commands all the same.
    It '<Title>' -ForEach @($Examples | Where-Object { -not $_.NotRun }) {
        $Code | Should -Match $Cmdlet
        if ($Before) { Invoke-Runnable $Before }
        $printed = Invoke-Runnable $Code | Out-String -Width 120
        if ($Output) { Get-Shape $printed | Should -Be (Get-Shape $Output) }
    }
}

AfterAll {
    if (Get-Variable ExampleDamage -Scope Global -ErrorAction Ignore) {
        Remove-ExampleWorld
        Remove-Variable ExampleDamage -Scope Global
        Remove-Item (Join-Path ([System.IO.Path]::GetTempPath()) "bucardo-examples-$PID") -Recurse -Force -ErrorAction Ignore
    }
}
