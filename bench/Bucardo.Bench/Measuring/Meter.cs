using System.Diagnostics;
using Bucardo.Bench.Stages;

namespace Bucardo.Bench.Measuring;

/// <summary>What something took.</summary>
/// <param name="Seconds">Wall time.</param>
/// <param name="ServiceCpu">Processor seconds of the replication service's processes.</param>
/// <param name="ServersCpu">Processor seconds of all clusters, backends that have ended included.</param>
/// <param name="PeakMb">The most memory that the service's largest process held.</param>
/// <param name="OtherCores">Processors that were busy with what is none of this benchmark's: other people's load.</param>
sealed record Usage(double Seconds, double ServiceCpu, double ServersCpu, double PeakMb, double OtherCores);

/// <summary>Measures from outside what a contender takes.</summary>
sealed class Meter
{
    readonly Contender _contender;
    readonly ProcessTable _before;
    readonly Stopwatch _clock;

    Meter(Contender contender)
    {
        _contender = contender;
        ProcessMemory.ResetPeaks(ProcessTable.Read().Tree(contender.Peer.Processes));
        _before = ProcessTable.Read();
        _clock = Stopwatch.StartNew();
    }

    /// <summary>Seconds since the start.</summary>
    public double Seconds => _clock.Elapsed.TotalSeconds;

    public static Meter Start(Contender contender) => new(contender);

    public Usage Stop()
    {
        var seconds = Seconds;
        var after = ProcessTable.Read();
        var ours = Ours(after);
        var other = after.Busy - _before.Busy - (after.Cpu(ours) - _before.Cpu(Ours(_before)));
        var service = after.Tree(_contender.Peer.Processes);
        return new Usage(seconds, after.Cpu(service) - _before.Cpu(service), Servers(after, service) - Servers(_before, service), ProcessMemory.Peak(service), Math.Max(0, other / seconds));
    }

    // Where the service is made of backends, it is not counted twice.
    double Servers(ProcessTable table, HashSet<int> service) => table.Cpu(table.Tree(_contender.Stage.Clusters.Select(c => c.ProcessId)).Except(service));

    // A daemon may have left this process's family.
    HashSet<int> Ours(ProcessTable table) => table.Tree(_contender.Peer.Processes.Append(Environment.ProcessId));
}
