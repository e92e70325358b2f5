# Whether the module gets along with the session that it is loaded into: each test in a PowerShell of its own.
BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $site = New-TestSite -Node a, b -Register
    $null = New-BucardoSync s -Table account -Source a -Target b
    Start-BucardoSync s
    $null = Invoke-TestSql $site.Nodes.a "INSERT INTO account VALUES (1, 'ann', 10)"
    $null = Invoke-BucardoSync s
    $connection = "host=$($site.Server.HostName) port=$($site.Server.Port) user=$($site.Server.UserName) dbname=$($site.Control)"

    function Invoke-Session([string] $Script) {
        $prelude = "`$ErrorActionPreference = 'Stop'; `$module = '$(Get-TestModulePath)'; `$env:BUCARDO_CONNECTION = '$connection'; "
        $output = & (Get-TestPowerShell) -NoProfile -NonInteractive -Command ($prelude + $Script) 2>&1
        "$output" | Should -Not -Match 'Error' -Because $Script
        $output
    }
}

AfterAll { Remove-TestSite $site }

Describe 'Beside another module''s Npgsql' {
    BeforeAll {
        # Of a version that no real one has, and without anything that a real one has. Add-Type would give it a name of its own.
        Add-Type -TypeDefinition 'public class LoadsTheCompiler { }'
        $source = '[assembly: System.Reflection.AssemblyVersion("99.0.0.0")] namespace Npgsql { public class NpgsqlConnection { public const string Who = "somebody else"; } }'
        $tree = [Microsoft.CodeAnalysis.CSharp.CSharpSyntaxTree]::ParseText($source)
        $core = [Microsoft.CodeAnalysis.MetadataReference]::CreateFromFile([object].Assembly.Location)
        $options = [Microsoft.CodeAnalysis.CSharp.CSharpCompilationOptions]::new('DynamicallyLinkedLibrary')
        $clash = Join-Path $TestDrive Npgsql.dll
        $file = [System.IO.File]::Create($clash)
        $compiled = [Microsoft.CodeAnalysis.CSharp.CSharpCompilation]::Create('Npgsql', [Microsoft.CodeAnalysis.SyntaxTree[]]$tree, [Microsoft.CodeAnalysis.MetadataReference[]]$core, $options).Emit($file)
        $file.Dispose()
        $compiled.Success | Should -BeTrue -Because "$($compiled.Diagnostics)"
        $loaded = "[AppDomain]::CurrentDomain.GetAssemblies() | ForEach-Object GetName | Where-Object Name -eq Npgsql | ForEach-Object { `$_.Version.Major } | Sort-Object"
    }

    It 'that was loaded before it' {
        $output = Invoke-Session "Add-Type -Path '$clash'; Import-Module `$module; (Get-BucardoSync).Name; (Invoke-BucardoSync s).Outcome; [Npgsql.NpgsqlConnection]::Who; $loaded"
        $output | Should -Be 's', 'Empty', 'somebody else', '10', '99'
    }

    It 'that is loaded after it' {
        $output = Invoke-Session "Import-Module `$module; (Get-BucardoSync).Name; Add-Type -Path '$clash'; [Npgsql.NpgsqlConnection]::Who; (Get-BucardoDatabase).Count; $loaded"
        $output | Should -Be 's', 'somebody else', '2', '10', '99'
    }
}

Describe 'In a session' {
    It 'prints nothing, keeps to itself what it needs, and can be imported again' {
        $script = 'Import-Module $module; Import-Module $module -Force; (Get-BucardoSync).Name; [bool]("Bucardo.Model.Sync" -as [type]); [bool]("Npgsql.NpgsqlConnection" -as [type]); Remove-Module Bucardo.Ps; Import-Module $module; (Get-BucardoSync).Name'
        Invoke-Session $script | Should -Be 's', 'True', 'False', 's'
    }

    # Get-BucardoLog is left out: this machine may never have had a service.
    It 'bears Set-StrictMode -Version Latest, in its views too' {
        $script = 'Set-StrictMode -Version Latest; Import-Module $module; $all = foreach ($name in (Get-Command -Module Bucardo.Ps -Verb Get).Name -ne "Get-BucardoLog") { & $name }; ' +
            '$all += Test-BucardoDatabase; $all += Invoke-BucardoSync s; $shown = $all | ForEach-Object { $_ | Format-Table | Out-String; $_ | Format-List | Out-String; "$_" }; ' +
            '($all | ForEach-Object { $_.GetType().Name } | Sort-Object -Unique) -join " "'
        Invoke-Session $script | Should -Match 'Database DatabaseGroup .*Sync .*SyncRun .*Table'
    }

    It 'works in Start-Job and Start-ThreadJob' {
        $script = 'Import-Module $module; $work = { param($path) Import-Module $path; (Get-BucardoSync).Name }; ' +
            'Start-Job $work -ArgumentList $module | Receive-Job -Wait -AutoRemoveJob; Start-ThreadJob $work -ArgumentList $module | Receive-Job -Wait -AutoRemoveJob'
        Invoke-Session $script | Should -Be 's', 's'
    }
}
