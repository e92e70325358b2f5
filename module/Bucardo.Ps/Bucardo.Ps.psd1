@{
    RootModule           = 'Bucardo.Ps.psm1'
    # The build puts the version of Directory.Build.props here.
    ModuleVersion        = '0.0.0'
    GUID                 = '5d2c7a34-6f0e-4b0b-9a3f-7c1d0f3b8e52'
    Author               = 'Bucardo for PowerShell contributors'
    CompanyName          = 'Bucardo for PowerShell contributors'
    Copyright            = 'BSD 2-clause licence'
    Description          = 'Multi-master replication for PostgreSQL 14 and later: any number of sources and targets, row conflicts detected and resolved, nothing committed is lost.'
    PowerShellVersion    = '7.4'
    CompatiblePSEditions = @('Core')

    # Only these two live in PowerShell's own load context; the .psm1 loads the rest into the module's.
    RequiredAssemblies   = @('Bucardo.Model.dll', 'Bucardo.Ps.Loader.dll')
    FormatsToProcess     = @('Bucardo.Ps.Format.ps1xml', 'Bucardo.Ps.Detail.Format.ps1xml', 'Bucardo.Ps.Inspection.Format.ps1xml')
    TypesToProcess       = @('Bucardo.Ps.Types.ps1xml')

    CmdletsToExport      = @(
        'Connect-Bucardo', 'Disconnect-Bucardo', 'Install-Bucardo', 'Update-Bucardo', 'Uninstall-Bucardo'
        'Export-BucardoConfiguration', 'Import-BucardoConfiguration'
        'New-BucardoDatabase', 'Get-BucardoDatabase', 'Set-BucardoDatabase', 'Remove-BucardoDatabase', 'Test-BucardoDatabase'
        'New-BucardoDatabaseGroup', 'Get-BucardoDatabaseGroup', 'Set-BucardoDatabaseGroup', 'Remove-BucardoDatabaseGroup'
        'Add-BucardoDatabaseGroupMember', 'Set-BucardoDatabaseGroupMember', 'Remove-BucardoDatabaseGroupMember'
        'Find-BucardoTable', 'Add-BucardoTable', 'Get-BucardoTable', 'Set-BucardoTable', 'Remove-BucardoTable'
        'Add-BucardoSequence', 'Get-BucardoSequence', 'Remove-BucardoSequence'
        'New-BucardoHerd', 'Get-BucardoHerd', 'Set-BucardoHerd', 'Remove-BucardoHerd'
        'Add-BucardoHerdMember', 'Remove-BucardoHerdMember'
        'New-BucardoSync', 'Get-BucardoSync', 'Set-BucardoSync', 'Remove-BucardoSync'
        'Test-BucardoSync', 'Start-BucardoSync', 'Stop-BucardoSync', 'Suspend-BucardoSync', 'Resume-BucardoSync', 'Restart-BucardoSync', 'Wait-BucardoSync'
        'Invoke-BucardoSync', 'Invoke-BucardoKick', 'Measure-BucardoDelta', 'Clear-BucardoDelta', 'Copy-BucardoData'
        'New-BucardoCustomCode', 'Get-BucardoCustomCode', 'Set-BucardoCustomCode', 'Remove-BucardoCustomCode'
        'Get-BucardoStatus', 'Get-BucardoSyncRun', 'Clear-BucardoSyncRun'
        'Get-BucardoConflict', 'Restore-BucardoConflict', 'Clear-BucardoConflict'
        'Get-BucardoConfig', 'Set-BucardoConfig', 'Reset-BucardoConfig'
        'Start-BucardoService', 'Stop-BucardoService', 'Restart-BucardoService', 'Get-BucardoService', 'Test-BucardoService'
        'Get-BucardoLog', 'Write-BucardoLog'
    )
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()

    PrivateData          = @{
        PSData = @{
            Tags         = @(
                'PostgreSQL', 'Postgres', 'replication', 'multi-master', 'Bucardo', 'database', 'conflict', 'synchronization', 'DBA'
                'PSEdition_Core', 'Linux', 'Windows', 'macOS'
            )
            LicenseUri   = 'https://opensource.org/license/bsd-2-clause'
            # The home of Bucardo, which this makes new; whoever publishes the module puts its own address here and into Directory.Build.props.
            ProjectUri   = 'https://bucardo.org/'
            ReleaseNotes = @'
First version: control database, capture, multi-master rounds, conflict strategies with a history, merging of columns and counters, service, cmdlets with help.
No initial copies, custom code and sequences yet; the databases must hold the same rows when a sync is started for the first time.
'@
        }
    }
}
