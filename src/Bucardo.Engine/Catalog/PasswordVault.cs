using System.Security.Cryptography;
using System.Text;
using Bucardo.Model;

namespace Bucardo.Engine.Catalog;

/// <summary>
/// Encrypts the passwords that are stored in the control database: AES-256-GCM with a random nonce; the database's name is bound to the
/// text, so
/// that a password cannot be moved to another row. Form: <c>v1:</c> and the base64 of nonce, tag and ciphertext.
/// </summary>
sealed class PasswordVault
{
    const string Version = "v1:";
    const int NonceLength = 12;
    const int TagLength = 16;

    readonly KeyFile _file;

    public PasswordVault(KeyFile file) => _file = file;

    public KeyFile File => _file;

    /// <exception cref="BucardoException">KeyFilePermissions, KeyFileInvalid.</exception>
    public string Encrypt(string database, string password)
    {
        var clear = Encoding.UTF8.GetBytes(password);
        var sealedText = new byte[NonceLength + TagLength + clear.Length];
        RandomNumberGenerator.Fill(sealedText.AsSpan(0, NonceLength));
        using var aes = new AesGcm(_file.ReadOrCreate(), TagLength);
        aes.Encrypt(sealedText.AsSpan(0, NonceLength), clear, sealedText.AsSpan(NonceLength + TagLength),
            sealedText.AsSpan(NonceLength, TagLength), Encoding.UTF8.GetBytes(database));
        CryptographicOperations.ZeroMemory(clear);
        return Version + Convert.ToBase64String(sealedText);
    }

    /// <exception cref="BucardoException">KeyFileMissing, KeyFilePermissions, KeyFileInvalid, PasswordNotReadable.</exception>
    public string Decrypt(string database, string stored)
    {
        var key = _file.Read();
        try
        {
            if (!stored.StartsWith(Version, StringComparison.Ordinal)) throw new FormatException("Unknown version.");
            var sealedText = Convert.FromBase64String(stored[Version.Length..]);
            if (sealedText.Length < NonceLength + TagLength) throw new FormatException("Too short.");
            var clear = new byte[sealedText.Length - NonceLength - TagLength];
            using var aes = new AesGcm(key, TagLength);
            aes.Decrypt(sealedText.AsSpan(0, NonceLength), sealedText.AsSpan(NonceLength + TagLength),
                sealedText.AsSpan(NonceLength, TagLength), clear, Encoding.UTF8.GetBytes(database));
            return Encoding.UTF8.GetString(clear);
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            throw new BucardoException("PasswordNotReadable", ErrorKind.InvalidOperation,
                $"The stored password of database '{database}' cannot be decrypted with the key file {_file.Path}; use the key file it " +
                $"was stored with, or store the password again (Set-BucardoDatabase).", e);
        }
    }
}
