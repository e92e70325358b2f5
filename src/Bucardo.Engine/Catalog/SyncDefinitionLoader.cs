using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>Puts together the definitions of syncs: a few queries for all of them, in the caller's snapshot.</summary>
static class SyncDefinitionLoader
{
    public static async Task<IReadOnlyList<SyncDefinition>> LoadAsync(NpgsqlConnection connection, IReadOnlyList<Sync> syncs,
        PasswordVault vault, CancellationToken cancellation)
    {
        if (syncs.Count == 0) return [];
        var members = (await Query.ListAsync(connection, "sync_members", r => (Group: r.Get<string>("dbgroup"), Member: Member(r, vault)),
            cancellation,
            (object)syncs.Select(s => s.DatabaseGroup).Distinct().ToArray())).ToLookup(m => m.Group, m => m.Member);
        var tables = (await Query.ListAsync(connection, "sync_tables", r => (Herd: r.Get<string>("herd"), Table: Rows.Table(r)),
            cancellation,
            (object)syncs.Select(s => s.Herd).Distinct().ToArray())).ToLookup(t => t.Herd, t => t.Table);
        var codes = await CustomCodeCatalog.LoadForRoundsAsync(connection, vault.File, cancellation);
        return [.. syncs.Select(s => new SyncDefinition
        {
            Sync = s,
            Members = [.. members[s.DatabaseGroup].OrderByDescending(m => m.Priority).ThenBy(m => m.Name, StringComparer.Ordinal)],
            Tables = [.. tables[s.Herd]],
            Codes = [.. tables[s.Herd].Select(t => t.ConflictStrategy).Append(s.ConflictStrategy).Select(ConflictCode.NameIn).OfType<string>().Distinct().Where(codes.ContainsKey).Select(c => codes[c])],
        })];
    }

    static Member Member(NpgsqlDataReader r, PasswordVault vault)
    {
        var database = Rows.Database(r);
        var connection = database.Connection;
        string? problem = null;
        if (r.Text("dbpass") is { } stored)
        {
            try
            {
                connection = connection with { Password = vault.Decrypt(database.Name, stored) };
            }
            catch (BucardoException e)
            {
                problem = e.Message;
            }
        }
        return new Member
        {
            Id = database.Id,
            Name = database.Name,
            Role = Rows.RoleOf(r.Get<string>("role")),
            Priority = r.Get<int>("priority"),
            Status = database.Status,
            Connection = connection,
            Problem = problem,
        };
    }
}
