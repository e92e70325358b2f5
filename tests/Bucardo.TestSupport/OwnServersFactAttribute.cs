using Xunit;

namespace Bucardo.TestSupport;

/// <summary>A test that starts, stops or freezes servers of its own: skipped where the servers are given from outside.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OwnServersFactAttribute : FactAttribute
{
    internal const string Reason = "This test stops servers, and BUCARDO_TEST_SERVER names one that must not be stopped.";

    /// <summary>Looks where the servers come from.</summary>
    public OwnServersFactAttribute()
    {
        if (PostgresServers.AreExternal) Skip = Reason;
    }
}

/// <summary>The same for tests with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OwnServersTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks where the servers come from.</summary>
    public OwnServersTheoryAttribute()
    {
        if (PostgresServers.AreExternal) Skip = OwnServersFactAttribute.Reason;
    }
}
