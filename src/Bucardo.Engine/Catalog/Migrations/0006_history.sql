-- What became of the syncs, and who runs them.

CREATE TABLE bucardo.syncrun (
    id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sync      text,
    syncname  text        NOT NULL,
    outcome   text        NOT NULL DEFAULT 'running',
    truncates bigint      NOT NULL DEFAULT 0,
    deletes   bigint      NOT NULL DEFAULT 0,
    inserts   bigint      NOT NULL DEFAULT 0,
    updates   bigint      NOT NULL DEFAULT 0,
    conflicts bigint      NOT NULL DEFAULT 0,
    deferred  bigint      NOT NULL DEFAULT 0,
    started   timestamptz NOT NULL DEFAULT now(),
    ended     timestamptz,
    lastgood  boolean     NOT NULL DEFAULT false,
    lastbad   boolean     NOT NULL DEFAULT false,
    lastempty boolean     NOT NULL DEFAULT false,
    details   text,
    status    text,
    problems  jsonb       NOT NULL DEFAULT '[]',
    CONSTRAINT syncrun_sync_fk FOREIGN KEY (sync) REFERENCES bucardo.sync (name) ON UPDATE CASCADE ON DELETE SET NULL,
    CONSTRAINT syncrun_outcome_valid CHECK (outcome IN ('running', 'good', 'empty', 'bad')),
    CONSTRAINT syncrun_ended_valid CHECK ((outcome = 'running') = (ended IS NULL)),
    CONSTRAINT syncrun_last_valid CHECK ((NOT lastgood OR outcome = 'good') AND (NOT lastbad OR outcome = 'bad') AND (NOT lastempty OR outcome = 'empty')),
    CONSTRAINT syncrun_counts_valid CHECK (least(truncates, deletes, inserts, updates, conflicts, deferred) >= 0),
    CONSTRAINT syncrun_problems_valid CHECK (jsonb_typeof(problems) = 'array')
);
CREATE UNIQUE INDEX syncrun_running ON bucardo.syncrun (sync) WHERE ended IS NULL;
CREATE UNIQUE INDEX syncrun_lastgood ON bucardo.syncrun (sync) WHERE lastgood;
CREATE UNIQUE INDEX syncrun_lastbad ON bucardo.syncrun (sync) WHERE lastbad;
CREATE UNIQUE INDEX syncrun_lastempty ON bucardo.syncrun (sync) WHERE lastempty;
CREATE INDEX syncrun_sync ON bucardo.syncrun (sync, started);
CREATE INDEX syncrun_started ON bucardo.syncrun (started);
COMMENT ON TABLE bucardo.syncrun IS 'One row for each round of a sync';
COMMENT ON COLUMN bucardo.syncrun.syncname IS 'Name of the sync; stays when the sync is removed';

CREATE FUNCTION bucardo.keep_syncname() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.syncname := coalesce(NEW.sync, NEW.syncname);
    RETURN NEW;
END
$$;
CREATE TRIGGER syncrun_keep_syncname BEFORE INSERT OR UPDATE OF sync ON bucardo.syncrun
    FOR EACH ROW EXECUTE FUNCTION bucardo.keep_syncname();

CREATE TABLE bucardo.service (
    id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hostname text        NOT NULL,
    pid      integer     NOT NULL,
    version  text,
    started  timestamptz NOT NULL DEFAULT now(),
    syncs    text[]      NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE bucardo.service IS 'Daemons that run at the moment, and the syncs that each has claimed';
