using System.Text;
using Bucardo.Model;

namespace Bucardo.Engine.Postgres;

/// <summary>libpq's password files (~/.pgpass): lines of host:port:database:user:password, with * for anything.</summary>
static class PassFile
{
    /// <summary>The password for a connection, or null when no line fits.</summary>
    /// <param name="file">A passfile that was asked for: it must be there and be readable by its owner only. Null: PGPASSFILE or the
    /// user's own, which may be missing.</param>
    /// <param name="hosts">Hosts and ports to look for; the first one that has a line counts.</param>
    /// <param name="database">Name of the database.</param>
    /// <param name="user">Role.</param>
    /// <param name="environment">Where the user's own file is.</param>
    /// <exception cref="BucardoException">PassFileNotFound, PassFilePermissions.</exception>
    public static string? Find(string? file, IEnumerable<(string Host, int Port)> hosts, string database, string user,
        ConnectionEnvironment environment)
    {
        var path = file ?? environment.Variable("PGPASSFILE") ?? environment.UserFile("pgpass.conf", ".pgpass");
        if (!File.Exists(path))
        {
            return file is null ? null : throw new BucardoException("PassFileNotFound", ErrorKind.NotFound,
                $"The passfile {path} does not exist; create it with mode 0600, or name another.");
        }
        if (!PrivateFile.IsOwnersOnly(path))
        {
            // libpq passes over such a file with a warning; here the file that was asked for is an error, and the default one is passed
            // over.
            return file is null ? null : throw new BucardoException("PassFilePermissions", ErrorKind.Permission,
                $"The passfile {path} can be read by others and is not used; run: chmod 600 {path}");
        }
        List<string[]> lines;
        try
        {
            lines = [.. File.ReadLines(path).Where(l => l.Length > 0 && l[0] != '#').Select(Split).Where(f => f.Length == 5)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return file is null ? null : throw new BucardoException("PassFilePermissions", ErrorKind.Permission,
                $"The passfile {path} cannot be read; check its owner.", e);
        }
        foreach (var (host, port) in hosts)
        {
            foreach (var fields in lines)
            {
                if (Fits(fields[0], PassFileHost(host)) && Fits(fields[1], port.ToString(System.Globalization.CultureInfo.InvariantCulture))
                    && Fits(fields[2], database) && Fits(fields[3], user)) return fields[4];
            }
        }
        return null;
    }

    // The default socket folders are spelt localhost in a passfile.
    static string PassFileHost(string host) => host is "/tmp" or "/var/run/postgresql" ? "localhost" : host;

    static bool Fits(string field, string value) => field == "*" || field == value;

    // A colon or backslash inside a field is escaped with a backslash; the password goes to the end of the line.
    static string[] Split(string line)
    {
        var fields = new List<string>(5);
        var field = new StringBuilder();
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '\\' && i + 1 < line.Length) field.Append(line[++i]);
            else if (line[i] == ':' && fields.Count < 4)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else field.Append(line[i]);
        }
        fields.Add(field.ToString());
        return [.. fields];
    }
}
