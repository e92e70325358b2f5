using System.Globalization;
using System.Text;
using Bucardo.Engine.Capture;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Copying;
using Bucardo.Engine.Postgres;
using Bucardo.Engine.Replication;

namespace Bucardo.Engine.Tests.Replication;

/// <summary>A sync among databases of its own, without a control database: for tests of what rounds do.</summary>
sealed class Nodes : IAsyncDisposable
{
    readonly List<TestDatabase> _databases = [];
    readonly SyncSessionOptions _options;
    SyncSession _session;

    Nodes(SyncDefinition definition, List<TestDatabase> databases, SyncSessionOptions options)
    {
        (Definition, _databases, _options) = (definition, databases, options);
        _session = new SyncSession(definition, options);
    }

    public SyncDefinition Definition { get; private set; }

    public TestDatabase this[int index] => _databases[index];

    public int Count => _databases.Count;

    /// <summary>Databases with the same schema: 's' is a source, 't' a target. Tables are named as "name(key, key)", with " merge" and " counters n, m" after it where they ask for that.</summary>
    public static async Task<Nodes> CreateAsync(string roles, string schema, string[] tables, string strategy = "bucardo_latest", SyncSessionOptions? options = null, long maximumChanges = 500_000, Func<int, string>? schemaOf = null, string? role = null, Func<int, TestServer?>? serverOf = null)
    {
        var definition = new SyncDefinition
        {
            Sync = new Sync { Id = 1, Name = "sync1", Herd = "herd1", DatabaseGroup = "group1", Status = SyncStatus.Active, ConflictStrategy = strategy, MaximumChanges = (int)maximumChanges },
            Members = [.. roles.Select((r, i) => new Member
            {
                Id = i + 1,
                Name = $"n{i + 1}",
                Role = r == 's' ? DatabaseRole.Source : DatabaseRole.Target,
                Priority = 0,
                Status = DatabaseStatus.Active,
                Connection = new ConnectionSettings(),
            })],
            Tables = [.. tables.Select((t, i) => ParseTable(t, i + 1))],
        };
        var (databases, members) = (new List<TestDatabase>(), new List<Member>());
        options ??= new SyncSessionOptions();
        // Where the ways of large rounds are forced upon small ones, so are those of large statements.
        if (options.SmallRows < new SyncSessionOptions().SmallRows) options = options with { Capture = new CaptureOptions { FirstRows = 1, BlockRows = 150 } };
        foreach (var (i, member) in definition.Members.Index())
        {
            var (sql, server) = (schemaOf?.Invoke(i) ?? schema, serverOf?.Invoke(i) ?? (i % 2 == 0 ? PostgresServers.First : PostgresServers.Second));
            var database = await PreparedDatabases.CreateAsync((i, roles, string.Join(", ", tables), role, sql, options.Capture.FirstRows), server, async d =>
            {
                await d.ExecuteAsync(sql);
                if (role is not null) await GrantAsync(d, role);
                await EnsureMemberAsync(On(d), definition, options.Capture);
            });
            if (role is not null) await GrantAsync(database, role);
            databases.Add(database);
            members.Add(On(database));

            Member On(TestDatabase d) => member with { Connection = role is null ? d.Settings : d.For(role, "secret") };
        }
        return new Nodes(definition with { Members = members }, databases, options);
    }

    // What a role needs that neither owns the tables nor may act as a replica.
    static Task GrantAsync(TestDatabase database, string role) => database.ExecuteAsync($"""
        DO $$ BEGIN CREATE ROLE {role} LOGIN PASSWORD 'secret'; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
        GRANT CREATE, TEMPORARY ON DATABASE "{database.Name}" TO {role};
        GRANT USAGE ON SCHEMA public TO {role};
        GRANT SELECT, INSERT, UPDATE, DELETE, TRIGGER, TRUNCATE ON ALL TABLES IN SCHEMA public TO {role};
        """);

    static Table ParseTable(string text, int id)
    {
        var close = text.LastIndexOf(')') + 1;
        (text, var settings) = (text[..close], text[close..]);
        var counters = settings.IndexOf("counters ", StringComparison.Ordinal);
        var open = text.LastIndexOf('(');
        var name = text[..open];
        var dot = name.IndexOf("::", StringComparison.Ordinal);
        return new Table
        {
            Id = id,
            Database = "n1",
            Schema = dot < 0 ? "public" : name[..dot],
            Name = dot < 0 ? name : name[(dot + 2)..],
            KeyColumns = text[(open + 1)..^1].Split(", "),
            MergeColumns = settings.StartsWith(" merge", StringComparison.Ordinal),
            Counters = counters < 0 ? [] : settings[(counters + 9)..].Split(", "),
        };
    }

