-- Conflicts of the sync $1 (named $2) from the database $3, as JSON; those that are here already were decided elsewhere too, or brought twice.
INSERT INTO bucardo.conflict (sync, syncname, syncid, goat, schemaname, tablename, key, kind, constraint_name, strategy, outcome, decided, decided_on,
    winner, winner_origin, winner_xid, winner_at, winner_row, loser, loser_origin, loser_xid, loser_at, loser_row, result_row)
SELECT s.name, coalesce(s.name, $2), $1, c.relation, c.schemaname, c.tablename, c.key, c.kind, c.constraint_name, c.strategy, c.outcome, c.decided, $3,
       coalesce(w.name, 'database ' || c.winner_origin), c.winner_origin, c.winner_xid, c.winner_at, c.winner_row,
       coalesce(l.name, 'database ' || c.loser_origin), c.loser_origin, c.loser_xid, c.loser_at, c.loser_row, c.result_row
FROM json_to_recordset($4::json) AS c(id bigint, relation integer, schemaname text, tablename text, key text, kind text, constraint_name text, strategy text, outcome text, decided timestamptz,
    winner_origin integer, winner_xid xid8, winner_at timestamptz, winner_row json, loser_origin integer, loser_xid xid8, loser_at timestamptz, loser_row json, result_row json)
LEFT JOIN bucardo.sync s ON s.id = $1
LEFT JOIN bucardo.db w ON w.id = c.winner_origin
LEFT JOIN bucardo.db l ON l.id = c.loser_origin
ORDER BY c.decided, c.id
ON CONFLICT DO NOTHING
