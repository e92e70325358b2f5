using Npgsql;

namespace Bucardo.Engine.Replication;

/// <summary>Turns what goes wrong on a node during a round into a sentence that says what to do.</summary>
static class NodeErrors
{
    public static string Describe(Exception error, string node) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } e =>
            $"A row or table{Table(e)} on database {node} stayed locked: look for a long transaction in pg_stat_activity there; the round is tried again.",
        PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected } =>
            $"Applying on database {node} ran into a deadlock with another session; the round is tried again.",
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } e =>
            $"A row for table{Table(e)} on database {node} violates unique constraint {e.ConstraintName}: {e.Detail} Change one of the two rows so that the values differ.",
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } e =>
            $"The role on database {node} lacks a right: {e.MessageText}; grant it and the next round goes on.",
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } =>
            $"Database {node} is read-only: it is a standby, or default_transaction_read_only is set.",
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } => $"The disk of database {node} is full: make room and the next round goes on.",
        PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.DatabaseDropped } e =>
            $"The server of database {node} ended the connection ({e.MessageText}): check that it runs; it is tried again.",
        PostgresException e =>
            $"Database {node} refused a statement{(e.TableName is null ? "" : $" on table{Table(e)}")}: {e.MessageText} ({e.SqlState}); correct that there (its server log says more), and the next try goes on.",
        NpgsqlException or IOException or TimeoutException => $"The connection to database {node} was lost ({error.Message}); it is tried again.",
        _ => error.Message,
    };

    static string Table(PostgresException e) => e.TableName is null ? "" : $" {e.SchemaName}.{e.TableName}";
}
