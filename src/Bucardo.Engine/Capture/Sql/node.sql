-- What Bucardo keeps on a node. Everything lives in this one schema, so that it can be listed, checked and dropped as one thing.
CREATE SCHEMA IF NOT EXISTS bucardo_node;
COMMENT ON SCHEMA bucardo_node IS 'Bucardo for PowerShell: captured changes and progress of replication on this database';

-- Which node of which control database this is. A copy of a database (CREATE DATABASE ... TEMPLATE) carries the wrong one and is refused.
CREATE TABLE IF NOT EXISTS bucardo_node.node (
    singleton  boolean     NOT NULL DEFAULT true PRIMARY KEY CHECK (singleton),
    id         integer     NOT NULL,
    name       text        NOT NULL,
    version    integer     NOT NULL,
    installed  timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE bucardo_node.node ADD COLUMN IF NOT EXISTS ahead interval NOT NULL DEFAULT '0';
ALTER TABLE bucardo_node.node ADD COLUMN IF NOT EXISTS ahead_set timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN bucardo_node.node.ahead IS 'how far times received from other nodes were ahead of this node''s clock; added to the times of changes here, so that a change is never dated before one that it was made on';

-- Orders the changes of one key on this node: it is drawn while the row is locked, which transaction ids are not.
CREATE SEQUENCE IF NOT EXISTS bucardo_node.change_seq;

CREATE TABLE IF NOT EXISTS bucardo_node.captured (
    id           integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    relation     regclass    NOT NULL UNIQUE,
    key_columns  text[]      NOT NULL,
    key_types    text[]      NOT NULL,
    created      timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE bucardo_node.captured ADD COLUMN IF NOT EXISTS purged xid8;
COMMENT ON COLUMN bucardo_node.captured.purged IS 'changes below this transaction may have been purged: a peer that has not seen them all went back in time';

CREATE TABLE IF NOT EXISTS bucardo_node.truncation (
    seq         bigint      NOT NULL DEFAULT nextval('bucardo_node.change_seq') PRIMARY KEY,
    captured    integer     NOT NULL REFERENCES bucardo_node.captured ON DELETE CASCADE,
    xid         xid8        NOT NULL DEFAULT pg_current_xact_id(),
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    origin      integer,
    origin_xid  xid8,
    CHECK ((origin IS NULL) = (origin_xid IS NULL))
);

CREATE TABLE IF NOT EXISTS bucardo_node.sync (
    id        integer NOT NULL PRIMARY KEY,
    name      text    NOT NULL UNIQUE,
    round     bigint  NOT NULL DEFAULT 0
);
ALTER TABLE bucardo_node.sync ADD COLUMN IF NOT EXISTS epoch bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN bucardo_node.sync.epoch IS 'the greatest number of a claim to run the sync under which a round has been applied here; rounds under a smaller one are refused';
COMMENT ON COLUMN bucardo_node.sync.round IS 'counts the rounds applied here; a round that was planned before another one committed is refused by it';

ALTER TABLE bucardo_node.sync ADD COLUMN IF NOT EXISTS timeline integer;
COMMENT ON COLUMN bucardo_node.sync.timeline IS 'the timeline of this server when the last round was applied here';

-- Which tables a sync replicates here; source: triggers capture local changes, else the table only logs what is applied.
CREATE TABLE IF NOT EXISTS bucardo_node.replicates (
    sync      integer NOT NULL REFERENCES bucardo_node.sync ON DELETE CASCADE,
    captured  integer NOT NULL REFERENCES bucardo_node.captured ON DELETE CASCADE,
    source    boolean NOT NULL,
    autokick  boolean NOT NULL,
    PRIMARY KEY (sync, captured)
);
CREATE INDEX IF NOT EXISTS replicates_captured ON bucardo_node.replicates (captured);
ALTER TABLE bucardo_node.replicates ADD COLUMN IF NOT EXISTS merge_columns boolean NOT NULL DEFAULT false;
ALTER TABLE bucardo_node.replicates ADD COLUMN IF NOT EXISTS counters text[] NOT NULL DEFAULT '{}';

-- The context: per origin, the transactions of it that this node has seen. floor: the part of which everything has come (below all deferred keys, and below a backlog that travels in steps).
CREATE TABLE IF NOT EXISTS bucardo_node.progress (
    sync      integer     NOT NULL REFERENCES bucardo_node.sync ON DELETE CASCADE,
    origin    integer     NOT NULL,
    snapshot  pg_snapshot NOT NULL,
    floor     pg_snapshot NOT NULL,
    part_xid  xid8,
    part_seq  bigint,
    moved     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sync, origin),
    CHECK ((part_xid IS NULL) = (part_seq IS NULL))
);
COMMENT ON COLUMN bucardo_node.progress.part_xid IS 'a transaction outside snapshot of which the changes up to part_seq have been seen: it travels in several steps';

ALTER TABLE bucardo_node.progress ADD COLUMN IF NOT EXISTS timeline integer, ADD COLUMN IF NOT EXISTS timeline_start xid8, ADD COLUMN IF NOT EXISTS timeline_shared xid8;
ALTER TABLE bucardo_node.progress ADD COLUMN IF NOT EXISTS is_incomplete boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN bucardo_node.progress.is_incomplete IS 'whether the origin is still to send something of what snapshot says has been seen, here or by others that handed it on: its backlog travels in steps';
COMMENT ON COLUMN bucardo_node.progress.timeline IS 'the origin''s timeline when this was recorded; another one later means that a standby was promoted in its place';
COMMENT ON COLUMN bucardo_node.progress.timeline_start IS 'where what was known of the origin''s earlier timeline was cut, because it gives the same transaction ids again from about there on';
COMMENT ON COLUMN bucardo_node.progress.timeline_shared IS 'what was committed below it on the earlier timeline is there on the later one too; what others have from there on may be lost on the origin';

-- The contexts of tables that go a way of their own, because they could not be replicated for a while: as progress, per table (its id in the control database).
CREATE TABLE IF NOT EXISTS bucardo_node.held (
    sync      integer     NOT NULL REFERENCES bucardo_node.sync ON DELETE CASCADE,
    relation  integer     NOT NULL,
    origin    integer     NOT NULL,
    snapshot  pg_snapshot NOT NULL,
    floor     pg_snapshot NOT NULL,
    part_xid  xid8,
    part_seq  bigint,
    PRIMARY KEY (sync, relation, origin),
    CHECK ((part_xid IS NULL) = (part_seq IS NULL))
);

-- The context as it was after each round: what this node had seen when it had the part of its log up to there. So a receiver of a part of a backlog knows what the rows were made on.
-- Where nodes log what they receive; snapshots is null where a table had a context of its own.
CREATE TABLE IF NOT EXISTS bucardo_node.past (
    xid         xid8      NOT NULL DEFAULT pg_current_xact_id(),
    sync        integer   NOT NULL REFERENCES bucardo_node.sync ON DELETE CASCADE,
    round       bigint    NOT NULL,
    origins     integer[] NOT NULL,
    snapshots   text[],
    part_xids   text[],
    exceptions  text,
    PRIMARY KEY (xid, sync)
);
COMMENT ON COLUMN bucardo_node.past.exceptions IS 'what was deferred after the round: a JSON array of arrays (relation, key, origin, xid, time); null: nothing';

-- Exceptions to the context: versions of keys that a round had to leave out because the key had just changed here.
CREATE TABLE IF NOT EXISTS bucardo_node.deferred (
    sync      integer     NOT NULL REFERENCES bucardo_node.sync ON DELETE CASCADE,
    relation  integer     NOT NULL,
    key       text        NOT NULL,
    origin    integer     NOT NULL,
    xid       xid8        NOT NULL,
    at        timestamptz NOT NULL
);
ALTER TABLE bucardo_node.deferred REPLICA IDENTITY FULL;
CREATE INDEX IF NOT EXISTS deferred_sync ON bucardo_node.deferred (sync, relation);

-- Keys of rows that are gone here while others may have come to refer to them: looked at when nothing is under way any more. No key: the table was emptied.
CREATE TABLE IF NOT EXISTS bucardo_node.suspect (
    sync      integer   NOT NULL REFERENCES bucardo_node.sync ON DELETE CASCADE,
    relation  integer   NOT NULL,
    key       text,
    waits     integer[] NOT NULL
);
ALTER TABLE bucardo_node.suspect REPLICA IDENTITY FULL;
COMMENT ON COLUMN bucardo_node.suspect.waits IS 'nodes of which only a part of the backlog had been read';

-- What the peers have acknowledged: a copy for purging and for monitoring, brought up to date now and then.
CREATE TABLE IF NOT EXISTS bucardo_node.consumer (
    sync          integer     NOT NULL REFERENCES bucardo_node.sync ON DELETE CASCADE,
    peer          integer     NOT NULL,
    acknowledged  pg_snapshot NOT NULL DEFAULT pg_current_snapshot(),
    at            timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sync, peer)
);

