using Bucardo.Model;

namespace Bucardo.Engine.Postgres;

/// <summary>Files that hold secrets: who else may read them. Links are followed. On Windows the folders in which they lie are private.</summary>
static class PrivateFile
{
    const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
    const UnixFileMode NotOwner = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | Others;

    /// <summary>Whether only the owner has any right to the file.</summary>
    public static bool IsOwnersOnly(string path) => OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & NotOwner) == 0;

    /// <summary>Looks at the files of a TLS connection before it is made: the driver's own messages name neither the file nor the remedy, and it reads keys that anybody could.</summary>
    /// <exception cref="BucardoException">CertificateFileMissing, KeyPermissions.</exception>
    public static void CheckCertificates(string? root, string? certificate, string? key)
    {
        foreach (var (setting, path) in new[] { ("sslrootcert", root), ("sslcert", certificate), ("sslkey", key) })
        {
            if (!string.IsNullOrEmpty(path) && !File.Exists(path))
            {
                throw new BucardoException("CertificateFileMissing", ErrorKind.NotFound,
                    $"The file {path}, which {setting} names, does not exist or cannot be reached by this user; correct the path.");
            }
        }
        // As libpq: a group may read the key, so that root can own it and a service can use it.
        const UnixFileMode forbidden = Others | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;
        if (!string.IsNullOrEmpty(key) && !OperatingSystem.IsWindows() && (File.GetUnixFileMode(key) & forbidden) != 0)
        {
            throw new BucardoException("KeyPermissions", ErrorKind.Permission,
                $"The private key {key} can be read or written by others and is not used; run: chmod 600 {key}");
        }
    }
}
