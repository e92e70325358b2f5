using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>Custom code that decides conflicts: <c>bucardo.customcode</c> where <c>whenrun</c> is <c>conflict</c>.</summary>
public sealed class CustomCodeCatalog
{
    /// <summary>How long code may take that says nothing of it.</summary>
    internal static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(5);

    static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(10);
    static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    readonly ControlContext _context;

    internal CustomCodeCatalog(ControlContext context) => _context = context;

    /// <summary>Adds custom code. A script is sealed with the key file.</summary>
    /// <exception cref="BucardoException">InvalidName, CodeExists, InvalidFunctionName, InvalidTimeout, KeyFilePermissions.</exception>
    public Task<CustomCode> AddAsync(NewCustomCode code, CancellationToken cancellation)
    {
        Names.Check(code.Name, "piece of custom code");
        var timeout = Checked(code.Timeout ?? UsualTimeout);
        var (source, seal) = Prepare(code.Name, code.Language, code.Source, _context.Vault.File);
        return _context.WriteAsync(async connection =>
        {
            await RefuseExistingAsync(connection, code.Name, cancellation);
            await Query.ExecuteAsync(connection, "code_insert", cancellation, code.Name, code.About, Rows.Word(code.Language), source, timeout.TotalSeconds, seal);
            return (await FindAsync(connection, code.Name, cancellation)).Code;
        }, removing: false, cancellation);
    }

    /// <summary>Custom code whose name matches (wildcards * % ?), by name; null: all.</summary>
    public Task<IReadOnlyList<CustomCode>> ListAsync(string? pattern = null, CancellationToken cancellation = default) =>
        _context.ReadAsync<IReadOnlyList<CustomCode>>(async c => [.. (await LoadAsync(c, Names.Like(pattern), cancellation)).Select(l => l.Code)], cancellation);

    /// <summary>One piece of custom code.</summary>
    /// <exception cref="BucardoException">CodeNotFound.</exception>
    public Task<CustomCode> GetAsync(string name, CancellationToken cancellation) => _context.ReadAsync(async c => (await FindAsync(c, name, cancellation)).Code, cancellation);

    /// <summary>Changes custom code; services that run it take the new one.</summary>
    /// <exception cref="BucardoException">CodeNotFound, CodeExists, InvalidName, InvalidFunctionName, InvalidTimeout, CodeNotSealed, KeyFilePermissions.</exception>
    public Task<CustomCode> UpdateAsync(string name, CustomCodeChange change, CancellationToken cancellation)
    {
        if (change.NewName is { } wanted) Names.Check(wanted, "piece of custom code");
        return _context.WriteAsync(async connection =>
        {
            if (await Query.ValueAsync<string>(connection, "code_lock", cancellation, name) is null) throw await NotFoundAsync(connection, name, cancellation);
            var (before, known) = await FindAsync(connection, name, cancellation);
            var target = change.NewName ?? name;
            if (target != name) await RefuseExistingAsync(connection, target, cancellation);
            // A new name takes a new seal, and that must not make somebody else's script ours.
            if (change.Source is null && target != name && before.Language == CustomCodeLanguage.PowerShell && new CodeSeal(_context.Vault.File).WhyNot(name, before.Source, known) is { } reason)
                throw new BucardoException("CodeNotSealed", ErrorKind.InvalidOperation, $"Custom code '{name}' cannot be renamed: {reason}.");
            var (source, seal) = change.Source is null && target == name ? (before.Source, known) : Prepare(target, change.Language ?? before.Language, change.Source ?? before.Source, _context.Vault.File);
            await Query.ExecuteAsync(connection, "code_update", cancellation, name, target, change.About, Rows.Word(change.Language ?? before.Language), source,
                Checked(change.Timeout ?? before.Timeout).TotalSeconds, seal);
            return (await FindAsync(connection, target, cancellation)).Code;
        }, removing: false, cancellation);
    }

    /// <summary>Removes custom code.</summary>
    /// <exception cref="BucardoException">CodeNotFound; CodeInUse where it is somebody's conflict strategy.</exception>
    public Task RemoveAsync(string name, CancellationToken cancellation) => _context.WriteAsync(async connection =>
    {
        if (await Query.ValueAsync<string>(connection, "code_lock", cancellation, name) is null) throw await NotFoundAsync(connection, name, cancellation);
        return await Query.ExecuteAsync(connection, "code_delete", cancellation, name);
    }, removing: true, cancellation);

    /// <summary>Custom code for the rounds, by name.</summary>
    internal static async Task<Dictionary<string, ConflictCode>> LoadForRoundsAsync(NpgsqlConnection connection, KeyFile file, CancellationToken cancellation) =>
        (await LoadAsync(connection, null, cancellation)).ToDictionary(l => l.Code.Name, l => new ConflictCode(l.Code.Name, l.Code.Language, l.Code.Source, l.Code.Timeout,
            !l.Code.IsActive ? "it is inactive (bucardo.customcode.status)"
            : l.Code.Language == CustomCodeLanguage.PowerShell ? new CodeSeal(file).WhyNot(l.Code.Name, l.Code.Source, l.Seal) : null));

    /// <summary>What is stored of code: a script gets a seal.</summary>
    internal static (string Source, string? Seal) Prepare(string name, CustomCodeLanguage language, string source, KeyFile file)
    {
        if (language == CustomCodeLanguage.PowerShell) return (source, new CodeSeal(file).Of(name, source));
        FunctionName.Parse(source);
        return (source.Trim(), null);
    }

    internal static TimeSpan Checked(TimeSpan timeout) => timeout >= s_shortest && timeout <= s_longest ? timeout
        : throw new BucardoException("InvalidTimeout", ErrorKind.InvalidArgument,
            $"Custom code cannot have {Display.Duration(timeout)} to decide a conflict: rounds wait for it, so give it between 10 milliseconds and 60 seconds.");

    static async Task<(CustomCode Code, string? Seal)> FindAsync(NpgsqlConnection connection, string name, CancellationToken cancellation) =>
        await LoadAsync(connection, Names.Exact(name), cancellation) is [var one] ? one : throw await NotFoundAsync(connection, name, cancellation);

    internal static Task<List<(CustomCode Code, string? Seal)>> LoadAsync(NpgsqlConnection connection, string? like, CancellationToken cancellation) =>
        Query.ListAsync(connection, "code_list", r => (Rows.Code(r), r.Text("seal")), cancellation, like);

    static async Task RefuseExistingAsync(NpgsqlConnection connection, string name, CancellationToken cancellation)
    {
        if ((await CodeNamesAsync(connection, cancellation)).Contains(name))
            throw new BucardoException("CodeExists", ErrorKind.AlreadyExists,
                $"Custom code '{name}' exists already in the control database; choose another name, or change it with Set-BucardoCustomCode.");
    }

    static async Task<BucardoException> NotFoundAsync(NpgsqlConnection connection, string name, CancellationToken cancellation) =>
        Names.NotFound("CodeNotFound", "custom code", name, await CodeNamesAsync(connection, cancellation), "make it with New-BucardoCustomCode");

    static Task<List<string>> CodeNamesAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        Query.ListAsync(connection, "code_names", r => r.GetString(0), cancellation);
}
