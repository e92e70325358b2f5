using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Capture;

/// <summary>
/// Who may create schemas in a database could have made <c>bucardo_node</c> before us, with tables whose triggers or defaults would then run with our rights.
/// </summary>
static class NodeOwner
{
    /// <summary>Refuses a schema that is somebody else's.</summary>
    /// <exception cref="BucardoException">NodeSchemaForeign.</exception>
    public static async Task CheckAsync(NpgsqlConnection connection, string node, CancellationToken cancellation)
    {
        await using var command = connection.Command(SqlText.Load("Capture/Sql/node_owner.sql"));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation)) return;
        var (owner, what) = (reader.GetString(0), reader.GetString(1));
        throw new BucardoException("NodeSchemaForeign", ErrorKind.Permission,
            $"The schema bucardo_node on database {node} is not used, because {(what == "schema" ? "it" : what + " in it")} belongs to role {owner} and not to the role that logs in: "
            + $"log in as {owner}, or, if it is none of ours or is to be made anew, drop it (DROP SCHEMA bucardo_node CASCADE).");
    }
}
