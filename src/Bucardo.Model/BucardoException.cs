namespace Bucardo.Model;

/// <summary>What kind of mistake or mishap an error is; cmdlets map it to PowerShell's error categories.</summary>
public enum ErrorKind
{
    /// <summary>Something in the wrong state, or inconsistent.</summary>
    InvalidOperation,

    /// <summary>A name that does not exist.</summary>
    NotFound,

    /// <summary>A name that exists already.</summary>
    AlreadyExists,

    /// <summary>A value that cannot be used.</summary>
    InvalidArgument,

    /// <summary>A database that cannot be reached.</summary>
    Connection,

    /// <summary>A wrong password, or a right that is missing.</summary>
    Permission,

    /// <summary>Something did not happen in time.</summary>
    Timeout,

    /// <summary>Validation found problems; the exception lists them.</summary>
    Validation,

    /// <summary>An error of PostgreSQL while rows were moved.</summary>
    Replication,
}

/// <summary>Every error that the engine raises on purpose: a stable identifier and one sentence that names the object, the node and the remedy.</summary>
public sealed class BucardoException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="errorId">Stable identifier, such as <c>SyncNotFound</c>; PowerShell shows it as FullyQualifiedErrorId.</param>
    /// <param name="kind">What kind of error it is.</param>
    /// <param name="message">One sentence: the object, the node, the remedy. No secrets.</param>
    /// <param name="inner">What caused it.</param>
    public BucardoException(string errorId, ErrorKind kind, string message, Exception? inner = null)
        : base(message, inner) => (ErrorId, Kind) = (errorId, kind);

    /// <summary>Stable identifier.</summary>
    public string ErrorId { get; }

    /// <summary>What kind of error it is.</summary>
    public ErrorKind Kind { get; }

    /// <summary>What validation found, when <see cref="Kind"/> is <see cref="ErrorKind.Validation"/>.</summary>
    public IReadOnlyList<Problem> Problems { get; init => field = value.ToArray(); } = [];
}
