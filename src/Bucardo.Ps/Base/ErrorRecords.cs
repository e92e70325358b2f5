using System.Data.Common;
using System.Management.Automation;
using Bucardo.Model;

namespace Bucardo.Ps.Base;

/// <summary>The one place where exceptions become error records: stable id, category, a sentence that says what to do.</summary>
static class ErrorRecords
{
    public static ErrorRecord From(Exception error, object? target)
    {
        var known = error as BucardoException ?? Translate(error);
        var record = new ErrorRecord(known, known.ErrorId, CategoryOf(known), target);
        if (known.Problems.Count > 0) record.ErrorDetails = new ErrorDetails(WithProblems(known));
        return record;
    }

    // The engine translates what it expects. What is left must not reach people as a raw exception of the driver either.
    static BucardoException Translate(Exception error) => error switch
    {
        DbException database => new("DatabaseError", ErrorKind.InvalidOperation, DatabaseMessage(database), database),
        OperationCanceledException or TimeoutException => new("TimedOut", ErrorKind.Timeout,
            "The server did not answer in time; check that it is up and not overloaded, then run the command again.", error),
        // A scheduled task, or a job. PowerShell's own sentence does not say what to do.
        PSInvalidOperationException { Message: var message } when message.Contains("NonInteractive", StringComparison.Ordinal) => new("ConfirmationImpossible", ErrorKind.InvalidOperation,
            "The command asks for confirmation, and nobody can answer here: add -Confirm:$false if it is to do it all the same.", error),
        ArgumentException => new("InvalidArgument", ErrorKind.InvalidArgument, error.Message, error),
        _ => new("UnexpectedError", ErrorKind.InvalidOperation,
            $"{error.Message} ({error.GetType().Name}; this is not an error that Bucardo expects: $Error[0].Exception.InnerException shows where it comes from.)", error),
    };

    static string DatabaseMessage(DbException error) => string.IsNullOrEmpty(error.SqlState)
        ? $"The connection to PostgreSQL failed: {error.Message}"
        : $"PostgreSQL reported an error: {error.Message}";

    static ErrorCategory CategoryOf(BucardoException error) => error.Kind switch
    {
        ErrorKind.NotFound => ErrorCategory.ObjectNotFound,
        ErrorKind.AlreadyExists => ErrorCategory.ResourceExists,
        ErrorKind.InvalidArgument => ErrorCategory.InvalidArgument,
        ErrorKind.Connection => ErrorCategory.ConnectionError,
        ErrorKind.Permission when error.ErrorId == "AuthenticationFailed" => ErrorCategory.AuthenticationError,
        ErrorKind.Permission => ErrorCategory.PermissionDenied,
        ErrorKind.Timeout => ErrorCategory.OperationTimeout,
        ErrorKind.Validation => ErrorCategory.InvalidData,
        ErrorKind.Replication => ErrorCategory.WriteError,
        _ => ErrorCategory.InvalidOperation,
    };

    // All of them, one to a line: who mends one problem at a time has to run the command as often as there are problems.
    static string WithProblems(BucardoException error)
    {
        var problems = error.Problems.Select(p => p.Message).Distinct().ToList();
        var head = problems.Aggregate(error.Message, (text, problem) => text.Replace(" " + problem, "", StringComparison.Ordinal).Replace(problem, "", StringComparison.Ordinal)).Trim();
        return head + string.Concat(problems.Select(m => $"{Environment.NewLine}  - {m}"));
    }
}
