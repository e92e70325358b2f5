using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Service;

/// <summary>Whether the custom code that decides a sync's conflicts can be run.</summary>
static class CodeValidator
{
    /// <summary>What can be told from the control database.</summary>
    public static void Check(SyncDefinition definition, List<Problem> problems)
    {
        foreach (var code in definition.Codes.Where(c => c.Problem is not null))
            problems.Add(new Problem("CodeNotRunnable", definition.Sync.Name, null, $"Custom code {code.Name}, which decides conflicts of sync {definition.Sync.Name}, is not run: {code.Problem}."));
    }

    /// <summary>Whether a database has the functions: each of them may come to hold the latest version, and is asked then.</summary>
    public static async Task CheckFunctionsAsync(NpgsqlConnection connection, SyncDefinition definition, Member member, List<Problem> problems, CancellationToken cancellation)
    {
        foreach (var code in definition.Codes.Where(c => c.Language == CustomCodeLanguage.Sql))
        {
            var (schema, name) = FunctionName.Parse(code.Source);
            await using var command = connection.Command(SqlText.Load("Service/Sql/function.sql"), schema, name);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            await reader.ReadAsync(cancellation);
            if (!reader.GetBoolean(0))
                problems.Add(new Problem("FunctionMissing", code.Name, member.Name, $"Function {code.Source}(jsonb) RETURNS jsonb, which is custom code {code.Name}, is missing on database {member.Name}: create it there."));
            else if (!reader.GetBoolean(1))
                problems.Add(new Problem("PrivilegeMissing", code.Name, member.Name,
                    $"The role on database {member.Name} may not call function {code.Source}, which is custom code {code.Name}: run GRANT EXECUTE ON FUNCTION {Quote.Qualified(schema, name)}(jsonb) and GRANT USAGE ON SCHEMA {Quote.Identifier(schema)} TO that role."));
        }
    }
}
