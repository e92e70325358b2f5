using Bucardo.Model;
using Npgsql;

namespace Bucardo.Engine.Catalog;

/// <summary>
/// What PostgreSQL refuses, in the catalog's own errors. Most of it is checked before; this is for races between sessions and for what
/// only the
/// schema's constraints can tell.
/// </summary>
static class ControlErrors
{
    public static BucardoException Translate(PostgresException e, bool removing)
    {
        BucardoException Error(string id, ErrorKind kind, string message) => new(id, kind, message, e);
        BucardoException Reference(string missing, string used, string what) => removing
            ? Error(used, ErrorKind.InvalidOperation,
                $"The {what} is in use in the control database ({Sentence(e)}); remove what uses it first.")
            : Error(missing, ErrorKind.NotFound,
                $"The {what} is not in the control database any more ({Sentence(e)}); look at the list and try again.");

        return e.ConstraintName switch
        {
            "db_pkey" => Error("DatabaseExists", ErrorKind.AlreadyExists, "A database of that name exists already in the control " +
            "database; choose another name."),
            "dbgroup_pkey" => Error("GroupExists", ErrorKind.AlreadyExists, "A database group of that name exists already in the " +
            "control database; choose another name."),
            "herd_pkey" => Error("HerdExists", ErrorKind.AlreadyExists, "A herd of that name exists already in the control database; " +
            "choose another name."),
            "sync_pkey" => Error("SyncExists", ErrorKind.AlreadyExists, "A sync of that name exists already in the control database; " +
            "choose another name."),
            "goat_unique" => Error("TableExists", ErrorKind.AlreadyExists, "The table is in the control database already; nothing was " +
            "added."),
            "db_name_sane" or "dbgroup_name_sane" or "herd_name_sane" or "sync_name_sane" or "customcode_name_sane" => Error("InvalidName", ErrorKind.InvalidArgument,
                "A name begins with a letter and holds letters, digits and underscores (a sync's name at most 39 characters); choose " +
                "another one."),
            "conflict_strategy_valid" => Error("InvalidStrategy", ErrorKind.InvalidArgument,
                $"{e.MessageText}; use a keyword, or names of databases of the control database in order of preference."),
            "customcode_name_unique" => Error("CodeExists", ErrorKind.AlreadyExists, "Custom code of that name exists already in the control database; choose another name."),
            "customcode_in_strategy" => Error("CodeInUse", ErrorKind.InvalidOperation, $"{e.MessageText}; give it another strategy first."),
            "sync_has_source" => Error("SyncWithoutSource", ErrorKind.InvalidOperation, $"{e.MessageText}; give the group a source."),
            "goat_merge_valid" => Error("CounterInvalid", ErrorKind.InvalidArgument, "Only a table can merge columns or have counters, and a " +
            "counter cannot be part of the table's key; choose other columns."),
            "herd_one_db" => Error("HerdMixedDatabases", ErrorKind.InvalidArgument, $"{e.MessageText}; make a herd for each database."),
            "db_in_strategy" => Error("DatabaseInUse", ErrorKind.InvalidOperation, $"{e.MessageText}; change that strategy first, or " +
            "remove the database by force."),
            "dbmap_db_fk" or "goat_db_fk" or "db_connlog_db_fk" => Reference("DatabaseNotFound", "DatabaseInUse", "database"),
            "dbmap_dbgroup_fk" or "sync_dbs_fk" => Reference("GroupNotFound", "GroupInUse", "database group"),
            "herdmap_herd_fk" or "sync_herd_fk" => Reference("HerdNotFound", "HerdInUse", "herd"),
            "herdmap_goat_fk" => Reference("TableNotFound", "TableInUse", "table"),
            "syncrun_sync_fk" => Reference("SyncNotFound", "SyncInUse", "sync"),
            "db_id_constant" or "sync_id_constant" => Error("IdConstant", ErrorKind.InvalidOperation, $"{e.MessageText}: the nodes " +
            "know it by that number."),
            "db_password_encrypted" or "db_dsn_without_password" or "db_conn_without_password" =>
                Error("PasswordInClear", ErrorKind.InvalidArgument,
                "A password is never stored in the clear in the control database; hand it over as the password of the connection, or " +
                "use a passfile."),
            _ => BySqlState(e),
        };
    }

    static BucardoException BySqlState(PostgresException e) => e.SqlState switch
    {
        PostgresErrorCodes.InsufficientPrivilege => new("PermissionMissing", ErrorKind.Permission,
            $"The role has not the rights it needs in the control database ({Sentence(e)}); grant them, or use the role that installed " +
            $"it.", e),
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidSchemaName =>
            new("ControlNotInstalled", ErrorKind.InvalidOperation,
            $"The control database lacks what belongs to its schema ({Sentence(e)}); run Install-Bucardo.", e),
        PostgresErrorCodes.CheckViolation or PostgresErrorCodes.NotNullViolation or PostgresErrorCodes.NumericValueOutOfRange =>
            new("InvalidValue", ErrorKind.InvalidArgument,
            $"The control database refuses a value ({Sentence(e)}); correct it.", e),
        PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable =>
            new("ControlBusy", ErrorKind.InvalidOperation,
            $"Somebody else changed the control database at the same moment ({Sentence(e)}); try again.", e),
        PostgresErrorCodes.ReadOnlySqlTransaction => new("ControlReadOnly", ErrorKind.InvalidOperation,
            "The control database is read only (a standby, or default_transaction_read_only); connect to the primary.", e),
        _ => new("ControlFailed", ErrorKind.InvalidOperation,
            $"The control database refused the operation ({Sentence(e)}, SQLSTATE {e.SqlState}).", e),
    };

    static string Sentence(PostgresException e) => e.MessageText;
}
