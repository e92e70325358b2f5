using Bucardo.Engine.Catalog;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Model;

namespace Bucardo.Engine.Replication.Hooks;

/// <summary>The custom code of a sync, kept from round to round with what is known of its failures.</summary>
sealed class ConflictHooks : IAsyncDisposable
{
    readonly SyncDefinition _definition;
    readonly Dictionary<string, (CodeResolver Resolver, IConflictHook Hook)> _codes;

    public ConflictHooks(SyncDefinition definition, SyncSessionOptions options)
    {
        _definition = definition;
        _codes = definition.Codes.ToDictionary(c => c.Name, c =>
        {
            var hook = Load(c, options.Scripts);
            return (new CodeResolver(definition, c, hook, options), hook);
        });
    }

    /// <summary>When to ask again; null when nothing waits.</summary>
    public DateTimeOffset? Next { get; private set; }

    /// <summary>Somebody wants to know at once.</summary>
    public void Hurry()
    {
        foreach (var (resolver, _) in _codes.Values) resolver.Hurry();
    }

    /// <summary>The strategy with whoever asks its code.</summary>
    /// <exception cref="BucardoException">CodeNotFound.</exception>
    public ConflictStrategy Bind(ConflictStrategy strategy) => strategy is not CustomStrategy custom ? strategy
        : _codes.TryGetValue(custom.Name, out var code) ? custom.With(code.Resolver)
        : throw new BucardoException("CodeNotFound", ErrorKind.NotFound, $"Sync {_definition.Sync.Name} has custom code {custom.Name} decide conflicts, but there is none of that name: make it with New-BucardoCustomCode, or choose another strategy.");

    /// <summary>Notes what has been left undecided. Returns it, with the reasons in full.</summary>
    public IReadOnlyList<UndecidedConflict> Note(IReadOnlyList<UndecidedConflict> waiting)
    {
        waiting = [.. waiting.Select(w => w.IsRefused ? w with { Reason = ResolverOf(w.Table).Refuse(w.Table, w.Key, w.Database, w.Reason) } : w)];
        Next = waiting.Count == 0 ? null : waiting.Min(w => ResolverOf(w.Table).NextOf(w.Table, w.Key));
        return waiting;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, hook) in _codes.Values)
        {
            if (hook is IAsyncDisposable disposable) await disposable.DisposeAsync();
        }
    }

    CodeResolver ResolverOf(int table)
    {
        var strategy = _definition.Tables.First(t => t.Id == table).ConflictStrategy ?? _definition.Sync.ConflictStrategy;
        return _codes[ConflictCode.NameIn(strategy)!].Resolver;
    }

    IConflictHook Load(ConflictCode code, IScriptHost? scripts)
    {
        if (code.Problem is { } problem) return new UnavailableHook(problem);
        if (code.Language == CustomCodeLanguage.Sql) return new SqlFunctionHook(code, _definition.Sync.Name, _definition.Members);
        return scripts?.Load(code) ?? new UnavailableHook("it is a PowerShell script, and this service cannot run PowerShell: run the sync with Start-BucardoService or Invoke-BucardoSync, or give the code as a function of the databases");
    }

    // What is to be decided by it waits, and says why.
    sealed class UnavailableHook(string reason) : IConflictHook
    {
        public Task<HookAnswer> AskAsync(ConflictQuestion conflict, string node, CancellationToken cancellation) => throw new HookFailedException(reason, isItsOwn: false);
    }
}
