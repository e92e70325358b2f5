-- The history of conflicts. The nodes record them; the service and Invoke-BucardoSync move them here.

CREATE TABLE bucardo.conflict (
    id               bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sync             text,
    syncname         text        NOT NULL,
    syncid           integer     NOT NULL,
    goat             integer     NOT NULL,
    schemaname       text        NOT NULL,
    tablename        text        NOT NULL,
    key              text        NOT NULL,
    kind             text        NOT NULL,
    constraint_name  text,
    strategy         text        NOT NULL,
    outcome          text        NOT NULL,
    decided          timestamptz NOT NULL,
    decided_on       text        NOT NULL,
    winner           text        NOT NULL,
    winner_origin    integer     NOT NULL,
    winner_xid       xid8        NOT NULL,
    winner_at        timestamptz NOT NULL,
    winner_row       json,
    loser            text,
    loser_origin     integer,
    loser_xid        xid8,
    loser_at         timestamptz,
    loser_row        json,
    result_row       json,
    restored         timestamptz,
    restored_on      text,
    CONSTRAINT conflict_sync_fk FOREIGN KEY (sync) REFERENCES bucardo.sync (name) ON UPDATE CASCADE ON DELETE SET NULL,
    CONSTRAINT conflict_kind_valid CHECK (kind IN ('row', 'unique', 'foreign key')),
    CONSTRAINT conflict_outcome_valid CHECK (outcome IN ('winner', 'merged')),
    CONSTRAINT conflict_restored_valid CHECK ((restored IS NULL) = (restored_on IS NULL))
);
-- Several nodes may have decided the same conflict, and each alike.
CREATE UNIQUE INDEX conflict_once ON bucardo.conflict
    (syncid, goat, md5(key), kind, winner_origin, winner_xid, coalesce(loser_origin, -1), coalesce(loser_xid, '0'::xid8));
CREATE INDEX conflict_sync ON bucardo.conflict (syncname, decided);
CREATE INDEX conflict_decided ON bucardo.conflict (decided);
COMMENT ON TABLE bucardo.conflict IS 'One row for each version that lost a conflict';
COMMENT ON COLUMN bucardo.conflict.syncname IS 'Name of the sync; stays when the sync is removed';
COMMENT ON COLUMN bucardo.conflict.goat IS 'Id of the table; it may have been removed since';
COMMENT ON COLUMN bucardo.conflict.key IS 'Key of the row that lost: a JSON array of texts';
COMMENT ON COLUMN bucardo.conflict.decided_on IS 'Database where it was decided';
COMMENT ON COLUMN bucardo.conflict.loser_row IS 'Column by column as text; NULL: the version was a deletion; {}: the row was too large to be kept';
COMMENT ON COLUMN bucardo.conflict.result_row IS 'What the row became, where that is neither the one nor the other';

CREATE TRIGGER conflict_keep_syncname BEFORE INSERT OR UPDATE OF sync ON bucardo.conflict
    FOR EACH ROW EXECUTE FUNCTION bucardo.keep_syncname();

INSERT INTO bucardo.bucardo_config (name, setting, defval, about) VALUES
    ('conflict_history_days', '90', '90', 'How many days conflicts are kept; 0: until Clear-BucardoConflict');
ALTER TABLE bucardo.bucardo_config
    ADD CONSTRAINT bucardo_config_conflict_history_days CHECK (lower(name) <> 'conflict_history_days' OR setting ~ '^[0-9]{1,6}$');
