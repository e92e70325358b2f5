using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Base;

/// <summary>A cmdlet that does something to existing databases, named or piped.</summary>
public abstract class DatabaseSelectionCommand : ControlCommand
{
    /// <summary>Names of the databases; wildcards allowed. Takes the objects of the other cmdlets from the pipeline.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Database")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Database)]
    [AllowEmptyCollection]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEach(Name, name => ForEach(FindDatabases(name), Process));

    /// <summary>Does it to one of them; an exception becomes an error about this one only.</summary>
    protected abstract void Process(Database database);
}
