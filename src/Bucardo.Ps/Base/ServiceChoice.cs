using Bucardo.Model;

namespace Bucardo.Ps.Base;

/// <summary>Which of the running services are meant.</summary>
static class ServiceChoice
{
    /// <summary>Those with one of the numbers, on one of the machines; what was not given does not restrict.</summary>
    /// <exception cref="BucardoException">ServiceNotFound: no service has the number, or runs on the machine of that exact name.</exception>
    public static IReadOnlyList<ServiceInfo> Of(IReadOnlyList<ServiceInfo> running, long[]? ids, string[]? hostNames)
    {
        foreach (var id in ids ?? [])
            if (running.All(s => s.Id != id)) throw NotFound($"with the number {id}");
        foreach (var host in hostNames ?? [])
            if (!Wildcard.IsIn(host) && running.All(s => !Fits(s, host))) throw NotFound($"on machine {host}");
        return [.. running.Where(s => ids?.Contains(s.Id) != false && hostNames?.Any(h => Fits(s, h)) != false)];
    }

    static bool Fits(ServiceInfo service, string host) => Wildcard.Pattern(host).IsMatch(service.HostName);

    static BucardoException NotFound(string which) =>
        new("ServiceNotFound", ErrorKind.NotFound, $"No service {which} runs on the control database: it may have ended by itself; Get-BucardoService shows those that run.");
}
