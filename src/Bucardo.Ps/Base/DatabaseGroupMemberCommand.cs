using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Base;

/// <summary>A cmdlet that does something to databases as members of a database group.</summary>
public abstract class DatabaseGroupMemberCommand : ControlCommand
{
    /// <summary>The database group.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("DatabaseGroup")]
    [NameTransformation(NameKind.DatabaseGroup)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DatabaseGroupNameCompleter))]
    public string Group { get; set; } = "";

    /// <summary>The databases; wildcards allowed. Takes databases and members of groups from the pipeline.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [NameTransformation(NameKind.Database)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string[] Database { get; set; } = [];

    /// <summary>Return the group as it is then.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEach(Database, name => ForEach(Select(name), database =>
    {
        if (!ShouldProcess($"database '{database}' in database group '{Group}'", Action)) return;
        var group = Ask((control, cancellation) => ChangeAsync(control.DatabaseGroups, database, cancellation));
        if (PassThru) WriteObject(group);
    }));

    /// <summary>What is done, for -WhatIf.</summary>
    protected abstract string Action { get; }

    /// <summary>Names of the databases that a name or wildcard stands for.</summary>
    protected virtual IEnumerable<string> Select(string name)
    {
        if (!Wildcard.IsIn(name)) return [name];
        var pattern = Wildcard.Pattern(name);
        return Ask((control, cancellation) => control.DatabaseGroups.GetAsync(Group, cancellation)).Members.Select(m => m.Database).Where(pattern.IsMatch);
    }

    /// <summary>Does it to one database.</summary>
    protected abstract Task<DatabaseGroup> ChangeAsync(Engine.Catalog.DatabaseGroupCatalog groups, string database, CancellationToken cancellation);
}
