using System.Security.Cryptography;
using System.Text;

namespace Bucardo.Engine.Catalog;

/// <summary>
/// Says that a script was stored by somebody who has the key file: whoever may only write to the control database cannot have code run on the machine of the service.
/// </summary>
/// <param name="file">The key file.</param>
sealed class CodeSeal(KeyFile file)
{
    const string Version = "v1:";

    /// <summary>The seal of a script under a name; it fits no other.</summary>
    /// <exception cref="Model.BucardoException">KeyFilePermissions, KeyFileInvalid.</exception>
    public string Of(string name, string script) => Version + Convert.ToBase64String(Compute(file.ReadOrCreate(), name, script));

    /// <summary>Why a script must not be run; null: its seal is right.</summary>
    public string? WhyNot(string name, string script, string? seal)
    {
        byte[] key;
        try
        {
            key = file.Read();
        }
        catch (Model.BucardoException e)
        {
            return $"its seal cannot be checked ({e.Message})";
        }
        var given = new byte[64];
        var isRight = seal?.StartsWith(Version, StringComparison.Ordinal) == true && Convert.TryFromBase64String(seal[Version.Length..], given, out var length)
            && CryptographicOperations.FixedTimeEquals(given.AsSpan(0, length), Compute(key, name, script));
        return isRight ? null : $"it was not stored by somebody who has the key file {file.Path}: read it, and store it again with Set-BucardoCustomCode {name} -ScriptBlock";
    }

    // Of a key of its own: what is made for one purpose must mean nothing for another.
    static byte[] Compute(byte[] key, string name, string script) =>
        HMACSHA256.HashData(HMACSHA256.HashData(key, "bucardo custom code"u8), Encoding.UTF8.GetBytes($"{name}\0{script}"));
}
