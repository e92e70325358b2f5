using System.Reflection;
using System.Runtime.Loader;

namespace Bucardo.Ps.Loader;

/// <summary>
/// Keeps Npgsql, Polly and the engine apart from what other modules or PowerShell itself have loaded under the same names.
/// Only this loader and the public records (Bucardo.Model) live in PowerShell's own context, so that people can name their types.
/// </summary>
public sealed class ModuleLoadContext : AssemblyLoadContext
{
    static readonly object s_gate = new();
    static readonly Dictionary<string, ModuleLoadContext> s_contexts = new(StringComparer.Ordinal);

    readonly string _folder;

    // Not collectible: PowerShell keeps references to the cmdlets' types for the life of the process, so nothing would be freed.
    ModuleLoadContext(string folder)
        : base("Bucardo.Ps", isCollectible: false) => _folder = folder;

    /// <summary>The assembly of the cmdlets, loaded at the first call and the same one at every later call.</summary>
    /// <param name="folder">Folder that holds Bucardo.Ps.dll and the libraries that it needs.</param>
    /// <exception cref="FileNotFoundException">The folder holds no Bucardo.Ps.dll.</exception>
    public static Assembly LoadModule(string folder)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        lock (s_gate)
        {
            if (!s_contexts.TryGetValue(path, out var context)) s_contexts[path] = context = new ModuleLoadContext(path);
            return context.LoadFromAssemblyPath(Path.Combine(path, "Bucardo.Ps.dll"));
        }
    }

    /// <summary>Takes an assembly from the module's folder; null leaves it to PowerShell's own context.</summary>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        // The records must be the very types that the user's session knows, whatever lies in the folder.
        if (assemblyName.Name is null or "Bucardo.Model") return null;
        var file = Path.Combine(_folder, assemblyName.Name + ".dll");
        if (!File.Exists(file)) return null;
        return FromRuntime(assemblyName.Name, file) ?? LoadFromAssemblyPath(file);
    }

    // Parts of .NET that also come as packages: one copy a process is better where the runtime's own is as new as ours. Listeners of
    // metrics and traces, for one, hear only the copy of DiagnosticSource that they use themselves.
    static Assembly? FromRuntime(string name, string file)
    {
        if (!name.StartsWith("System.", StringComparison.Ordinal)) return null;
        try
        {
            var shared = Default.LoadFromAssemblyName(new AssemblyName(name));
            return shared.GetName().Version >= AssemblyName.GetAssemblyName(file).Version ? shared : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
