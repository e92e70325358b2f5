namespace Bucardo.Engine.Postgres;

/// <summary>What the machine contributes to a connection: environment variables, home folder, user name. Handed in, so that tests need not
/// change the real ones.</summary>
sealed class ConnectionEnvironment
{
    readonly Func<string, string?> _variable;

    public ConnectionEnvironment(Func<string, string?> variable, string homeDirectory, string userName)
        => (_variable, HomeDirectory, UserName) = (variable, homeDirectory, userName);

    /// <summary>The environment of this process.</summary>
    public static ConnectionEnvironment Process { get; } = new(
        Environment.GetEnvironmentVariable,
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
        Environment.UserName);

    public string HomeDirectory { get; }

    public string UserName { get; }

    /// <summary>The variable's value; null when it is not set or empty, as libpq sees it.</summary>
    public string? Variable(string name) => _variable(name) is { Length: > 0 } value ? value : null;

    /// <summary>The user's file that libpq looks for: under %APPDATA%\postgresql on Windows, in the home folder elsewhere.</summary>
    public string UserFile(string windowsName, string unixName) => OperatingSystem.IsWindows()
        ? Path.Combine(Variable("APPDATA") ?? HomeDirectory, "postgresql", windowsName)
        : Path.Combine(HomeDirectory, unixName);
}
