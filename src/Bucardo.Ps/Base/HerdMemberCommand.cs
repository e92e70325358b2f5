using System.Management.Automation;
using Bucardo.Engine.Catalog;
using Bucardo.Model;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Base;

/// <summary>A cmdlet that does something to tables as members of a herd.</summary>
public abstract class HerdMemberCommand : ControlCommand
{
    const string ByName = "Name";
    const string ByObject = "InputObject";

    /// <summary>Name of the herd.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("RelationGroup")]
    [NameTransformation(NameKind.Herd)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(HerdNameCompleter))]
    public string Herd { get; set; } = "";

    /// <summary>Registered tables: table or schema.table, wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByName)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TableNameCompleter))]
    public string[] Table { get; set; } = [];

    /// <summary>Only tables whose definition was read from this database; wildcards allowed.</summary>
    [Parameter(ParameterSetName = ByName, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [NameTransformation(NameKind.Database)]
    [EmptyIsNull]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string? Database { get; set; }

    /// <summary>Tables as Get-BucardoTable returns them.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject)]
    [ValidateNotNullOrEmpty]
    public Table[] InputObject { get; set; } = [];

    /// <summary>Return the herd as it is then.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByObject) ForEach(InputObject, Process);
        else ForEach(Table, name => ForEach(Select(name), Process));
    }

    /// <summary>The tables that a name or wildcard stands for.</summary>
    protected virtual IReadOnlyList<Table> Select(string name) => FindTables(name, new TableFilter { Database = Database });

    /// <summary>What is done, for -WhatIf.</summary>
    protected abstract string Action { get; }

    /// <summary>Does it to one table.</summary>
    protected abstract Task<Herd> ChangeAsync(HerdCatalog herds, Table table, CancellationToken cancellation);

    void Process(Table table)
    {
        if (!ShouldProcess($"table '{table.FullName}' of database '{table.Database}' in herd '{Herd}'", Action)) return;
        var herd = Ask((control, cancellation) => ChangeAsync(control.Herds, table, cancellation));
        if (PassThru) WriteObject(herd);
    }
}
