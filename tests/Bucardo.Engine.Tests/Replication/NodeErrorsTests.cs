using Bucardo.Engine.Replication;
using Npgsql;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>What goes wrong on a node is said in a sentence that names the node, the table where there is one, and what to do.</summary>
public sealed class NodeErrorsTests
{
    [Theory]
    [InlineData(PostgresErrorCodes.AdminShutdown, null, "The server of database n2 ended the connection (oops): check that it runs; it is tried again.")]
    [InlineData(PostgresErrorCodes.StringDataRightTruncation, "seat", "Database n2 refused a statement on table public.seat: oops (22001); correct that there (its server log says more), and the next try goes on.")]
    [InlineData(PostgresErrorCodes.OutOfMemory, null, "Database n2 refused a statement: oops (53200); correct that there (its server log says more), and the next try goes on.")]
    [InlineData(PostgresErrorCodes.LockNotAvailable, null, "A row or table on database n2 stayed locked: look for a long transaction in pg_stat_activity there; the round is tried again.")]
    public void An_error_of_a_server_names_the_node_and_what_to_do(string state, string? table, string expected)
    {
        var error = new PostgresException("oops", "ERROR", "ERROR", state, schemaName: table is null ? null : "public", tableName: table);
        Assert.Equal(expected, NodeErrors.Describe(error, "n2"));
    }
}
