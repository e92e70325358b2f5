# What a person sees who asks for help. tests/Bucardo.Ps.Help.Tests looks at the pages themselves, Examples.Tests.ps1 runs their examples.
BeforeDiscovery {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    Import-Module "$PSScriptRoot/ExampleWorld.psm1"
    $pages = "$PSScriptRoot/../../docs/cmdlets"
    $cmdlets = @((Get-Command -Module Bucardo.Ps).Name | Sort-Object | ForEach-Object { @{ Name = $_ } })
    $topics = @(Get-ChildItem "$PSScriptRoot/../../en-US" -Filter *.help.txt | ForEach-Object { @{ Topic = $_.Name -replace '\.help\.txt$'; Path = $_.FullName } })
    $codes = @(
        Get-ChildItem $pages -Filter *-*.md | ForEach-Object { Get-HelpExample $_.FullName } | ForEach-Object { @{ Where = "$($_.Cmdlet), $($_.Title)"; Code = $_.Code } }
        $topics | ForEach-Object { @{ Where = $_.Topic; Code = Get-TopicCode $_.Path } }
        @{ Where = 'README.md'; Code = Get-MarkdownCode "$PSScriptRoot/../../README.md" }
        Get-ChildItem "$PSScriptRoot/../../docs" -Filter *.md | ForEach-Object { @{ Where = "docs/$($_.Name)"; Code = Get-MarkdownCode $_.FullName } } | Where-Object Code
    )
}

BeforeAll { Import-Module "$PSScriptRoot/TestHelper.psm1" }

Describe 'Get-Help <Name>' -ForEach $cmdlets {
    BeforeAll { $help = Get-Help $Name -Full }

    It 'says what it does' {
        $help.Synopsis | Should -Match '\w+.*\.$'
        $help.description.Text | Should -Not -BeNullOrEmpty
    }

    It 'describes every parameter that PowerShell knows, and no other' {
        $common = [System.Management.Automation.Cmdlet]::CommonParameters + 'ProgressAction'
        $known = (Get-Command $Name).Parameters.Keys | Where-Object { $_ -notin $common } | Sort-Object
        $help.parameters.parameter.name | Sort-Object | Should -Be $known
        $help.parameters.parameter | Where-Object { -not $_.description.Text } | ForEach-Object name | Should -BeNullOrEmpty
    }

    It 'has two examples at least' { @($help.examples.example | Where-Object code).Count | Should -BeGreaterOrEqual 2 }

    It 'fits a terminal of 120 columns' {
        $help | Out-String -Width 120 -Stream | ForEach-Object Length | Measure-Object -Maximum | ForEach-Object Maximum | Should -BeLessOrEqual 120
    }
}

Describe 'Get-Help' {
    It '-Examples shows commands and remarks' { Get-Help Start-BucardoSync -Examples | Out-String | Should -Match '(?s)Example 1: .*Start-BucardoSync pages' }
    It '-Parameter shows one parameter' { Get-Help Start-BucardoSync -Parameter Timeout | Out-String | Should -Match '(?s)-Timeout <TimeSpan>.*Required\? +false' }
    It 'shows the values that a parameter takes' { Get-Help Start-BucardoService | Out-String -Width 500 | Should -Match '-LogLevel \{?<?.*Error.*Trace' }
    It 'finds the topic <Topic>' -ForEach $topics { Get-Help $Topic | Out-String | Should -Match "(?s)$Topic.*SHORT DESCRIPTION.*SEE ALSO" }
}

Describe 'The commands in <Where>' -ForEach $codes {
    BeforeAll {
        $problems = $null
        $tree = [System.Management.Automation.Language.Parser]::ParseInput($Code, [ref]$null, [ref]$problems)
        $commands = $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true) | Where-Object { $_.GetCommandName() -match '^\w+-Bucardo' }
    }

    It 'parse' { $problems | Should -BeNullOrEmpty }

    It 'exist, and have the parameters' {
        foreach ($command in $commands) {
            $binding = [System.Management.Automation.Language.StaticParameterBinder]::BindCommand($command, $true)
            $binding.BindingExceptions.Values | ForEach-Object { "$command : $($_.BindingException.Message)" } | Should -BeNullOrEmpty
            Get-Command $command.GetCommandName() -ErrorAction Ignore | Should -Not -BeNullOrEmpty -Because "$command is in the help"
        }
    }
}
