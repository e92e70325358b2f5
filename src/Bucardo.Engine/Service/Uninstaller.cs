using Bucardo.Engine.Catalog;
using Bucardo.Engine.Postgres;
using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Service;

/// <summary>Takes everything away that was installed: from the databases what their syncs need, from the control database its schema.</summary>
public static class Uninstaller
{
    /// <summary>Everything that stands in the way: running services, databases that cannot be reached and so would keep their triggers.</summary>
    public static async Task<IReadOnlyList<Problem>> CheckAsync(ControlDatabase control, CancellationToken cancellation)
    {
        var problems = (await ServiceDirectory.ListAsync(control, cancellation)).Select(s =>
            new Problem("ServiceRunning", s.ToString(), null, $"Service {s} is running: stop it with Stop-BucardoService.")).ToList();
        var members = new List<Member>();
        foreach (var sync in await control.Syncs.ListAsync(null, cancellation)) members.AddRange((await control.Syncs.LoadDefinitionAsync(sync.Name, cancellation)).Members);
        problems.AddRange((await Task.WhenAll(members.DistinctBy(m => m.Id).Select(m => TryAsync(m, cancellation)))).OfType<Problem>());
        return problems;
    }

    /// <summary>Removes all syncs from their databases, and the schema <c>bucardo</c> from the control database. The databases' own tables and rows stay.</summary>
    /// <param name="control">The control database.</param>
    /// <param name="force">Also when a database cannot be reached: what is left there is returned.</param>
    /// <param name="cancellation">Stops it; what has been removed by then is gone.</param>
    /// <returns>The syncs that were removed, and the databases on which something is left.</returns>
    /// <exception cref="BucardoException">ServiceRunning, or UninstallRefused with all problems.</exception>
    public static async Task<(IReadOnlyList<string> Syncs, IReadOnlyList<NodeProblem> Left)> RunAsync(ControlDatabase control, bool force, CancellationToken cancellation)
    {
        var problems = await CheckAsync(control, cancellation);
        var isRunning = problems.Any(p => p.Code == "ServiceRunning");
        if (isRunning || (problems.Count > 0 && !force))
            throw new BucardoException(isRunning ? "ServiceRunning" : "UninstallRefused", ErrorKind.InvalidOperation,
                $"Nothing was uninstalled: {string.Join(" ", problems.Select(p => p.Message))}{(isRunning ? "" : " -Force goes on without the databases that cannot be reached.")}") { Problems = problems };
        var (syncs, left) = ((await control.Syncs.ListAsync(null, cancellation)).Select(s => s.Name).ToList(), new List<NodeProblem>());
        foreach (var sync in syncs) left.AddRange(await SyncOperations.RemoveAsync(control, sync, cancellation));
        await control.DropSchemaAsync(cancellation);
        return (syncs, left);
    }

    static async Task<Problem?> TryAsync(Member member, CancellationToken cancellation)
    {
        if (member.Problem is { } secret) return new Problem("PasswordNotReadable", member.Name, member.Name, secret);
        try
        {
            await using var connection = await NodeConnection.OpenAsync(member.Connection, member.Name, "uninstall", cancellation);
            return null;
        }
        catch (BucardoException e)
        {
            return new Problem(e.ErrorId, member.Name, member.Name, e.Message);
        }
    }
}
