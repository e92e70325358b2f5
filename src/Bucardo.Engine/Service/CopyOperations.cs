using Bucardo.Engine.Capture;
using Bucardo.Engine.Catalog;
using Bucardo.Engine.Copying;
using Bucardo.Engine.Replication;
using Bucardo.Model;

namespace Bucardo.Engine.Service;

/// <summary>Copies between the databases of a sync, by name.</summary>
public static class CopyOperations
{
    /// <summary>Copies tables from a source of a sync to another of its databases, and asks the service for a round afterwards.</summary>
    /// <param name="control">The control database.</param>
    /// <param name="name">The sync.</param>
    /// <param name="source">The database to copy from; null: the first source, in the group's order, that is not the target.</param>
    /// <param name="target">The database to copy to.</param>
    /// <param name="options">What to do.</param>
    /// <param name="progress">Hears how far it is.</param>
    /// <param name="cancellation">Cancels it; tables that have been copied stay so, the others are as they were.</param>
    /// <exception cref="BucardoException">SyncNotFound, TableNotInSync, DatabaseNotInSync, CopySourceInvalid, SyncInactive, NodeBusy, NotPrepared, SchemaMismatch, NodeFailed.</exception>
    public static async Task<IReadOnlyList<TableCopy>> CopyAsync(
        ControlDatabase control, string name, string? source, string target, CopyOptions options, IProgress<RoundProgress>? progress, CancellationToken cancellation)
    {
        var definition = await control.Syncs.LoadDefinitionAsync(name, cancellation);
        if (definition.Sync.Status != SyncStatus.Active)
            throw new BucardoException("SyncInactive", ErrorKind.InvalidOperation, $"Sync {name} is inactive: activate it with Start-BucardoSync {name}, so that what changes during the copy is captured.");
        if (options.Tables is { } chosen && !definition.ReplicatedTables().Any(t => chosen.Contains(t.Id)))
            throw new BucardoException("TableNotInSync", ErrorKind.NotFound, $"None of the tables that were named is in sync {name}: Get-BucardoTable -Sync {name} shows those that are.");
        var to = Find(definition, target);
        var from = source is not null ? Find(definition, source) : definition.Members.FirstOrDefault(m => m.Role == DatabaseRole.Source && m.Status != DatabaseStatus.Inactive && m != to);
        if (from is null || from == to || from.Role != DatabaseRole.Source)
            throw new BucardoException("CopySourceInvalid", ErrorKind.InvalidArgument,
                $"Tables can be copied to database {to.Name} from another source of sync {name} only, and {(from is null ? "there is none" : from == to ? $"{from.Name} is the same" : $"{from.Name} is a target")}.");
        var results = await new DataCopy(definition, from, to, options, progress).RunAsync(cancellation);
        // The service tries the database again by and by; now it need not wait.
        await SyncOperations.NotifyAsync(control, Channels.Kick(name), "", cancellation);
        return results;
    }

    static Member Find(SyncDefinition definition, string database)
    {
        var member = definition.Members.FirstOrDefault(m => m.Name == database)
            ?? throw new BucardoException("DatabaseNotInSync", ErrorKind.NotFound, $"Database {database} is not in sync {definition.Sync.Name}, whose databases are {string.Join(", ", definition.Members.Select(m => m.Name))}.");
        if (member.Status == DatabaseStatus.Inactive)
            throw new BucardoException("DatabaseInactive", ErrorKind.InvalidOperation, $"Database {database} is inactive: activate it with Set-BucardoDatabase {database} -Status Active.");
        return member.Problem is null ? member : throw new BucardoException("PasswordNotReadable", ErrorKind.Permission, member.Problem);
    }
}
