using System.Runtime.Versioning;
using Bucardo.Engine.Catalog;

namespace Bucardo.Engine.Tests.Catalog;

public sealed class KeyFileTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("bucardo-vault-").FullName;

    string KeyPath => Path.Combine(_folder, "new", "key");

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void The_key_is_made_once_for_its_owner_only()
    {
        var vault = new PasswordVault(new KeyFile(KeyPath));
        var stored = vault.Encrypt("A", "secret");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyPath));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.GetDirectoryName(KeyPath)!));
        Assert.NotEqual(stored, vault.Encrypt("A", "secret"));
        Assert.Equal("secret", vault.Decrypt("A", stored));
        Assert.Equal("PasswordNotReadable", Assert.Throws<BucardoException>(() => vault.Decrypt("B", stored)).ErrorId);
        Assert.Equal("PasswordNotReadable", Assert.Throws<BucardoException>(() => vault.Decrypt("A", "v2:AAAA")).ErrorId);

        File.SetUnixFileMode(KeyPath, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.Equal("KeyFilePermissions", Assert.Throws<BucardoException>(() => vault.Decrypt("A", stored)).ErrorId);
        File.Delete(KeyPath);
        Assert.Equal("KeyFileMissing", Assert.Throws<BucardoException>(() => vault.Decrypt("A", stored)).ErrorId);
    }

    [Fact]
    public async Task Of_many_that_make_the_key_at_once_all_get_the_same()
    {
        for (var i = 0; i < 50; i++)
        {
            var path = $"{KeyPath}{i}";
            using var start = new Barrier(8);
            // Threads of their own: the pool would start them one after the other.
            var keys = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(() =>
            {
                start.SignalAndWait();
                return Convert.ToHexString(new KeyFile(path).ReadOrCreate());
            }, default, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            Assert.Single(keys.Distinct());
        }
        Assert.Equal(50, Directory.GetFiles(Path.GetDirectoryName(KeyPath)!).Length);
    }

    [Fact]
    public void A_key_of_the_wrong_length_is_refused()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(KeyPath)!);
        File.WriteAllText(KeyPath, "short");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(KeyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Equal("KeyFileInvalid", Assert.Throws<BucardoException>(() => new KeyFile(KeyPath).Read()).ErrorId);
    }
}