-- Conflicts decided here, in the transaction that decided them, until they have been moved to the control database.
CREATE TABLE IF NOT EXISTS bucardo_node.conflict (
    id               bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sync             integer     NOT NULL REFERENCES bucardo_node.sync ON DELETE CASCADE,
    relation         integer     NOT NULL,
    schemaname       text        NOT NULL,
    tablename        text        NOT NULL,
    key              text        NOT NULL,
    kind             text        NOT NULL,
    constraint_name  text,
    strategy         text        NOT NULL,
    outcome          text        NOT NULL,
    decided          timestamptz NOT NULL DEFAULT clock_timestamp(),
    winner_origin    integer     NOT NULL,
    winner_xid       xid8        NOT NULL,
    winner_at        timestamptz NOT NULL,
    winner_row       json,
    loser_origin     integer,
    loser_xid        xid8,
    loser_at         timestamptz,
    loser_row        json,
    result_row       json
);
COMMENT ON COLUMN bucardo_node.conflict.relation IS 'id of the table in the control database';
COMMENT ON COLUMN bucardo_node.conflict.key IS 'key of the row that lost, a JSON array of texts';
COMMENT ON COLUMN bucardo_node.conflict.loser_row IS 'column by column as text; NULL: the version is a deletion';
COMMENT ON COLUMN bucardo_node.conflict.loser_origin IS 'NULL: nobody knows any more where the row came from';
COMMENT ON COLUMN bucardo_node.conflict.result_row IS 'what the row became, where that is neither the one nor the other';

ALTER TABLE bucardo_node.consumer ADD COLUMN IF NOT EXISTS confirmed boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN bucardo_node.consumer.confirmed IS 'whether the peer itself said so; else it is where the peer was registered';

ALTER TABLE bucardo_node.consumer ADD COLUMN IF NOT EXISTS joined boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN bucardo_node.consumer.joined IS 'whether the peer came when the sync had been started here before: what its tables hold by then may be anything';
ALTER TABLE bucardo_node.replicates ADD COLUMN IF NOT EXISTS filled boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN bucardo_node.replicates.filled IS 'whether the table has got its data here: a node that joined takes part in rounds when all its tables have';

REVOKE ALL ON SCHEMA bucardo_node FROM PUBLIC;
