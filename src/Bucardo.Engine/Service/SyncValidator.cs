using Bucardo.Engine.Capture;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication;
using Bucardo.Engine.Replication.Decisions;
using Bucardo.Engine.Replication.Sequences;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Service;

/// <summary>Looks at a sync on all its nodes and reports everything that stands in its way, not only the first thing.</summary>
static class SyncValidator
{
    public static async Task<IReadOnlyList<Problem>> ValidateAsync(SyncDefinition definition, CancellationToken cancellation)
    {
        var problems = new List<Problem>();
        CheckDefinition(definition, problems);
        CodeValidator.Check(definition, problems);
        var members = definition.Members.Where(m => m.Status != DatabaseStatus.Inactive).ToList();
        var nodes = await Task.WhenAll(members.Select(m => LookAsync(definition, m, cancellation)));
        problems.AddRange(nodes.SelectMany(n => n.Problems));
        var reachable = nodes.Where(n => n.Shapes is not null).ToList();
        foreach (var table in definition.ReplicatedTables())
        {
            var shapes = reachable.Select(n => new NodeShape(n.Member.Id, n.Member.Name, n.Member.Role == DatabaseRole.Source, n.Shapes!.GetValueOrDefault((table.Schema, table.Name)))).ToList();
            if (shapes.Any(s => s.IsSource)) TableLayout.Create(table, shapes, problems);
        }
        for (var i = 0; i < definition.ReplicatedSequences().Count; i++)
        {
            var decider = new SequenceDecider(definition.ReplicatedSequences()[i],
                [.. reachable.Select(n => new NodeSequence(n.Member.Name, n.Member.Role == DatabaseRole.Source, n.Sequences[i], n.Sequences[i].Last))]);
            decider.Decide();
            problems.AddRange(decider.Problems);
        }
        return problems;
    }

    static void CheckDefinition(SyncDefinition definition, List<Problem> problems)
    {
        var sync = definition.Sync;
        if (definition.Members.All(m => m.Role != DatabaseRole.Source))
            Add("SyncWithoutSource", $"Sync {sync.Name} has no source: give one database of group {sync.DatabaseGroup} the role source.");
        if (definition.Members.Count < 2)
            Add("SyncWithoutReceiver", $"Sync {sync.Name} has nobody to send to: add another database to group {sync.DatabaseGroup}.");
        if (definition.Tables.Count == 0)
            Add("HerdEmpty", $"Herd {sync.Herd} of sync {sync.Name} has no tables: add some with Add-BucardoTable -Herd {sync.Herd}.");
        foreach (var table in definition.ReplicatedTables().Where(t => t.KeyColumns.Count == 0))
            Add("TableWithoutKey", $"Table {table.FullName} has neither a primary key nor a unique index over NOT NULL columns: give it one, then add it again.");
        foreach (var strategy in definition.ReplicatedTables().Select(t => t.ConflictStrategy).Append(sync.ConflictStrategy).OfType<string>().Distinct())
        {
            try
            {
                ConflictStrategy.Parse(strategy, definition.Members.ToDictionary(m => m.Name, m => m.Id), definition.SourceIds());
            }
            catch (ArgumentException e)
            {
                Add("StrategyUnknown", $"Sync {sync.Name}: {e.Message.Split(" (Parameter")[0]}");
            }
        }

        void Add(string code, string message) => problems.Add(new Problem(code, sync.Name, null, message));
    }

    static async Task<(Member Member, Dictionary<(string, string), TableShape>? Shapes, IReadOnlyList<SequenceState> Sequences, List<Problem> Problems)> LookAsync(SyncDefinition definition, Member member, CancellationToken cancellation)
    {
        var problems = new List<Problem>();
        try
        {
            await using var connection = await NodeConnection.OpenAsync(member.Connection, member.Name, "validate", cancellation);
            var shapes = await ShapeReader.ReadAsync(connection, definition.ReplicatedTables(), cancellation);
            await CheckPrivilegesAsync(connection, member, shapes, problems, cancellation);
            if (definition.Sync.Status == SyncStatus.Active) await CheckCaptureAsync(connection, definition, member, problems, cancellation);
            await CodeValidator.CheckFunctionsAsync(connection, definition, member, problems, cancellation);
            var sequences = await new PgSequences(connection, member.Name, member.Role == DatabaseRole.Source).ReadAsync(definition.ReplicatedSequences(), cancellation);
            return (member, shapes, sequences, problems);
        }
        catch (BucardoException e)
        {
            problems.Add(new Problem(e.ErrorId, member.Name, member.Name, e.Message));
        }
        catch (NpgsqlException e)
        {
            problems.Add(new Problem("NodeFailed", member.Name, member.Name, NodeErrors.Describe(e, member.Name)));
        }
        return (member, null, [], problems);
    }

    // Only of an active sync: it is what activating installs.
    static async Task CheckCaptureAsync(NpgsqlConnection connection, SyncDefinition definition, Member member, List<Problem> problems, CancellationToken cancellation)
    {
        var installer = new CaptureInstaller(connection, member);
        if (await installer.IsOfEarlierVersionAsync(cancellation))
        {
            problems.Add(new Problem("CaptureOutdated", definition.Sync.Name, member.Name,
                $"Database {member.Name} was prepared for sync {definition.Sync.Name} by an earlier version of this module: it goes on as it is, and Test-BucardoSync {definition.Sync.Name} -Repair, "
                + "or the next round, brings it up to date.") { IsRepairable = true, Severity = ProblemSeverity.Warning });
            return;
        }
        var missing = await installer.FindMissingAsync(definition, cancellation);
        problems.AddRange(missing.Select(what => new Problem("CaptureMissing", definition.Sync.Name, member.Name,
            $"What sync {definition.Sync.Name} installed on database {member.Name} is not whole: {what} is missing or disabled, and changes made meanwhile may not have been captured; "
            + $"Test-BucardoSync {definition.Sync.Name} -Repair puts it back.") { IsRepairable = true }));
    }

    static async Task CheckPrivilegesAsync(
        NpgsqlConnection connection, Member member, Dictionary<(string, string), TableShape> shapes, List<Problem> problems, CancellationToken cancellation)
    {
        await using (var command = connection.Command(SqlText.Load("Service/Sql/database_privileges.sql")))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
                problems.Add(new Problem("PrivilegeMissing", member.Name, member.Name,
                    $"The role on database {member.Name} lacks the right {reader.GetString(0)} on the database: run GRANT {reader.GetString(0)} ON DATABASE ... TO that role."));
        }
        await using var tables = connection.Command(SqlText.Load("Service/Sql/privileges.sql"), NodeConnection.Oids([.. shapes.Values.Select(s => s.Oid)]), member.Role == DatabaseRole.Source);
        await using var rows = await tables.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            var (kind, name, quoted, right) = (rows.GetString(0), rows.GetString(1), rows.GetString(2), rows.GetString(3));
            problems.Add(new Problem("PrivilegeMissing", name, member.Name,
                $"The role on database {member.Name} lacks the right {right} on {kind.ToLowerInvariant()} {name}: run GRANT {right} ON {kind} {quoted} TO that role."));
        }
    }
}
