namespace Bucardo.Bench;

/// <summary>Where things lie in the checkout that the benchmarks were built in.</summary>
static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>The built console, as users get it; null where it has not been built.</summary>
    public static string? Console => Existing("out", "console", "bucardo.dll");

    /// <summary>The built module; null where it has not been built.</summary>
    public static string? Module => Existing("out", "module", "Bucardo.Ps", "Bucardo.Ps.psd1");

    static string? Existing(params string[] parts)
    {
        var path = Path.Combine([Root, .. parts]);
        return File.Exists(path) ? path : null;
    }

    static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Bucardo.Ps.sln"))) return folder.FullName;
        throw new BenchException("The benchmarks have to run inside of the checkout: there is no Bucardo.Ps.sln above them.");
    }
}
