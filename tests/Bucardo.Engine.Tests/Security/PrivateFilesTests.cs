using System.Runtime.Versioning;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;

namespace Bucardo.Engine.Tests.Security;

/// <summary>Files with secrets that somebody else could read are not used; files that we make, nobody else can read.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PrivateFilesTests : IDisposable
{
    const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    readonly string _home = Directory.CreateTempSubdirectory("bucardo-home-").FullName;

    public void Dispose() => Directory.Delete(_home, true);

    string Write(string name, string text, UnixFileMode mode)
    {
        var path = Path.Combine(_home, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, mode);
        return path;
    }

    BucardoException RefusesService(string file) => Assert.Throws<BucardoException>(() => BuildService(file));

    string? BuildService(string file) => ConnectionStrings.Build(new ConnectionSettings { ServiceName = "x" }, new ConnectionEnvironment(n => n == "PGSERVICEFILE" ? file : null, _home, "me")).Host;

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_service_file_with_a_password_is_for_its_owner_only(UnixFileMode open)
    {
        var file = Write("open", "[x]\nhost=h\npassword=hush\n[y]\nhost=h\n", OwnersOnly | open);
        var error = RefusesService(file);
        Assert.Equal("ServiceFilePermissions", error.ErrorId);
        Assert.Contains($"chmod 600 {file}", error.Message);
        Assert.DoesNotContain("hush", error.ToString());
        File.SetUnixFileMode(file, OwnersOnly);
        Assert.Equal("h", BuildService(file));
        Assert.Equal("h", BuildService(Write("plain", "[x]\nhost=h\n", OwnersOnly | open)));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    public void A_passfile_and_a_key_file_are_for_their_owner_only(UnixFileMode open)
    {
        var passFile = Write("pass", "*:*:*:*:hush\n", OwnersOnly | open);
        var error = Assert.Throws<BucardoException>(() => ConnectionStrings.Build(new ConnectionSettings { HostName = "h", PassFile = passFile }));
        Assert.Equal("PassFilePermissions", error.ErrorId);
        Assert.DoesNotContain("hush", error.ToString());

        var keyFile = Write("key", new string('k', 32), OwnersOnly | open);
        Assert.Equal("KeyFilePermissions", Assert.Throws<BucardoException>(() => new KeyFile(keyFile).Read()).ErrorId);
        // As a mounted secret comes: what counts is the file that the link leads to.
        File.SetUnixFileMode(keyFile, UnixFileMode.UserRead);
        File.CreateSymbolicLink(Path.Combine(_home, "link"), keyFile);
        Assert.Equal(32, new KeyFile(Path.Combine(_home, "link")).Read().Length);
    }

    [Fact]
    public void BUCARDO_KEYFILE_says_where_the_key_is_and_its_folder_is_made_private()
    {
        var before = Environment.GetEnvironmentVariable("BUCARDO_KEYFILE");
        Assert.Equal(before, KeyFile.Default().Path);
        var path = Path.Combine(_home, "a", "b", "key");
        Assert.Equal(32, new KeyFile(path).ReadOrCreate().Length);
        Assert.Equal(OwnersOnly, File.GetUnixFileMode(path));
        Assert.Equal(OwnersOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_key_file_that_cannot_be_made_leaves_nothing_behind()
    {
        Write("file", "", OwnersOnly);
        Assert.Equal("KeyFilePermissions", Assert.Throws<BucardoException>(() => new KeyFile(Path.Combine(_home, "file", "key")).ReadOrCreate()).ErrorId);
        Assert.Single(Directory.GetFileSystemEntries(_home));
    }
}