    /// <summary>Installs capture on all nodes.</summary>
    public async Task PrepareAsync()
    {
        for (var i = 0; i < Count; i++) await EnsureAsync(i);
    }

    /// <summary>Installs or repairs capture on a node; returns what was done.</summary>
    public Task<IReadOnlyList<string>> EnsureAsync(int node, CaptureOptions? options = null, SyncDefinition? definition = null) =>
        EnsureMemberAsync(Definition.Members[node], definition ?? Definition, options ?? _options.Capture);

    static async Task<IReadOnlyList<string>> EnsureMemberAsync(Member member, SyncDefinition definition, CaptureOptions options)
    {
        await using var connection = await NodeConnection.OpenAsync(member.Connection, member.Name, "test", default);
        return await new CaptureInstaller(connection, member, options).EnsureAsync(definition, default);
    }

    /// <summary>Removes the sync from a node; returns what was done.</summary>
    public async Task<IReadOnlyList<string>> RemoveAsync(int node, int sync = 1)
    {
        var member = Definition.Members[node];
        await using var connection = await NodeConnection.OpenAsync(member.Connection, member.Name, "test", default);
        return await new CaptureInstaller(connection, member).RemoveAsync(sync, default);
    }

    /// <summary>One round among all nodes that are not away.</summary>
    public Task<RoundResult> RoundAsync(CancellationToken cancellation = default) => _session.RunAsync(tryAll: true, null, cancellation);

    /// <summary>The same, as the service runs it when triggers call for it and nobody waits.</summary>
    public Task<RoundResult> CalledRoundAsync() => _session.RunAsync(tryAll: false, null, default);

    /// <summary>The same, as the service runs it: who has a backlog is brought level apart.</summary>
    public Task<RoundResult> RoundAsync(IRoundPace pace) => _session.RunAsync(tryAll: true, null, default, pace);

    /// <summary>The first step of a round among some of the nodes: then the daemon dies.</summary>
    public async Task OneStepAsync(Faults faults, params int[] online)
    {
        await OnlineAsync(online);
        var looks = 0;
        faults.On = (point, node) =>
        {
            if (point == "before-snapshot" && node == $"n{online[0] + 1}" && Interlocked.Increment(ref looks) == 2) throw new OperationCanceledException();
        };
        await Assert.ThrowsAsync<OperationCanceledException>(() => RoundAsync());
        faults.On = null;
    }

    /// <summary>Rounds among all nodes that are not away, until one moves nothing and defers nothing.</summary>
    public async Task<RoundResult> SettleAsync()
    {
        var total = new RoundResult();
        for (var i = 0; i < 20; i++)
        {
            var result = await RoundAsync();
            Assert.Empty(result.Problems);
            total = total.Add(result);
            if (result.IsEmpty && result.Deferred == 0) return total;
        }
        throw new InvalidOperationException("The nodes do not come to rest.");
    }

    /// <summary>Gives a table other rows, the same on all nodes: for a test that plays several cases on the same nodes.</summary>
    public async Task StartOverAsync(string table, string fill)
    {
        await SettleAsync();
        await ExecuteAsync(0, $"DELETE FROM {table}; {fill}");
        await SettleAsync();
    }

    /// <summary>Goes on with only some of the nodes; the others are away.</summary>
    public async Task OnlineAsync(params int[] indexes)
    {
        await _session.DisposeAsync();
        var members = Definition.Members.Select((m, i) => m with { Status = indexes.Contains(i) ? DatabaseStatus.Active : DatabaseStatus.Inactive });
        _session = new SyncSession(Definition with { Members = [.. members] }, _options);
    }

    /// <summary>Another server has taken over a node's database.</summary>
    public async Task MoveAsync(int node, TestServer server)
    {
        _databases[node] = _databases[node].On(server);
        Definition = Definition with { Members = [.. Definition.Members.Select((m, i) => i == node ? m with { Connection = _databases[node].Settings } : m)] };
        await AllOnlineAsync();
    }

    /// <summary>Goes on with all nodes.</summary>
    public Task AllOnlineAsync() => OnlineAsync([.. Enumerable.Range(0, Count)]);

    /// <summary>Changes a table's settings, prepares all nodes and goes on.</summary>
    public async Task ChangeTableAsync(Func<Table, Table> change)
    {
        Definition = Definition with { Tables = [.. Definition.Tables.Select(change)] };
        await PrepareAsync();
        await AllOnlineAsync();
    }

