-- Databases, and groups of them with roles.

CREATE TABLE bucardo.db (
    name                 text        PRIMARY KEY,
    id                   integer     GENERATED ALWAYS AS IDENTITY UNIQUE,
    dbdsn                text        NOT NULL DEFAULT '',
    dbtype               text        NOT NULL DEFAULT 'postgres',
    dbhost               text        DEFAULT '',
    dbport               text        DEFAULT '',
    dbname               text,
    dbuser               text,
    dbpass               text,
    dbconn               text        NOT NULL DEFAULT '',
    dbservice            text        DEFAULT '',
    pgpass               text,
    status               text        NOT NULL DEFAULT 'active',
    server_side_prepares boolean     NOT NULL DEFAULT true,
    makedelta            boolean     NOT NULL DEFAULT false,
    cdate                timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT db_name_sane CHECK (bucardo.is_sane_name(name)),
    CONSTRAINT db_type_valid CHECK (dbtype = 'postgres'),
    CONSTRAINT db_port_numeric CHECK (dbport ~ '^[0-9]{0,5}$'),
    CONSTRAINT db_status_valid CHECK (status IN ('active', 'inactive', 'stalled')),
    -- A password in the clear must not get in here, whoever writes: only what the engine has encrypted is taken.
    CONSTRAINT db_password_encrypted CHECK (dbpass IS NULL OR dbpass ~ '^v[0-9]+:[A-Za-z0-9+/=]+$'),
    CONSTRAINT db_dsn_without_password CHECK (dbdsn !~* '(^|[\s;?&])(ssl)?(password|pwd|passwd|ssl password)\s*=' AND dbdsn !~ '://[^/@]*:[^/@]*@'),
    CONSTRAINT db_conn_without_password CHECK (dbconn !~* '(^|[\s;?&])(ssl)?(password|pwd|passwd|ssl password)\s*=')
);
COMMENT ON TABLE bucardo.db IS 'Databases that take part in replication';
COMMENT ON COLUMN bucardo.db.id IS 'Identifies the database on all nodes; never changed, never given to another one';
COMMENT ON COLUMN bucardo.db.dbpass IS 'Password, encrypted with a key file that is not in the database';
CREATE TRIGGER db_keep_id BEFORE UPDATE ON bucardo.db FOR EACH ROW EXECUTE FUNCTION bucardo.keep_id();

CREATE TABLE bucardo.dbgroup (
    name  text        PRIMARY KEY CONSTRAINT dbgroup_name_sane CHECK (bucardo.is_sane_name(name)),
    about text,
    cdate timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE bucardo.dbgroup IS 'Named groups of databases';

CREATE TABLE bucardo.dbmap (
    db       text        NOT NULL,
    dbgroup  text        NOT NULL,
    priority integer     NOT NULL DEFAULT 0,
    role     text        NOT NULL DEFAULT 'target',
    cdate    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT dbmap_unique PRIMARY KEY (db, dbgroup),
    CONSTRAINT dbmap_db_fk FOREIGN KEY (db) REFERENCES bucardo.db (name) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT dbmap_dbgroup_fk FOREIGN KEY (dbgroup) REFERENCES bucardo.dbgroup (name) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT dbmap_role_valid CHECK (role IN ('source', 'target'))
);
CREATE INDEX dbmap_dbgroup ON bucardo.dbmap (dbgroup);
COMMENT ON TABLE bucardo.dbmap IS 'Which database is in which group, in which role; higher priority comes first';

CREATE TABLE bucardo.db_connlog (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    db         text        NOT NULL,
    conndate   timestamptz NOT NULL DEFAULT now(),
    connstring text        NOT NULL,
    status     text        NOT NULL DEFAULT 'unknown',
    version    text,
    CONSTRAINT db_connlog_db_fk FOREIGN KEY (db) REFERENCES bucardo.db (name) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT db_connlog_status CHECK (status IN ('unknown', 'good', 'down', 'unreachable'))
);
CREATE INDEX db_connlog_db ON bucardo.db_connlog (db, conndate);
COMMENT ON TABLE bucardo.db_connlog IS 'One row for each connection test; no passwords';
