-- Custom code, names and columns: the interface of Bucardo 5.

CREATE TABLE bucardo.customcode (
    id       integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     text        NOT NULL CONSTRAINT customcode_name_unique UNIQUE CHECK (name <> ''),
    about    text,
    whenrun  text        NOT NULL,
    getdbh   boolean     NOT NULL DEFAULT true,
    src_code text        NOT NULL,
    status   text        NOT NULL DEFAULT 'active',
    priority integer     NOT NULL DEFAULT 0,
    cdate    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT customcode_status_valid CHECK (status IN ('active', 'inactive')),
    CONSTRAINT customcode_whenrun CHECK (whenrun IN ('before_txn', 'before_check_rows', 'before_trigger_disable', 'after_trigger_disable',
        'after_table_sync', 'exception', 'conflict', 'before_trigger_enable', 'after_trigger_enable', 'after_txn', 'before_sync', 'after_sync'))
);

CREATE TABLE bucardo.customcode_map (
    id       integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code     integer     NOT NULL REFERENCES bucardo.customcode (id) ON DELETE CASCADE,
    sync     text        REFERENCES bucardo.sync (name) ON UPDATE CASCADE ON DELETE CASCADE,
    goat     integer     REFERENCES bucardo.goat (id) ON DELETE CASCADE,
    active   boolean     NOT NULL DEFAULT true,
    priority integer     NOT NULL DEFAULT 0,
    cdate    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT customcode_map_not_both CHECK (sync IS NULL OR goat IS NULL),
    CONSTRAINT customcode_map_unique_sync UNIQUE (code, sync),
    CONSTRAINT customcode_map_unique_goat UNIQUE (code, goat)
);

CREATE TABLE bucardo.customname (
    id      integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    goat    integer     NOT NULL REFERENCES bucardo.goat (id) ON DELETE CASCADE,
    newname text        NOT NULL CHECK (newname <> ''),
    db      text        REFERENCES bucardo.db (name) ON UPDATE CASCADE ON DELETE CASCADE,
    sync    text        REFERENCES bucardo.sync (name) ON UPDATE CASCADE ON DELETE CASCADE,
    cdate   timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX customname_unique ON bucardo.customname (goat, coalesce(db, ''), coalesce(sync, ''));

CREATE TABLE bucardo.customcols (
    id     integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    goat   integer     NOT NULL REFERENCES bucardo.goat (id) ON DELETE CASCADE,
    clause text        NOT NULL CHECK (clause <> ''),
    db     text        REFERENCES bucardo.db (name) ON UPDATE CASCADE ON DELETE CASCADE,
    sync   text        REFERENCES bucardo.sync (name) ON UPDATE CASCADE ON DELETE CASCADE,
    cdate  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX customcols_unique ON bucardo.customcols (goat, coalesce(db, ''), coalesce(sync, ''));
