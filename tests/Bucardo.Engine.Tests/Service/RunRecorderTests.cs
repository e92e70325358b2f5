using Bucardo.Engine.Catalog;
using Bucardo.Engine.Replication;
using Bucardo.Engine.Service;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bucardo.Engine.Tests.Service;

public class RunRecorderTests
{
    [Fact]
    public async Task A_control_database_that_was_given_up_in_the_meantime_stops_no_round()
    {
        await using var database = await PostgresServers.CreateAsync("control");
        await ControlDatabase.InstallAsync(database.Settings, createDatabase: false, default);
        var control = await ControlDatabase.OpenAsync(database.Settings, default);
        await control.DisposeAsync();
        var recorder = new RunRecorder(() => control, new Sync { Id = 1, Name = "s", Herd = "h", DatabaseGroup = "g" }, TimeProvider.System, NullLogger.Instance);
        Assert.Equal(0, await recorder.AddAsync(DateTimeOffset.UtcNow, new RoundResult { Inserts = 1 }, isAwaited: false, default));
        Assert.Equal(0, await recorder.FlushAsync(default));
        Assert.NotNull(recorder.Due);
    }
}
