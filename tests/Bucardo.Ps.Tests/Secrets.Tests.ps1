# Passwords go into the cmdlets and come out nowhere.
BeforeAll {
    Import-Module "$PSScriptRoot/TestHelper.psm1"
    $site = New-TestSite -Node a, b
    $server = $site.Server
    $secret = 'hush-' + [System.Guid]::NewGuid().ToString('N')
    $role = 'secret_' + [System.Guid]::NewGuid().ToString('N').Substring(0, 8)
    $null = Invoke-TestSql postgres "CREATE ROLE $role SUPERUSER LOGIN PASSWORD '$secret'"
    $credential = [pscredential]::new($role, (ConvertTo-SecureString $secret -AsPlainText -Force))
    $wrong = [pscredential]::new($role, (ConvertTo-SecureString "$secret-wrong" -AsPlainText -Force))
    $log = Join-Path $TestDrive 'service.log'

    # All that a script writes, on all streams, its errors with all that is inside of them.
    function Get-Everything([scriptblock] $Script) {
        $VerbosePreference = $DebugPreference = 'Continue'
        $Error.Clear()
        $output = try { & $Script *>&1 } catch { $_ }
        foreach ($thing in @($output) + @($Error)) {
            "$thing"
            $thing | Out-String -Width 500
            if ($thing -is [System.Management.Automation.InformationalRecord]) { continue }
            if ($thing -is [System.Management.Automation.ErrorRecord]) {
                # Not its InvocationInfo: that is what the caller has typed.
                $thing.Exception.ToString(), "$($thing.TargetObject)", "$($thing.ErrorDetails)"
                continue
            }
            $thing | Format-List * -Force | Out-String -Width 500
            $thing | ConvertTo-Json -Depth 4 -WarningAction Ignore
            [System.Management.Automation.PSSerializer]::Serialize($thing, 3)
        }
    }
}

AfterAll {
    try { Stop-BucardoService } finally {
        Remove-TestSite $site
        $null = Invoke-TestSql postgres "DROP ROLE IF EXISTS $role"
    }
}

Describe 'A password that was given with -Credential' {
    BeforeAll {
        $endpoint = @{ HostName = $server.HostName; Port = $server.Port }
        $null = New-BucardoDatabase a @endpoint -DatabaseName $site.Nodes.a -Credential $credential
        $null = New-BucardoDatabase b @endpoint -DatabaseName $site.Nodes.b -Credential $credential
        $null = New-BucardoSync s1 -Table account -Source a -Target b
        $null = Start-BucardoSync s1
    }

    It 'is stored encrypted' {
        $stored = Invoke-TestSql $site.Control "SELECT row_to_json(d) FROM bucardo.db d"
        "$stored" | Should -Match '"dbpass":"v1:'
        "$stored" | Should -Not -Match $secret
    }

    It 'is not in what <What> shows' -ForEach @(
        @{ What = 'Get-BucardoDatabase'; Script = { Get-BucardoDatabase } }
        @{ What = 'Get-BucardoDatabaseGroup'; Script = { Get-BucardoDatabaseGroup } }
        @{ What = 'Get-BucardoSync'; Script = { Get-BucardoSync } }
        @{ What = 'Get-BucardoStatus'; Script = { Get-BucardoStatus } }
        @{ What = 'Test-BucardoDatabase'; Script = { Test-BucardoDatabase } }
        @{ What = 'Test-BucardoSync'; Script = { Test-BucardoSync s1 } }
        @{ What = 'Invoke-BucardoSync'; Script = { Invoke-BucardoSync s1 } }
        @{ What = 'Get-BucardoSyncRun'; Script = { Get-BucardoSyncRun } }
        @{ What = 'Connect-Bucardo'; Script = { Connect-Bucardo @endpoint -DatabaseName $site.Control -Credential $credential } }
        @{ What = 'Connect-Bucardo with a string'; Script = { Connect-Bucardo -ConnectionString "host=$($server.HostName) port=$($server.Port) dbname=$($site.Control) user=$role password=$secret" } }
    ) {
        $text = Get-Everything $Script
        "$text".Length | Should -BeGreaterThan 10
        "$text" | Should -Not -Match $secret
    }

    It 'is not in the errors of <What>' -ForEach @(
        @{ What = 'a login that is refused'; Script = { New-BucardoDatabase c @endpoint -DatabaseName $site.Nodes.a -Credential $wrong } }
        @{ What = 'a server that is not there'; Script = { New-BucardoDatabase c -HostName 127.0.0.1 -Port 1 -Credential $credential } }
        @{ What = 'a server without TLS'; Script = { New-BucardoDatabase c @endpoint -DatabaseName $site.Nodes.a -Credential $credential -Options 'sslmode=verify-full' } }
        @{ What = 'a connection string that makes no sense'; Script = { New-BucardoDatabase c -ConnectionString "host=h nonsense=1 password=$secret" } }
        @{ What = 'an option that makes no sense'; Script = { New-BucardoDatabase c @endpoint -Options "sslmode=$secret" } }
        @{ What = 'a URI that makes no sense'; Script = { Connect-Bucardo -ConnectionString "postgresql://u:$secret@[h/d" } }
        @{ What = 'a control database that is away'; Script = { Get-BucardoSync -Connection "host=127.0.0.1 port=1 user=u password=$secret" } }
    ) {
        $text = Get-Everything $Script
        $Error.Count | Should -BeGreaterThan 0
        "$text" | Should -Not -Match $secret
    }

    It 'reaches a service in the background by no way that others can see' -Skip:(-not $IsLinux) {
        $null = Connect-Bucardo @endpoint -DatabaseName $site.Control -Credential $credential
        $service = Start-BucardoService -Background -LogPath $log -LogLevel Trace
        $null = Invoke-TestSql $site.Nodes.a "INSERT INTO account VALUES (1, 'x')"
        (Invoke-BucardoKick s1 -Wait).Result | Should -Be 'Done'
        $seen = Get-ChildItem /proc -Directory | Where-Object Name -Match '^\d+$' | ForEach-Object { try { [System.IO.File]::ReadAllText("$($_.FullName)/cmdline") } catch { '' } }
        "$seen" | Should -Match 'Start-BucardoService'
        "$seen" | Should -Not -Match $secret
        # Their user and root can read a process's environment, nobody else.
        [int] [System.IO.File]::GetUnixFileMode("/proc/$($service.ProcessId)/environ") | Should -Be ([Convert]::ToInt32('400', 8))
        Stop-BucardoService
        # Get-Content -Raw gives a second string where the file grows while it reads.
        $text = [System.IO.File]::ReadAllText($log)
        $text | Should -Match 's1'
        $text | Should -Not -Match $secret
        [int] [System.IO.File]::GetUnixFileMode($log) | Should -Be ([Convert]::ToInt32('600', 8))
    }
}