    /// <summary>Goes on with another definition of the sync; the databases stay.</summary>
    public async Task UseDefinitionAsync(SyncDefinition definition)
    {
        await _session.DisposeAsync();
        Definition = definition;
        _session = new SyncSession(definition, _options);
        foreach (var member in definition.Members) await EnsureMemberAsync(member, definition, _options.Capture);
    }

    /// <summary>Goes on with another conflict strategy.</summary>
    public async Task UseStrategyAsync(string strategy)
    {
        Definition = Definition with { Sync = Definition.Sync with { ConflictStrategy = strategy } };
        await AllOnlineAsync();
    }

    /// <summary>Connects, without a round.</summary>
    public Task<IReadOnlyList<NodeProblem>> PrepareSessionAsync() => _session.PrepareAsync(default);

    /// <summary>Goes on with custom code that decides all conflicts.</summary>
    public async Task UseCodeAsync(params ConflictCode[] codes)
    {
        Definition = Definition with { Codes = codes, Sync = Definition.Sync with { ConflictStrategy = $"bucardo_custom({codes[0].Name})" } };
        await AllOnlineAsync();
    }

    /// <summary>Goes on with a conflict strategy of its own for one table.</summary>
    public async Task UseTableStrategyAsync(string table, string strategy)
    {
        Definition = Definition with { Tables = [.. Definition.Tables.Select(t => t.Name == table ? t with { ConflictStrategy = strategy } : t)] };
        await AllOnlineAsync();
    }

    /// <summary>Lets the nodes that are connected learn what the others have seen, and purge.</summary>
    public Task<long> MaintainAsync() => _session.MaintainAsync(default);

    /// <summary>What nodes lack of others, as Measure-BucardoDelta and Wait-BucardoSync find it.</summary>
    public async Task<IReadOnlyList<DeltaCount>> PendingAsync()
    {
        await using var look = await SyncLook.OpenAsync(Definition, TimeSpan.FromSeconds(10), default);
        Assert.Empty(look.Problems);
        return await new DeltaMeter(look, 1000).MeasureAsync(default);
    }

    /// <summary>Copies tables from one node to another.</summary>
    public Task<IReadOnlyList<TableCopy>> CopyAsync(int from, int to, CopyOptions? options = null, CancellationToken cancellation = default) =>
        new DataCopy(Definition, Definition.Members[from], Definition.Members[to], options ?? new CopyOptions()).RunAsync(cancellation);

    /// <summary>A second session of the same sync, as another service has it.</summary>
    public SyncSession AnotherSession() => new(Definition, new SyncSessionOptions());

    public Task ExecuteAsync(int node, string sql) => _databases[node].ExecuteAsync(sql);

    /// <summary>The rows of a table on a node, as text in the order of their text.</summary>
    public async Task<IReadOnlyList<string>> RowsAsync(int node, string table, string columns = "t.*") =>
        [.. (await _databases[node].QueryAsync($"SELECT ROW({columns})::text COLLATE \"C\" AS r FROM {table} t ORDER BY r")).Select(r => (string)r[0]!)];

    /// <summary>All nodes hold the same rows of a table; returns them.</summary>
    public async Task<IReadOnlyList<string>> AssertEqualAsync(string table, string columns = "t.*")
    {
        var first = await RowsAsync(0, table, columns);
        for (var i = 1; i < Count; i++)
        {
            var rows = await RowsAsync(i, table, columns);
            if (!first.SequenceEqual(rows)) Assert.Fail(await DescribeAsync(i, first, rows));
        }
        return first;
    }

    // What a difference that shows once in a thousand runs can be explained by.
    async Task<string> DescribeAsync(int node, IReadOnlyList<string> first, IReadOnlyList<string> rows)
    {
        var text = new StringBuilder($"Only on n1: {string.Join(' ', first.Except(rows).Take(20))}; only on n{node + 1}: {string.Join(' ', rows.Except(first).Take(20))}; rows: {first.Count} and {rows.Count}.");
        foreach (var (i, database) in _databases.Index())
        {
            var logs = await database.QueryAsync("SELECT relname FROM pg_class WHERE relnamespace = 'bucardo_node'::regnamespace AND relkind = 'r' AND relname LIKE 'change%'");
            foreach (var shown in (string[])["progress", "consumer", "deferred", .. logs.Select(l => (string)l[0]!)])
                foreach (var row in await database.QueryAsync($"SELECT r::text FROM bucardo_node.\"{shown}\" r LIMIT 400")) text.Append(CultureInfo.InvariantCulture, $"\nn{i + 1}.{shown}: {row[0]}");
        }
        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync();
        foreach (var database in _databases) await database.DisposeAsync();
    }
}
