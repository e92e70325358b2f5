using System.Runtime.Versioning;
using Bucardo.Engine.Postgres;
using Npgsql;

namespace Bucardo.Engine.Tests.Catalog;

[UnsupportedOSPlatform("windows")]
public sealed class ConnectionStringTests : IDisposable
{
    readonly string _home = Directory.CreateTempSubdirectory("bucardo-home-").FullName;
    readonly Dictionary<string, string> _variables = [];

    public void Dispose() => Directory.Delete(_home, true);

    NpgsqlConnectionStringBuilder Build(ConnectionSettings settings) =>
        ConnectionStrings.Build(settings, new ConnectionEnvironment(n => _variables.GetValueOrDefault(n), _home, "me"));

    NpgsqlConnectionStringBuilder Build(string text) => Build(new ConnectionSettings { ConnectionString = text });

    string Write(string name, string text)
    {
        var path = Path.Combine(_home, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    [Fact]
    public void Defaults_are_ours()
    {
        var built = Build(new ConnectionSettings());
        Assert.Equal(("localhost", 5432, "me", "me", "bucardo", 10),
            (built.Host, built.Port, built.Username, built.Database, built.ApplicationName, built.Timeout));
        Assert.True(built.IncludeErrorDetail && built.TcpKeepAlive);
    }

    [Theory]
    [InlineData("host=/run/postgresql")]
    [InlineData("host=/run/postgresql keepalives=1 keepalives_idle=20")]
    [InlineData("host=db1,/run/postgresql")]
    public void A_unix_socket_is_not_asked_for_TCP_keepalives(string text)
    {
        var built = Build(text);
        Assert.Equal((false, 0, 0), (built.TcpKeepAlive, built.TcpKeepAliveTime, built.TcpKeepAliveInterval));
    }

    [Theory]
    [InlineData("host=h port=6 dbname=d user=u password='p w\\'x;y' sslmode=verify-full connect_timeout=7 application_name=a")]
    [InlineData("Host=h;Port=6;Database=d;User Id=u;Pwd=\"p w'x;y\";SSL Mode=VerifyFull;Timeout=7;Application Name=a")]
    [InlineData("postgresql://u:p%20w%27x;y@h:6/d?sslmode=verify-full&connect_timeout=7&application_name=a")]
    [InlineData(" host = h  port=6 dbname = 'd' user=u password='p w\\'x;y' sslmode = verify-full connect_timeout=7 application_name='a'")]
    public void All_kinds_of_strings_are_read(string text)
    {
        var built = Build(text);
        Assert.Equal(("h", 6, "d", "u", "p w'x;y", SslMode.VerifyFull, 7, "a"),
            (built.Host, built.Port, built.Database, built.Username, built.Password, built.SslMode, built.Timeout, built.ApplicationName));
    }

    [Theory]
    [InlineData("postgresql:///d?host=%2Ftmp", "/tmp", 5432)]
    [InlineData("postgresql://[::1]:7/d", "::1", 7)]
    [InlineData("postgresql://%2Ftmp/d", "/tmp", 5432)]
    [InlineData("postgresql://a:1,b:2/d", "a:1,b:2", 1)]
    [InlineData("host=a,b port=1,2", "a:1,b:2", 1)]
    [InlineData("host=a,b port=9", "a:9,b:9", 9)]
    [InlineData("Host=a:1,b:2;Database=d", "a:1,b:2", 1)]
    [InlineData("hostaddr=10.0.0.1 host=name", "10.0.0.1", 5432)]
    [InlineData("hostaddr=10.0.0.1 host=name sslmode=verify-full", "name", 5432)]
    public void Hosts_and_ports(string text, string host, int port)
    {
        var built = Build(text);
        Assert.Equal((host, port), (built.Host, built.Port));
    }

    [Theory]
    [InlineData("host=a nonsense=hush", "nonsense")]
    [InlineData("Host=a;Nonsense=hush", "nonsense")]
    [InlineData("postgresql://a/d?nonsense=hush", "nonsense")]
    [InlineData("host=a sslmode=hush", "sslmode")]
    [InlineData("Host=a;Timeout=hush", "timeout")]
    [InlineData("host=a port=hush", "port")]
    [InlineData("just hush", "neither")]
    public void What_is_wrong_is_named_without_its_value(string text, string named)
    {
        var error = Assert.Throws<BucardoException>(() => Build(text));
        Assert.Equal("InvalidConnectionString", error.ErrorId);
        Assert.Contains(named, error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("hush", error.Message);
    }

    [Fact]
    public void String_then_properties_then_options_then_service_then_environment()
    {
        Write(".pg_service.conf", "# mine\n[other]\nhost=wrong\n[mine]\nhost=from-service\nport=3\nuser=service-user\ndbname=service-db\nsslmode=require\n");
        _variables["PGPORT"] = "4";
        _variables["PGAPPNAME"] = "from-env";
        _variables["PGHOSTADDR"] = "10.0.0.9";
        var built = Build(new ConnectionSettings { ServiceName = "mine", ConnectionString = "dbname=string-db",
            DatabaseName = "property-db", UserName = "property-user", Options = "user=option-user sslmode=disable" });
        Assert.Equal(("from-service", 3, "string-db", "property-user", SslMode.Disable, "from-env"),
            (built.Host, built.Port, built.Database, built.Username, built.SslMode, built.ApplicationName));
        _variables["PGSERVICE"] = "mine";
        Assert.Equal("from-service", Build(new ConnectionSettings()).Host);

        Assert.Equal("ServiceNotFound",
            Assert.Throws<BucardoException>(() => Build(new ConnectionSettings { ServiceName = "none" })).ErrorId);
        _variables["PGSERVICEFILE"] = Write("broken.conf", "[mine]\nnonsense\n");
        Assert.Equal("ServiceFileInvalid",
            Assert.Throws<BucardoException>(() => Build(new ConnectionSettings { ServiceName = "mine" })).ErrorId);
        Write("pg_service.conf", "[sys]\nhost=from-system\n");
        _variables["PGSYSCONFDIR"] = _home;
        Assert.Equal("from-system", Build(new ConnectionSettings { ServiceName = "sys" }).Host);
    }

    [Fact]
    public void The_passfile_is_asked_last_and_must_be_private()
    {
        var own = Write(".pgpass", "# note\nother:*:*:*:no\nh:5432:d\\:b:u:pass\\\\w:rd\n*:*:*:*:rest\n");
        Assert.Equal("pass\\w:rd", Build("host=h dbname=d:b user=u").Password);
        Assert.Equal("rest", Build("host=h dbname=x user=u").Password);
        Assert.Equal("given", Build("host=h dbname=x user=u password=given").Password);
        _variables["PGPASSWORD"] = "env";
        Assert.Equal("env", Build("host=h dbname=x user=u").Password);
        _variables.Clear();

        var another = Write("another", "*:*:*:*:another");
        Assert.Equal("another", Build(new ConnectionSettings { HostName = "h", PassFile = another }).Password);
        File.SetUnixFileMode(another, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Equal("PassFilePermissions",
            Assert.Throws<BucardoException>(() => Build(new ConnectionSettings { PassFile = another })).ErrorId);
        Assert.Equal("PassFileNotFound",
            Assert.Throws<BucardoException>(() => Build(new ConnectionSettings { PassFile = another + "x" })).ErrorId);
        File.SetUnixFileMode(own, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Null(Build("host=h dbname=x user=u").Password);
    }

    [Theory]
    [InlineData("host=h password=secret sslmode=require")]
    [InlineData("postgresql://u:secret@h/d")]
    [InlineData("Host=h;Password=secret;Maximum Pool Size=3")]
    public void Secrets_are_separated(string text)
    {
        var settings = ConnectionSecrets.Separate(new ConnectionSettings { ConnectionString = text });
        Assert.Equal("secret", settings.Password);
        Assert.DoesNotContain("secret", settings.ConnectionString);
        Assert.Equal(("h", "secret"), (Build(settings).Host, Build(settings).Password));
        Assert.Equal("SecretNotStorable",
            Assert.Throws<BucardoException>(() =>
            ConnectionSecrets.Separate(new ConnectionSettings { Options = "sslpassword=x" })).ErrorId);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_unreachable()
    {
        using var deaf = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        deaf.Start();
        var settings = new ConnectionSettings { HostName = "127.0.0.1", Port = ((System.Net.IPEndPoint)deaf.LocalEndpoint).Port,
            UserName = "u", DatabaseName = "d", Options = "connect_timeout=1 sslmode=disable" };
        await using var source = ConnectionStrings.CreateDataSource(settings);
        var failure = await Assert.ThrowsAnyAsync<Exception>(async () => await source.OpenConnectionAsync());
        Assert.Equal("HostUnreachable", ConnectionErrors.Translate(failure, settings, "A").ErrorId);
        Assert.True(ConnectionErrors.IsConnectionFailure(failure));
    }

    [Fact]
    public async Task Of_several_hosts_the_writable_one_is_taken()
    {
        var server = PostgresServers.First;
        var settings = new ConnectionSettings { ConnectionString = $"host={server.HostName},{server.HostName} port=1,{server.Port} dbname=postgres", UserName = server.UserName, Password = server.Password };
        await using var source = ConnectionStrings.CreateDataSource(settings);
        await using var connection = await source.OpenConnectionAsync();
        Assert.Equal(server.Port, connection.Port);
    }
}
