using System.Runtime.Versioning;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;

namespace Bucardo.Engine.Tests.Security;

/// <summary>TLS with all checks, SCRAM and client certificates, by every way of saying so; and what is said when something does not fit.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class TlsTests(TlsCluster cluster) : IClassFixture<TlsCluster>
{
    string At(string host = "localhost") => $"host={host} port={cluster.Server.Port} dbname=postgres sslmode=verify-full";

    string Root => $" sslrootcert={cluster.File("ca.pem")}";

    string Client => $" user={TlsCluster.CertificateRole} sslcert={cluster.File("client.pem")} sslkey={cluster.File("client.key")}";

    static string Scram => $" user={TlsCluster.ScramRole} password={TlsCluster.ScramPassword}";

    static async Task<string> ConnectAsync(ConnectionSettings settings)
    {
        await using var connection = await NodeConnection.OpenAsync(settings, "n1", "test", default);
        await using var command = connection.Command("SELECT session_user || ' ' || version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl");
        return (string)(await command.ExecuteScalarAsync())!;
    }

    static Task<string> ConnectAsync(string connectionString) => ConnectAsync(new ConnectionSettings { ConnectionString = connectionString });

    static async Task<BucardoException> RefusesAsync(string errorId, string connectionString)
    {
        var error = await Assert.ThrowsAsync<BucardoException>(() => ConnectAsync(connectionString));
        Assert.Equal(errorId, error.ErrorId);
        Assert.DoesNotContain("hush", error.ToString());
        return error;
    }

    [OwnServersFact]
    public async Task A_password_over_a_verified_connection_is_proven_and_bound_to_it()
    {
        Assert.StartsWith(TlsCluster.ScramRole + " TLSv1.", await ConnectAsync(At() + Root + Scram));
        Assert.StartsWith(TlsCluster.ScramRole, await ConnectAsync(At() + Root + Scram + " channel_binding=require require_auth=scram-sha-256"));
        Assert.StartsWith(TlsCluster.ScramRole, await ConnectAsync($"postgresql://{TlsCluster.ScramRole}:{TlsCluster.ScramPassword}@localhost:{cluster.Server.Port}/postgres?sslmode=verify-full&sslrootcert={Uri.EscapeDataString(cluster.File("ca.pem"))}"));
        Assert.Contains("password authentication failed", (await RefusesAsync("AuthenticationFailed", At() + Root + $" user={TlsCluster.ScramRole} password=hush-wrong")).Message);
    }

    [OwnServersFact]
    public async Task A_client_certificate_stands_in_for_a_password()
    {
        Assert.StartsWith(TlsCluster.CertificateRole + " TLSv1.", await ConnectAsync(At() + Root + Client));
        Assert.StartsWith(TlsCluster.CertificateRole, await ConnectAsync(At() + Root + Client.Replace("client.key", "client.locked.key") + " sslpassword=hush-key-pass"));
        Assert.StartsWith(TlsCluster.CertificateRole, await ConnectAsync(new ConnectionSettings { HostName = "localhost", Port = cluster.Server.Port, DatabaseName = "postgres", Options = $"sslmode=verify-full{Root}{Client}" }));
        Assert.StartsWith(TlsCluster.CertificateRole, await ConnectAsync("postgresql://localhost/postgres?" + string.Join('&', (At() + Root + Client).Split(' ').Where(s => !s.StartsWith("dbname")).Select(s => s.Split('=')[0] + "=" + Uri.EscapeDataString(s.Split('=')[1])))));
    }

    [OwnServersFact]
    public async Task A_service_file_can_say_all_of_it()
    {
        var file = cluster.File("services.conf");
        File.WriteAllText(file, "[tls]\n" + string.Join('\n', (At() + Root + Client).Split(' ')) + "\n");
        var environment = new ConnectionEnvironment(n => n == "PGSERVICEFILE" ? file : null, cluster.Folder, "me");
        var built = ConnectionStrings.Build(new ConnectionSettings { ServiceName = "tls" }, environment);
        await using var connection = new Npgsql.NpgsqlConnection(built.ConnectionString);
        await connection.OpenAsync();
        Assert.Equal(TlsCluster.CertificateRole, await connection.Command("SELECT session_user::text").ExecuteScalarAsync());
    }

    [OwnServersFact]
    public async Task What_does_not_fit_is_refused_with_the_remedy_and_without_a_secret()
    {
        Assert.Contains("must name the host \"127.0.0.1\"", (await RefusesAsync("CertificateRejected", At("127.0.0.1") + Root + Scram)).Message);
        Assert.Contains("sslrootcert must hold the authority", (await RefusesAsync("CertificateRejected", At() + $" sslrootcert={cluster.File("other-ca.pem")}" + Scram)).Message);
        await RefusesAsync("CertificateRejected", At() + " sslrootcert=system" + Scram);
        Assert.Contains("none.pem", (await RefusesAsync("CertificateFileMissing", At() + $" sslrootcert={cluster.File("none.pem")}" + Scram)).Message);
        Assert.Contains("none.key", (await RefusesAsync("CertificateFileMissing", At() + Root + Client.Replace("client.key", "none.key"))).Message);
        Assert.Contains("belong together", (await RefusesAsync("CertificateRejected", At() + Root + Client.Replace("client.key", "stranger.key"))).Message);
        // TLS 1.3 lets the client find out late: the server's alert may be overtaken by the end of the connection.
        var stranger = await Assert.ThrowsAsync<BucardoException>(() => ConnectAsync(At() + Root + Client.Replace("client.", "stranger.")));
        Assert.True(stranger.ErrorId == "HostUnreachable" || (stranger.ErrorId == "CertificateRejected" && stranger.Message.Contains("authority that signed sslcert")), stranger.Message);
        await RefusesAsync("CertificateRejected", At() + Root + Client.Replace("client.key", "client.locked.key") + " sslpassword=hush-wrong");
        Assert.Contains("client certificate", (await RefusesAsync("AuthenticationFailed", At() + Root + $" user={TlsCluster.CertificateRole}")).Message);
        Assert.Contains("no encryption", (await RefusesAsync("AuthenticationFailed", At().Replace("verify-full", "disable") + Scram)).Message);
    }

    [OwnServersFact]
    public async Task A_private_key_that_others_can_read_is_not_used()
    {
        var key = cluster.File("open.key");
        File.Copy(cluster.File("client.key"), key, overwrite: true);
        var connection = At() + Root + Client.Replace("client.key", "open.key");
        foreach (var open in new[] { UnixFileMode.OtherRead, UnixFileMode.GroupWrite })
        {
            File.SetUnixFileMode(key, UnixFileMode.UserRead | open);
            Assert.Contains($"chmod 600 {key}", (await RefusesAsync("KeyPermissions", connection)).Message);
        }
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.StartsWith(TlsCluster.CertificateRole, await ConnectAsync(connection));
    }

    [OwnServersFact]
    public async Task A_control_database_and_its_databases_can_be_reached_by_certificate_alone()
    {
        var settings = new ConnectionSettings { ConnectionString = At() + Root + Client };
        await ControlDatabase.InstallAsync(settings, createDatabase: false, default);
        await using var control = await ControlDatabase.OpenAsync(settings, default);
        var added = await control.Databases.AddAsync(new NewDatabase { Name = "A", Connection = settings }, default);
        Assert.False(added.HasStoredPassword);
        Assert.True((await control.Databases.TestAsync("A", default)).Ready);
        var refused = await Assert.ThrowsAsync<BucardoException>(() => control.Databases.AddAsync(new NewDatabase { Name = "B", Connection = settings with { ConnectionString = settings.ConnectionString + " sslpassword=hush" } }, default));
        Assert.Equal("SecretNotStorable", refused.ErrorId);
    }
}
