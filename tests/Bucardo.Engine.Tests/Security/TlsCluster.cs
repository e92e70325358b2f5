using System.Net;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bucardo.Engine.Tests.Security;

/// <summary>A throwaway cluster that lets nobody in over TCP but by TLS, with an authority of its own. Certificates and keys lie in <see cref="Folder"/>.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class TlsCluster : IAsyncLifetime
{
    const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    PostgresCluster? _server;
    DirectoryInfo? _folder;

    /// <summary>The server. Its certificate names localhost, not 127.0.0.1.</summary>
    public PostgresCluster Server => _server!;

    public string Folder => _folder!.FullName;

    public const string ScramRole = "scram_role";

    public const string ScramPassword = "hush-scram-pass";

    public const string CertificateRole = "certificate_role";

    /// <summary>Path of a file in the folder.</summary>
    public string File(string name) => Path.Combine(Folder, name);

    public async Task InitializeAsync()
    {
        if (PostgresServers.AreExternal) return;
        _folder = Directory.CreateTempSubdirectory("bucardo-tls-");
        using var authority = Authority("ca");
        using var other = Authority("other-ca");
        Issue(authority, "server", "localhost");
        Issue(authority, "client", CertificateRole);
        Issue(other, "stranger", CertificateRole);
        _server = await PostgresCluster.StartAsync();
        await Server.ExecuteAsync("postgres", $"SET password_encryption = 'scram-sha-256'; CREATE ROLE {ScramRole} LOGIN PASSWORD '{ScramPassword}'; CREATE ROLE {CertificateRole} LOGIN; GRANT CREATE ON DATABASE postgres TO {CertificateRole}, {ScramRole}");
        foreach (var setting in new[] { "ssl = on", "ssl_cert_file = 'server.pem'", "ssl_key_file = 'server.key'", "ssl_ca_file = 'ca.pem'" }) await Server.ExecuteAsync("postgres", $"ALTER SYSTEM SET {setting}");
        // The server's user writes its files itself: it owns them then, whoever runs the tests.
        foreach (var name in new[] { "server.pem", "server.key", "ca.pem" })
            await Server.ExecuteAsync("postgres", $"COPY (SELECT unnest(string_to_array({Literal(System.IO.File.ReadAllText(File(name)))}, chr(10)))) TO '{Path.Combine(Server.Folder, "data", name)}'");
        System.IO.File.SetUnixFileMode(Path.Combine(Server.Folder, "data", "server.key"), OwnersOnly);
        await Server.StopAsync();
        await System.IO.File.WriteAllTextAsync(Path.Combine(Server.Folder, "data", "pg_hba.conf"), $"local all all trust\nhostssl all {CertificateRole} all cert\nhostssl all all all scram-sha-256\n");
        await Server.StartAgainAsync();
    }

    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _folder?.Delete(recursive: true);
    }

    X509Certificate2 Authority(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN=Bucardo test {name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        System.IO.File.WriteAllText(File(name + ".pem"), certificate.ExportCertificatePem() + "\n");
        return certificate;
    }

    void Issue(X509Certificate2 authority, string file, string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name.Replace('_', '-'));
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(12));
        System.IO.File.WriteAllText(File(file + ".pem"), certificate.ExportCertificatePem() + "\n");
        System.IO.File.WriteAllText(File(file + ".key"), key.ExportPkcs8PrivateKeyPem() + "\n");
        System.IO.File.SetUnixFileMode(File(file + ".key"), OwnersOnly);
        System.IO.File.WriteAllText(File(file + ".locked.key"), key.ExportEncryptedPkcs8PrivateKeyPem("hush-key-pass", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 10_000)) + "\n");
        System.IO.File.SetUnixFileMode(File(file + ".locked.key"), OwnersOnly);
    }

    static string Literal(string text) => "'" + text.TrimEnd('\n').Replace("'", "''") + "'";
}
