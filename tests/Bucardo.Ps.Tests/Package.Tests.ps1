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

    It 'is taken by Install-PSResource from a local repository' -Skip:(-not (Get-Command Install-PSResource -ErrorAction Ignore)) {
        $repository = "bucardo-test-$PID"
        Register-PSResourceRepository $repository -Uri $TestDrive -Trusted
        try {
            (Find-PSResource Bucardo.Ps -Repository $repository).Version | Should -Be ([version]$version)
            Save-PSResource Bucardo.Ps -Repository $repository -Path (Join-Path $TestDrive Saved)
        }
        finally { Unregister-PSResourceRepository $repository }
        Join-Path $TestDrive Saved Bucardo.Ps $version Bucardo.Ps.psd1 | Should -Exist
    }
}