Describe 'No command' {
    It 'takes a password as plain text' {
        $parameters = Get-Command -Module Bucardo.Ps | ForEach-Object { $_.Parameters.Values }
        $parameters.Name | Should -Not -Contain 'Password'
        ($parameters | Where-Object Name -Match 'passw|secret').Name | Should -BeIn 'ClearPassword', 'SecretName', 'SecretVault'
    }
}

Describe 'Secrets by name' {
    BeforeAll {
        # What people have from the gallery, in small.
        $vault = Join-Path $TestDrive 'modules/Microsoft.PowerShell.SecretManagement'
        $null = New-Item $vault -ItemType Directory
        @'
function Get-Secret {
    [CmdletBinding()] param([string] $Name, [string] $Vault)
    switch ($Name) {
        'login' { [pscredential]::new('from_vault', (ConvertTo-SecureString 'vaultsecret1' -AsPlainText -Force)) }
        'password' { ConvertTo-SecureString 'vaultsecret2' -AsPlainText -Force }
        'which' { [pscredential]::new("in_$Vault", (ConvertTo-SecureString 'vaultsecret3' -AsPlainText -Force)) }
        default { Write-Error "The secret $Name was not found." }
    }
}
'@ | Set-Content "$vault/Microsoft.PowerShell.SecretManagement.psm1"
        $named = New-TestSite
    }
    AfterAll {
        Remove-Module Microsoft.PowerShell.SecretManagement -ErrorAction Ignore
        Remove-TestSite $named
        $null = Connect-Bucardo -Connection $site.Connection
    }

    It 'need the module that keeps them' {
        $path = $env:PSModulePath
        $env:PSModulePath = $TestDrive
        try { Get-ErrorId { New-BucardoDatabase x -HostName db1 -SecretName login -SkipTest } | Should -Be SecretManagementMissing }
        finally { $env:PSModulePath = $path }
    }

    It 'are a credential, or a password for -UserName, and are stored as those are' {
        Import-Module $vault -Global
        $database = New-BucardoDatabase one -HostName db1 -SecretName login -SkipTest
        $database.UserName, $database.HasStoredPassword | Should -Be 'from_vault', $true
        (New-BucardoDatabase two -HostName db1 -SecretName password -UserName me -SkipTest).UserName | Should -Be me
        (Set-BucardoDatabase two -SecretName which -SecretVault v2 -PassThru).UserName | Should -Be in_v2
        (Set-BucardoDatabase two -SecretName password -PassThru).UserName | Should -Be in_v2
        Get-ErrorId { New-BucardoDatabase three -HostName db1 -SecretName password -SkipTest } | Should -Be SecretWithoutUser
        Get-ErrorId { New-BucardoDatabase three -HostName db1 -SecretName nope -SkipTest } | Should -Be SecretNotFound
        (Get-BucardoDatabase | Format-List * | Out-String) + (Export-BucardoConfiguration) | Should -Not -Match 'vaultsecret'
    }
}
