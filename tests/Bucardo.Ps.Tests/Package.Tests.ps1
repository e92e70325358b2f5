# The module as a package: what Install-PSResource reads of it, and that it works from the folder where that puts it.
BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    $manifest = Import-PowerShellDataFile (Join-Path (Get-TestModulePath) Bucardo.Ps.psd1)
    $version = ([xml](Get-Content "$root/Directory.Build.props" -Raw)).SelectSingleNode('//VersionPrefix').InnerText
}

Describe 'The manifest' {
    It 'is valid, and has the version of Directory.Build.props, as the assemblies do' {
        $module = Test-ModuleManifest (Join-Path (Get-TestModulePath) Bucardo.Ps.psd1)
        $module.Version | Should -Be ([version]$version)
        (Get-Item (Join-Path (Get-TestModulePath) lib Bucardo.Ps.dll)).VersionInfo.ProductVersion | Should -BeLike "$version*"
    }

    It 'says what a repository shows' {
        $manifest.PowerShellVersion, $manifest.CompatiblePSEditions | Should -Be '7.4', 'Core'
        $manifest.Author, $manifest.Description, $manifest.Copyright, $manifest.GUID | Should -Not -BeNullOrEmpty
        $data = $manifest.PrivateData.PSData
        foreach ($uri in $data.LicenseUri, $data.ProjectUri) { [uri]::IsWellFormedUriString($uri, 'Absolute') | Should -BeTrue -Because $uri }
        $data.ReleaseNotes | Should -Not -BeNullOrEmpty
        $data.Tags | Should -Contain 'PostgreSQL'
        # Tags of packages are separated by blanks.
        $data.Tags | Where-Object { $_ -match '\s' } | Should -BeNullOrEmpty
    }

    It 'exports cmdlets by name, and nothing else' {
        $manifest.CmdletsToExport | Where-Object { $_ -match '\*' } | Should -BeNullOrEmpty
        @($manifest.FunctionsToExport) + @($manifest.AliasesToExport) + @($manifest.VariablesToExport) | Should -BeNullOrEmpty
        $manifest.CmdletsToExport | Sort-Object | Should -Be ((Get-Command -Module Bucardo.Ps).Name | Sort-Object)
    }

    It 'names files that are there' {
        foreach ($file in @($manifest.RootModule) + $manifest.RequiredAssemblies + $manifest.FormatsToProcess + $manifest.TypesToProcess) { Join-Path (Get-TestModulePath) $file | Should -Exist }
        Join-Path (Get-TestModulePath) en-US Bucardo.Ps.dll-Help.xml | Should -Exist
        Join-Path (Get-TestModulePath) LICENSE | Should -Exist
    }
}

Describe 'The package' {
    BeforeAll {
        $configuration = if (Test-Path "$root/src/Bucardo.Ps/obj/Release") { 'Release' } else { 'Debug' }
        $output = & dotnet pack "$root/src/Bucardo.Ps" --no-build --configuration $configuration --output $TestDrive --nologo --verbosity quiet 2>&1
        if ($LASTEXITCODE -ne 0) { throw "dotnet pack: $output" }
        $package = Join-Path $TestDrive "Bucardo.Ps.$version.nupkg"
        # As PSResourceGet unpacks it: a folder of the module's name, one in it of the version; the package's own files are left out.
        $modules = Join-Path $TestDrive Modules
        $installed = Join-Path $modules Bucardo.Ps $version
        [System.IO.Compression.ZipFile]::ExtractToDirectory($package, $installed)
        $nuspec = ([xml](Get-Content (Join-Path $installed Bucardo.Ps.nuspec) -Raw)).package.metadata
        Get-Item -Force -LiteralPath "$installed/_rels", "$installed/package", "$installed/[Content_Types].xml", "$installed/Bucardo.Ps.nuspec" | Remove-Item -Recurse -Force
    }

    It 'is named and described as the manifest is' {
        $nuspec.id, $nuspec.version, $nuspec.requireLicenseAcceptance | Should -Be 'Bucardo.Ps', $version, 'false'
        -split $nuspec.tags | Should -Contain 'PSModule'
        $nuspec.license.InnerText | Should -Be 'BSD-2-Clause'
        $nuspec.projectUrl | Should -Be $manifest.PrivateData.PSData.ProjectUri
    }

    It 'holds the module, the manifest at its root' {
        $files = { param($folder) Get-ChildItem $folder -Recurse -File -Force | ForEach-Object { [System.IO.Path]::GetRelativePath($folder, $_.FullName) } | Sort-Object }
        & $files $installed | Should -Be (& $files (Get-TestModulePath))
    }

    It 'works when it is installed' {
        $script = "`$env:PSModulePath = '$modules'; (Get-Command Get-BucardoSync).Module.Version.ToString(); (Get-Help Get-BucardoSync).Synopsis; (Get-Module Bucardo.Ps).ModuleBase"
        & (Get-TestPowerShell) -NoProfile -NonInteractive -Command $script | Should -Be $version, 'Shows the syncs and their settings.', $installed
    }

    It 'is installed, found and updated by PSResourceGet from a local repository' {
        if ($IsWindows) { Set-ItResult -Skipped -Because 'the folder of the user''s modules cannot be another one there' }
        if (-not (Get-Module Microsoft.PowerShell.PSResourceGet -ListAvailable)) { Set-ItResult -Skipped -Because 'this PowerShell has no Microsoft.PowerShell.PSResourceGet' }
        # In a home of its own: neither the user's modules nor their list of repositories are touched.
        $scratch = Join-Path $TestDrive scratch
        $script = @"
`$ErrorActionPreference = 'Stop'; `$ProgressPreference = 'SilentlyContinue'
Register-PSResourceRepository local -Uri '$TestDrive' -Trusted
(Find-PSResource Bucardo.Ps -Repository local).Version.ToString()
Install-PSResource Bucardo.Ps -Repository local
Update-PSResource Bucardo.Ps -Repository local
(Get-InstalledPSResource Bucardo.Ps).Version.ToString()
(Get-Command Get-BucardoSync).Module.ModuleBase
(Get-Help Get-BucardoSync).Synopsis
Uninstall-PSResource Bucardo.Ps
@(Get-InstalledPSResource Bucardo.Ps -ErrorAction Ignore).Count
"@
        $start = [System.Diagnostics.ProcessStartInfo]::new((Get-TestPowerShell), [string[]]('-NoProfile', '-NonInteractive', '-Command', $script))
        $start.Environment['HOME'] = (New-Item -ItemType Directory $scratch).FullName
        foreach ($name in 'PSModulePath', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME') { $null = $start.Environment.Remove($name) }
        $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $process = [System.Diagnostics.Process]::Start($start)
        $errors = $process.StandardError.ReadToEndAsync()
        $lines = $process.StandardOutput.ReadToEnd() -split "`n" | ForEach-Object Trim | Where-Object { $_ }
        $process.WaitForExit()
        $errors.Result -replace '\s' | Should -BeNullOrEmpty
        $lines[0], $lines[1], $lines[3], $lines[4] | Should -Be $version, $version, 'Shows the syncs and their settings.', '0'
        $lines[2] | Should -BeLike "$scratch*$version"
    }
}
