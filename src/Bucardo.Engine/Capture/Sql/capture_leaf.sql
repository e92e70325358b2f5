-- A TRUNCATE of one partition: its rows are gone, the other partitions' rows are not. The whole table's TRUNCATE has been recorded already.
CREATE OR REPLACE FUNCTION bucardo_node.{function}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET row_security = off
AS {quote}
BEGIN
    IF {applied} THEN RETURN NULL; END IF;
    IF NOT EXISTS (SELECT FROM bucardo_node.truncation WHERE captured = {id} AND xid = pg_current_xact_id()) THEN
        EXECUTE format(E'INSERT INTO bucardo_node.{change} ({change_keys}, at) SELECT {format_keys}, {now} FROM %s', TG_RELID::regclass);
        {kick}
    END IF;
    RETURN NULL;
END
{quote};
REVOKE ALL ON FUNCTION bucardo_node.{function}() FROM PUBLIC;
