using System.Diagnostics;
using System.Security.Cryptography;
using Bucardo.Engine.Postgres;
using Bucardo.Model;

namespace Bucardo.Engine.Catalog;

/// <summary>The file with the 32-byte key that stored passwords are encrypted with; only its owner may read it.</summary>
sealed class KeyFile
{
    const int Length = 32;

    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public KeyFile(string path) => Path = path;

    public string Path { get; }

    /// <summary>BUCARDO_KEYFILE, else ~/.config/bucardo/key (XDG_CONFIG_HOME counts), or %APPDATA%\bucardo\key on Windows.</summary>
    public static KeyFile Default()
    {
        if (Environment.GetEnvironmentVariable("BUCARDO_KEYFILE") is { Length: > 0 } path) return new(path);
        var folder = Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return new(System.IO.Path.Combine(folder, "bucardo", "key"));
    }

    /// <summary>The key; made first if the file is not there.</summary>
    /// <exception cref="BucardoException">KeyFilePermissions, KeyFileInvalid.</exception>
    public byte[] ReadOrCreate()
    {
        if (!File.Exists(Path)) Create();
        return Read();
    }

    /// <summary>The key of a file that must be there.</summary>
    /// <exception cref="BucardoException">KeyFileMissing, KeyFilePermissions, KeyFileInvalid.</exception>
    public byte[] Read()
    {
        if (!File.Exists(Path))
            throw new BucardoException("KeyFileMissing", ErrorKind.NotFound,
                $"The key file {Path} is missing, so the passwords in the control database cannot be read; copy it here, set " +
                $"BUCARDO_KEYFILE, or store the passwords again.");
        try
        {
            if (!PrivateFile.IsOwnersOnly(Path))
                throw new BucardoException("KeyFilePermissions", ErrorKind.Permission,
                    $"The key file {Path} can be read by others; run: chmod 600 {Path}");
            var key = File.ReadAllBytes(Path);
            return key.Length == Length ? key
                : throw new BucardoException("KeyFileInvalid", ErrorKind.InvalidArgument,
                    $"The key file {Path} does not hold {Length} bytes; restore it from a backup.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BucardoException("KeyFilePermissions", ErrorKind.Permission,
                $"The key file {Path} cannot be read by this user; check its owner, or set BUCARDO_KEYFILE.", e);
        }
    }

    // Written under another name and moved into place, so that nobody ever reads half a key. Of several that make one at once the first counts: a move that finds another file in its place may
    // still put itself there (the runtime looks first and renames then), so they do it one after the other.
    void Create()
    {
        try
        {
            var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            using var turn = TakeTurn($"{Path}.lock");
            if (File.Exists(Path)) return;
            var temporary = $"{Path}.{Guid.NewGuid():N}";
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var stream = new FileStream(temporary, options)) stream.Write(RandomNumberGenerator.GetBytes(Length));
            File.Move(temporary, Path, overwrite: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BucardoException("KeyFilePermissions", ErrorKind.Permission,
                $"The key file {Path} cannot be created; check the folder's permissions, or set BUCARDO_KEYFILE.", e);
        }
    }

    // The system lets go of the file when its holder dies.
    static FileStream TakeTurn(string path)
    {
        for (var clock = Stopwatch.StartNew(); ; Thread.Sleep(10))
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
            }
            catch (IOException) when (clock.Elapsed < s_patience)
            {
            }
        }
    }
}
