-- Syncs.

CREATE TABLE bucardo.sync (
    name               text        PRIMARY KEY,
    id                 integer     GENERATED ALWAYS AS IDENTITY UNIQUE,
    herd               text        NOT NULL,
    dbs                text        NOT NULL,
    status             text        NOT NULL DEFAULT 'active',
    paused             boolean     NOT NULL DEFAULT false,
    pause_reason       text,
    autokick           boolean     NOT NULL DEFAULT true,
    checktime          interval,
    conflict_strategy  text        NOT NULL DEFAULT 'bucardo_latest',
    max_changes        bigint      NOT NULL DEFAULT 500000,
    stayalive          boolean     NOT NULL DEFAULT true,
    kidsalive          boolean     NOT NULL DEFAULT true,
    copyextra          text        NOT NULL DEFAULT '',
    deletemethod       text        NOT NULL DEFAULT 'delete',
    rebuild_index      smallint    NOT NULL DEFAULT 0 CHECK (rebuild_index >= 0),
    priority           smallint    NOT NULL DEFAULT 0,
    analyze_after_copy boolean     NOT NULL DEFAULT true,
    vacuum_after_copy  boolean     NOT NULL DEFAULT false,
    strict_checking    boolean     NOT NULL DEFAULT true,
    overdue            interval    NOT NULL DEFAULT '0 seconds',
    expired            interval    NOT NULL DEFAULT '0 seconds',
    track_rates        boolean     NOT NULL DEFAULT false,
    onetimecopy        smallint    NOT NULL DEFAULT 0,
    lifetime           interval,
    maxkicks           integer     NOT NULL DEFAULT 0,
    isolation_level    text,
    cdate              timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT sync_herd_fk FOREIGN KEY (herd) REFERENCES bucardo.herd (name) ON UPDATE CASCADE ON DELETE RESTRICT,
    CONSTRAINT sync_dbs_fk FOREIGN KEY (dbs) REFERENCES bucardo.dbgroup (name) ON UPDATE CASCADE ON DELETE RESTRICT,
    -- 39: the longest channel, bucardo_deactivate_sync_NAME, must stay within the 63 bytes that NOTIFY takes.
    CONSTRAINT sync_name_sane CHECK (bucardo.is_sane_name(name) AND length(name) <= 39
        AND lower(name) NOT IN ('pushdelta', 'fullcopy', 'swap', 'sync')),
    CONSTRAINT sync_status_valid CHECK (status IN ('active', 'inactive', 'stalled')),
    CONSTRAINT sync_pause_reason_valid CHECK (paused OR pause_reason IS NULL),
    CONSTRAINT sync_checktime_valid CHECK (checktime > '0 seconds'),
    CONSTRAINT sync_max_changes_valid CHECK (max_changes BETWEEN 1 AND 2147483647),
    CONSTRAINT sync_deletemethod_valid CHECK (deletemethod IN ('truncate', 'delete', 'truncate_cascade')),
    CONSTRAINT sync_onetimecopy_valid CHECK (onetimecopy IN (0, 1, 2)),
    CONSTRAINT sync_thresholds_valid CHECK (overdue >= '0 seconds' AND expired >= '0 seconds' AND maxkicks >= 0),
    CONSTRAINT sync_lifetime_valid CHECK (lifetime > '0 seconds'),
    CONSTRAINT sync_isolation_level_valid CHECK (lower(isolation_level) IN ('serializable', 'repeatable read'))
);
CREATE INDEX sync_herd ON bucardo.sync (herd);
CREATE INDEX sync_dbs ON bucardo.sync (dbs);
COMMENT ON TABLE bucardo.sync IS 'Named replications: a herd, a database group, and how to go about it';
COMMENT ON COLUMN bucardo.sync.id IS 'Identifies the sync on all nodes; never changed, never given to another one';
COMMENT ON COLUMN bucardo.sync.max_changes IS 'Changes of one source that a step of a round takes at most';
CREATE TRIGGER sync_keep_id BEFORE UPDATE ON bucardo.sync FOR EACH ROW EXECUTE FUNCTION bucardo.keep_id();

-- A sync has a source, also after somebody takes members out of its group. Checked at the end of the transaction, under a lock on the group.
CREATE FUNCTION bucardo.sourcecheck() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    grp text := CASE TG_TABLE_NAME WHEN 'sync' THEN to_jsonb(NEW) ->> 'dbs' ELSE to_jsonb(OLD) ->> 'dbgroup' END;
    bad text;
BEGIN
    PERFORM 1 FROM bucardo.dbgroup g WHERE g.name = grp FOR NO KEY UPDATE;
    SELECT s.name INTO bad FROM bucardo.sync s
    WHERE s.dbs = grp AND NOT EXISTS (SELECT 1 FROM bucardo.dbmap m WHERE m.dbgroup = grp AND m.role = 'source') LIMIT 1;
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'Sync "%" has no source: database group "%" has no member with the role source', bad, grp
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sync_has_source';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER sync_sourcecheck AFTER INSERT OR UPDATE OF dbs ON bucardo.sync
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bucardo.sourcecheck();
CREATE CONSTRAINT TRIGGER dbmap_sourcecheck AFTER UPDATE OR DELETE ON bucardo.dbmap
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bucardo.sourcecheck();
