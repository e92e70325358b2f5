using Bucardo.Model;

namespace Bucardo.Engine.Postgres;

/// <summary>Takes the secrets out of connection settings before they are stored or shown.</summary>
static class ConnectionSecrets
{
    /// <summary>The same settings with the password, wherever it stood, in <see cref="ConnectionSettings.Password"/> alone.</summary>
    /// <exception cref="BucardoException">InvalidConnectionString; SecretNotStorable for the password of a key file.</exception>
    public static ConnectionSettings Separate(ConnectionSettings settings)
    {
        var (connectionString, first) = Strip(settings.ConnectionString);
        var (options, second) = Strip(settings.Options);
        return settings with { ConnectionString = connectionString, Options = options,
            Password = first ?? NotEmpty(settings.Password) ?? second };
    }

    static (string? Text, string? Password) Strip(string? text)
    {
        if (string.IsNullOrEmpty(text)) return (text, null);
        var values = ConnectionText.Parse(text);
        if (values.ContainsKey("sslpassword"))
            throw new BucardoException("SecretNotStorable", ErrorKind.InvalidArgument,
                "The password of an SSL key file is not stored in the control database; put it into a service file on the machine that " +
                "runs the service.");
        if (!values.Remove("password", out var password)) return (text, null);
        var npgsqlOnly = values.Keys.Any(k => k.StartsWith(ConnectionText.NpgsqlPrefix, StringComparison.Ordinal));
        return (npgsqlOnly ? NpgsqlText(values) : ConnectionText.Format(values), NotEmpty(password));
    }

    static string NpgsqlText(Dictionary<string, string> values)
    {
        var builder = new System.Data.Common.DbConnectionStringBuilder();
        foreach (var (key, value) in values)
        {
            var name = key.StartsWith(ConnectionText.NpgsqlPrefix, StringComparison.Ordinal) ? key[ConnectionText.NpgsqlPrefix.Length..]
                : ConnectionKeywords.Libpq[key].Npgsql ?? key;
            builder[name] = ConnectionKeywords.Value(key, value);
        }
        return builder.ConnectionString;
    }

    static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
