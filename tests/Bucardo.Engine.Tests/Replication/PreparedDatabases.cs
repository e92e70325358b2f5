using System.Collections.Concurrent;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>
/// Databases with a schema and a sync's capture. What is wanted more than once is made once more, as a template, and copied from then on: that costs a fraction of making it.
/// </summary>
static class PreparedDatabases
{
    static readonly ConcurrentDictionary<object, bool> s_wanted = new();
    static readonly ConcurrentDictionary<object, Lazy<Task<TestDatabase>>> s_templates = new();

    /// <summary>A database of one test.</summary>
    /// <param name="key">What it is made of: databases with equal keys are the same.</param>
    /// <param name="server">Where.</param>
    /// <param name="prepare">Makes it of an empty one.</param>
    public static async Task<TestDatabase> CreateAsync(object key, TestServer server, Func<TestDatabase, Task> prepare)
    {
        // On somebody else's server nobody would clear the templates away.
        if (PostgresServers.AreExternal || s_wanted.TryAdd((server, key), true)) return await MakeAsync(server, prepare);
        var template = await s_templates.GetOrAdd((server, key), _ => new(() => MakeAsync(server, prepare))).Value;
        await template.LeaveAsync();
        return await PostgresServers.CreateAsync("node", server, template.Name);
    }

    static async Task<TestDatabase> MakeAsync(TestServer server, Func<TestDatabase, Task> prepare)
    {
        var database = await PostgresServers.CreateAsync("node", server);
        await prepare(database);
        return database;
    }
}
