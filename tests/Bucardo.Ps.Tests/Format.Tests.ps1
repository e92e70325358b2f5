# How the objects look: every type of every cmdlet has a view, tables fit 120 columns, colours come and go with the host.
BeforeDiscovery {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $types = @((Get-Command -Module Bucardo.Ps).OutputType.Type | Where-Object FullName -like 'Bucardo.Model.*' | Sort-Object FullName -Unique | ForEach-Object { @{ Type = $_; Name = $_.Name } })
}

BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"

    # An object whose every text and number is as long as it may well be.
    function New-Sample([type] $Type) {
        $settings = [Bucardo.Model.ConnectionSettings]@{ HostName = 'db1.example.org'; Port = 5432; DatabaseName = 'shop'; UserName = 'bucardo' }
        $sample = if ($Type.GetConstructor([type[]]@())) { $Type::new() }
        elseif ($Type -eq [Bucardo.Model.ControlConnection]) { $Type::new($settings) }
        else { New-Object $Type.FullName (@('x' * 20) * $Type.GetConstructors()[0].GetParameters().Count) }
        foreach ($property in $Type.GetProperties() | Where-Object CanWrite) {
            $value = switch ($property.PropertyType) {
                { $_ -eq [string] } { 'a_name_of_20_letters'; break }
                { $_ -in [int], [Nullable[int]] } { 1234567; break }
                { $_ -in [long], [Nullable[long]] } { 1234567L; break }
                { $_ -in [DateTimeOffset], [Nullable[DateTimeOffset]] } { [DateTimeOffset]::Now.AddDays(-3); break }
                { $_ -in [timespan], [Nullable[timespan]] } { [timespan]'1.23:45:59'; break }
                { $_ -eq [bool] } { $true; break }
                { $_ -eq [System.Collections.Generic.IReadOnlyList[string]] } { , [string[]]('first_of_the_list', 'second_of_the_list'); break }
                { $_ -eq [Bucardo.Model.ConnectionSettings] } { $settings; break }
            }
            if ($null -ne $value) { $property.SetValue($sample, $value) }
        }
        $sample
    }
}

Describe '<Name>' -ForEach $types {
    BeforeAll { $sample = New-Sample $Type }

    It 'has a table' { (Get-FormatData -TypeName $Type.FullName -PowerShellVersion $PSVersionTable.PSVersion).FormatViewDefinition.Control | Where-Object { $_ -is [System.Management.Automation.TableControl] } | Should -Not -BeNullOrEmpty }

    It 'shows all columns of its table in 120 columns' {
        $table = (Get-FormatData -TypeName $Type.FullName -PowerShellVersion $PSVersionTable.PSVersion).FormatViewDefinition.Control | Where-Object { $_ -is [System.Management.Automation.TableControl] } | Select-Object -First 1
        $lines = @($sample | Format-Table | Out-String -Width 120 -Stream | Where-Object { $_.Trim() })
        $at = -1
        foreach ($label in $table.Headers.Label) { ($at = $lines[0].IndexOf($label, $at + 1)) | Should -BeGreaterOrEqual 0 -Because "'$label' should be in '$($lines[0])'" }
        $lines | ForEach-Object Length | Measure-Object -Maximum | ForEach-Object Maximum | Should -BeLessOrEqual 120
    }

    It 'cuts no number, time or duration off' { ($sample | Format-Table | Out-String -Width 120) -replace 'a_name\S*|\S*_of_the_list', '' | Should -Not -Match '\d…' }

    It 'shows a list, and a text of its own' {
        ($sample | Format-List | Out-String -Width 120).Trim() | Should -Match '^\S.* : '
        "$sample" | Should -Not -Match '^Bucardo\.Model\.|\{ '
    }
}

Describe 'Colours' {
    BeforeAll {
        $bad = [Bucardo.Model.SyncRun]@{ Sync = 's'; Outcome = 'Bad' }
        $escape = [char]27
        $rendering = $PSStyle.OutputRendering
    }
    AfterEach { $PSStyle.OutputRendering = $rendering }

    It 'mark what is bad where the host has them' {
        $PSStyle.OutputRendering = 'Ansi'
        $bad | Out-String | Should -Match ([regex]::Escape($PSStyle.Foreground.Red) + 'Bad')
    }

    It 'are left out where the host has none' {
        $PSStyle.OutputRendering = 'PlainText'
        $bad | Out-String | Should -Not -Match $escape
    }

    It 'are left out with NO_COLOR, and in a file' {
        $script = "Import-Module '$(Get-TestModulePath)'; [Bucardo.Model.SyncRun]@{ Sync = 's'; Outcome = 'Bad' }"
        $pwsh = Get-TestPowerShell
        & $pwsh -NoProfile -NonInteractive -Command "$script > '$TestDrive/run.txt'"
        $before = $env:NO_COLOR
        $env:NO_COLOR = '1'
        try { $plain = & $pwsh -NoProfile -NonInteractive -Command $script } finally { $env:NO_COLOR = $before }
        foreach ($text in "$plain", (Get-Content "$TestDrive/run.txt" -Raw)) {
            $text | Should -Match 'Bad'
            $text | Should -Not -Match $escape
        }
    }
}

Describe 'A conflict as a list' {
    It 'shows both rows, and where they differ' {
        $row = { param($owner) $rows = [System.Collections.Generic.Dictionary[string, string]]::new(); $rows['id'] = '1'; $rows['owner'] = $owner; $rows }
        $conflict = [Bucardo.Model.Conflict]@{ Sync = 's'; Schema = 'public'; TableName = 'account'; Strategy = 'bucardo_latest'; DecidedOn = 'b'; Winner = 'b'; WinnerRow = & $row late; Loser = 'a'; LoserRow = & $row ([NullString]::Value) }
        $shown = $conflict | Format-List | Out-String -Width 120
        $shown | Should -Match "Winner's row +:   id    = 1\r?\n +\* owner = late"
        $shown | Should -Match "\* owner = null"
        [Bucardo.Model.Conflict]@{ Sync = 's'; Schema = 'public'; TableName = 'account'; Strategy = 'x'; DecidedOn = 'b'; Winner = 'b' } | Format-List | Out-String | Should -Match '\(deleted\)'
    }
}
