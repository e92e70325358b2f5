-- Tables, sequences and herds of them.

CREATE FUNCTION bucardo.join_names(names text[], quoted boolean) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT coalesce(string_agg(CASE WHEN quoted THEN quote_ident(n) ELSE n END, '|' ORDER BY o), '') FROM unnest(names) WITH ORDINALITY AS x (n, o) $$;

CREATE TABLE bucardo.goat (
    id                 integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    db                 text        NOT NULL,
    schemaname         text        NOT NULL CHECK (schemaname <> ''),
    tablename          text        NOT NULL CHECK (tablename <> ''),
    reltype            text        NOT NULL DEFAULT 'table',
    keycolumns         text[]      NOT NULL DEFAULT '{}',
    keytypes           text[]      NOT NULL DEFAULT '{}',
    pkey               text        GENERATED ALWAYS AS (bucardo.join_names(keycolumns, false)) STORED,
    qpkey              text        GENERATED ALWAYS AS (bucardo.join_names(keycolumns, true)) STORED,
    pkeytype           text        GENERATED ALWAYS AS (bucardo.join_names(keytypes, false)) STORED,
    autokick           boolean,
    conflict_strategy  text,
    makedelta          text,
    rebuild_index      smallint    CHECK (rebuild_index >= 0),
    ghost              boolean     NOT NULL DEFAULT false,
    analyze_after_copy boolean     NOT NULL DEFAULT true,
    vacuum_after_copy  boolean     NOT NULL DEFAULT true,
    strict_checking    boolean     NOT NULL DEFAULT true,
    cdate              timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT goat_unique UNIQUE (db, schemaname, tablename),
    CONSTRAINT goat_db_fk FOREIGN KEY (db) REFERENCES bucardo.db (name) ON UPDATE CASCADE ON DELETE RESTRICT,
    CONSTRAINT goat_reltype_valid CHECK (reltype IN ('table', 'sequence')),
    CONSTRAINT goat_key_valid CHECK (
        cardinality(keycolumns) = cardinality(keytypes)
        AND (reltype = 'table') = (cardinality(keycolumns) > 0)
        AND array_position(keycolumns, NULL) IS NULL AND array_position(keytypes, NULL) IS NULL)
);
COMMENT ON TABLE bucardo.goat IS 'Tables and sequences, as the database "db" describes them';
COMMENT ON COLUMN bucardo.goat.keycolumns IS 'The key to replicate by, in order; pkey, qpkey and pkeytype show it in Bucardo''s spelling';

CREATE TABLE bucardo.herd (
    name  text        PRIMARY KEY CONSTRAINT herd_name_sane CHECK (bucardo.is_sane_name(name)),
    about text,
    cdate timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE bucardo.herd IS 'Named groups of tables and sequences (relation groups)';

CREATE TABLE bucardo.herdmap (
    herd     text        NOT NULL,
    goat     integer     NOT NULL,
    priority integer     NOT NULL DEFAULT 0,
    cdate    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT herdmap_unique PRIMARY KEY (herd, goat),
    CONSTRAINT herdmap_herd_fk FOREIGN KEY (herd) REFERENCES bucardo.herd (name) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT herdmap_goat_fk FOREIGN KEY (goat) REFERENCES bucardo.goat (id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX herdmap_goat ON bucardo.herdmap (goat);
COMMENT ON TABLE bucardo.herdmap IS 'Which table is in which herd; higher priority comes first, then the lower goat id';

-- All members of a herd come from one database. The herd's row is locked, so that two sessions that add members cannot both miss each other's.
CREATE FUNCTION bucardo.herdcheck() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    changed record;
BEGIN
    FOR changed IN
        SELECT h.name FROM bucardo.herd h
        WHERE CASE TG_TABLE_NAME WHEN 'herdmap' THEN h.name = to_jsonb(NEW) ->> 'herd'
              ELSE h.name IN (SELECT m.herd FROM bucardo.herdmap m WHERE m.goat = (to_jsonb(NEW) ->> 'id')::integer) END
        ORDER BY h.name FOR NO KEY UPDATE
    LOOP
        IF (SELECT count(DISTINCT g.db) FROM bucardo.herdmap m JOIN bucardo.goat g ON g.id = m.goat WHERE m.herd = changed.name) > 1 THEN
            RAISE EXCEPTION 'The members of herd "%" come from more than one database', changed.name
                USING ERRCODE = 'check_violation', CONSTRAINT = 'herd_one_db';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER herdcheck AFTER INSERT OR UPDATE ON bucardo.herdmap
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bucardo.herdcheck();
CREATE CONSTRAINT TRIGGER herdcheck AFTER UPDATE OF db ON bucardo.goat
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bucardo.herdcheck();
