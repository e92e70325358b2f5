-- What a TRUNCATE leaves out here stays as it was, in the log too: it is logged again after the TRUNCATE, as the version that it was (of a row, or an earlier TRUNCATE), or as nothing.
WITH kept AS MATERIALIZED (
    SELECT {values}, u.row FROM unnest({arrays}) WITH ORDINALITY AS u({texts}, row)
), held AS (
    SELECT k.row, coalesce(c.origin, {node}) AS origin, coalesce(c.origin_xid, c.xid) AS version, c.at, c.seq, c.xid
    FROM kept k
    JOIN bucardo_node.{changes} c ON {match}
    UNION ALL
    SELECT k.row, coalesce(t.origin, {node}), coalesce(t.origin_xid, t.xid), t.at, t.seq, t.xid
    FROM kept k
    JOIN bucardo_node.truncation t ON t.captured = {id} AND t.xid <> pg_current_xact_id()
    UNION ALL
    SELECT k.row, {node}, {nothing}::xid8, now(), 0, '0'::xid8 FROM kept k
), last AS (
    SELECT DISTINCT ON (row) row, origin, version, at FROM held ORDER BY row, seq DESC, xid DESC
)
INSERT INTO bucardo_node.{change} ({keys}, origin, origin_xid, at)
SELECT {kept}, last.origin, last.version, last.at
FROM kept k
JOIN last USING (row)
