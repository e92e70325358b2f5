INSERT INTO bucardo_node.conflict (sync, relation, schemaname, tablename, strategy, key, kind, constraint_name, outcome,
    winner_origin, winner_xid, winner_at, winner_row, loser_origin, loser_xid, loser_at, loser_row, result_row)
SELECT $1, $2, $3, $4, $5, c.key, c.kind, c.constraint_name, CASE WHEN c.result_row IS NULL THEN 'winner' ELSE 'merged' END,
       c.winner_origin, c.winner_xid::xid8, c.winner_at, c.winner_row::json, c.loser_origin, c.loser_xid::xid8, c.loser_at, c.loser_row::json, c.result_row::json
FROM unnest($6::text[], $7::text[], $8::text[], $9::integer[], $10::text[], $11::timestamptz[], $12::text[], $13::integer[], $14::text[], $15::timestamptz[], $16::text[], $17::text[])
     AS c(key, kind, constraint_name, winner_origin, winner_xid, winner_at, winner_row, loser_origin, loser_xid, loser_at, loser_row, result_row)
