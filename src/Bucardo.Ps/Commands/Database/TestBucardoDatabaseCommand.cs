using System.Management.Automation;
using Bucardo.Model;
using Bucardo.Ps.Base;
using Bucardo.Ps.Completers;
using Bucardo.Ps.Parameters;

namespace Bucardo.Ps.Commands;

/// <summary>
/// Connects to databases and checks that everything that replication needs is there and allowed; it reports every problem that it finds, with its remedy,
/// and changes nothing. With -HostName and the like instead of -Name it tests a database that is not registered yet.
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "BucardoDatabase")]
[OutputType(typeof(DatabaseTest), typeof(bool))]
public sealed class TestBucardoDatabaseCommand : EndpointCommand
{
    /// <summary>Names of registered databases; wildcards allowed. Default: all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Database")]
    [SupportsWildcards]
    [NameTransformation(NameKind.Database)]
    [ArgumentCompleter(typeof(DatabaseNameCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Return true or false only.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Name is null && HasEndpoint)
        {
            var settings = EndpointSettings();
            Attempt(settings.ToString(), () => Write(Ask((control, cancellation) => control.Databases.TestAsync(settings, cancellation))));
            return;
        }
        ForEach(Name ?? ["*"], name => ForEach(FindDatabases(name), database =>
            Write(Ask((control, cancellation) => control.Databases.TestAsync(database.Name, cancellation)))));
    }

    void Write(DatabaseTest test) => WriteObject(Quiet ? test.Ready : test);
}
