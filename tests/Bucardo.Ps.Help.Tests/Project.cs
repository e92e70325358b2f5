namespace Bucardo.Ps.Help.Tests;

/// <summary>The project's own cmdlets and pages.</summary>
static class Project
{
    /// <summary>Folder of the project.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>All cmdlets of the module.</summary>
    public static IReadOnlyList<CmdletFacts> Cmdlets { get; } = CmdletReader.Read(Path.Combine(AppContext.BaseDirectory, "Bucardo.Ps.dll"));

    /// <summary>The pages.</summary>
    public static PageFolder Pages { get; } = new(Path.Combine(Root, "docs", "cmdlets"));

    /// <summary>The cmdlet of this name.</summary>
    public static CmdletFacts Cmdlet(string name) => Cmdlets.Single(cmdlet => cmdlet.Name == name);

    static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Bucardo.Ps.sln"))) folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("There is no Bucardo.Ps.sln above the tests.");
        return folder;
    }
}
