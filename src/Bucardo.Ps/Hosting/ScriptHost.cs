using Bucardo.Engine.Catalog;
using Bucardo.Engine.Replication.Hooks;

namespace Bucardo.Ps.Hosting;

/// <summary>Runs custom code that is a script block, for services and rounds that are hosted in PowerShell.</summary>
sealed class ScriptHost : IScriptHost
{
    public static ScriptHost Instance { get; } = new();

    public IConflictHook Load(ConflictCode code) => new ScriptHook(code);
}
