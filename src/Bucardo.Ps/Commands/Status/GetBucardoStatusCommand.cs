using System.Management.Automation;
using Bucardo.Engine.Service;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Hosting;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Says whether the syncs are well, and if not, where and why: state, last good and last bad round, and of each database how many changes it waits for and since when. -Watch keeps it live.
/// </summary>
[Cmdlet(VerbsCommon.Get, "BucardoStatus")]
[OutputType(typeof(SyncState))]
public sealed class GetBucardoStatusCommand : ControlCommand
{
    readonly List<string> _watched = [];

    /// <summary>Names of syncs; wildcards allowed. Default: all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Sync", "SyncName")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Sync)]
    [ArgumentCompleter(typeof(SyncNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Ask the control database only, not the databases: quicker, without lag and pending changes.</summary>
    [Parameter]
    public SwitchParameter Quick { get; set; }

    /// <summary>How long a database may take to answer before it counts as away: seconds, or a TimeSpan. Default: 3 seconds.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Timeout { get; set; }

    /// <summary>Show it again and again until Ctrl+C. In the terminal the screen is drawn anew; into a pipeline or a file the objects go each time.</summary>
    [Parameter]
    public SwitchParameter Watch { get; set; }

    /// <summary>With -Watch: how long to wait in between. Default: 2 seconds.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Interval { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Watch) _watched.AddRange(Name);
        else ForEach(Name, name => WriteObject(States([name]), enumerateCollection: true));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (!Watch) return;
        var where = Require(CurrentConnection, () => ControlSettings.Resolve(CurrentConnection));
        using var screen = LiveScreen.For(this);
        // Ctrl+C ends it; so does whoever has enough of the objects.
        while (true)
        {
            Attempt(CurrentConnection, () =>
            {
                var states = States(_watched);
                if (screen is null) WriteObject(states, enumerateCollection: true);
                else screen.Draw($"{where}  {DateTimeOffset.Now:HH:mm:ss}  Ctrl+C ends", states);
            });
            Call(cancellation => Task.Delay(Interval ?? TimeSpan.FromSeconds(2), cancellation));
        }
    }

    IReadOnlyList<SyncState> States(IEnumerable<string> names)
    {
        var syncs = names.SelectMany(FindSyncs).DistinctBy(sync => sync.Id).ToList();
        return Ask((control, cancellation) => StatusReport.GetAsync(control, syncs, Quick ? null : Timeout ?? TimeSpan.FromSeconds(3), cancellation));
    }
}
