using Bucardo.Engine.Catalog;
using Bucardo.Engine.Replication.Hooks;

namespace Bucardo.Engine.Tests.Replication.Hooks;

/// <summary>A host of scripts in which a test answers.</summary>
sealed class ScriptedHost(Func<ConflictQuestion, HookAnswer> answer) : IScriptHost, IConflictHook
{
    public static ConflictCode Code { get; } = new("decide", CustomCodeLanguage.PowerShell, "param($Conflict) 'n1'", TimeSpan.FromSeconds(5));

    public List<ConflictQuestion> Asked { get; } = [];

    public Func<ConflictQuestion, HookAnswer> Answer { get; set; } = answer;

    public IConflictHook Load(ConflictCode code) => this;

    public Task<HookAnswer> AskAsync(ConflictQuestion conflict, string node, CancellationToken cancellation)
    {
        Asked.Add(conflict);
        return Task.FromResult(Answer(conflict));
    }
}
