using Bucardo.Model;

namespace Bucardo.Engine.Postgres;

/// <summary>libpq's connection service files (pg_service.conf).</summary>
static class ServiceFile
{
    /// <summary>The settings of one service: of the user's file if it is there, else of the system's.</summary>
    /// <exception cref="BucardoException">ServiceNotFound, ServiceFileInvalid, ServiceFilePermissions.</exception>
    public static IReadOnlyDictionary<string, string> Find(string service, ConnectionEnvironment environment)
    {
        var files = Candidates(environment).ToList();
        foreach (var file in files)
        {
            if (!File.Exists(file) || Read(file, service) is not { } found) continue;
            // libpq does not look; but a passfile with the same password in it would be refused.
            if ((found.ContainsKey("password") || found.ContainsKey("sslpassword")) && !PrivateFile.IsOwnersOnly(file))
            {
                throw new BucardoException("ServiceFilePermissions", ErrorKind.Permission,
                    $"The service file {file} can be read by others, and its service '{service}' holds a password; run chmod 600 {file}, or put the password into a passfile.");
            }
            return found;
        }
        throw new BucardoException("ServiceNotFound", ErrorKind.NotFound,
            $"There is no service '{service}' in {string.Join(" or ", files)}; add the section [{service}] there, or set PGSERVICEFILE.");
    }

    static IEnumerable<string> Candidates(ConnectionEnvironment environment)
    {
        yield return environment.Variable("PGSERVICEFILE") ?? environment.UserFile(".pg_service.conf", ".pg_service.conf");
        if (environment.Variable("PGSYSCONFDIR") is { } folder) yield return Path.Combine(folder, "pg_service.conf");
        else if (!OperatingSystem.IsWindows()) yield return "/etc/postgresql-common/pg_service.conf";
    }

    static Dictionary<string, string>? Read(string file, string service)
    {
        Dictionary<string, string>? found = null;
        var number = 0;
        foreach (var raw in Lines(file))
        {
            number++;
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#') continue;
            if (line[0] == '[')
            {
                if (found is not null) break;
                if (line == $"[{service}]") found = new(StringComparer.Ordinal);
                continue;
            }
            if (found is null) continue;
            var equals = line.IndexOf('=');
            if (equals <= 0)
                throw new BucardoException("ServiceFileInvalid", ErrorKind.InvalidArgument,
                    $"Line {number} of the service file {file} is not of the form name=value; correct it.");
            var key = line[..equals].Trim();
            if (key == "service")
                throw new BucardoException("ServiceFileInvalid", ErrorKind.InvalidArgument,
                    $"Line {number} of the service file {file} names another service, which is not allowed; remove it.");
            // As in libpq, the first setting of a name counts.
            found.TryAdd(key, line[(equals + 1)..].Trim());
        }
        return found;
    }

    static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BucardoException("ServiceFileInvalid", ErrorKind.Permission,
                $"The service file {file} cannot be read; check its permissions.", e);
        }
    }
}
