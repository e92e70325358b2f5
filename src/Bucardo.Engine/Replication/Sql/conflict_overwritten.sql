-- What is about to be overwritten by a version that won: the row here as it is, and the one that comes. Where neither exists, both sides have deleted it: nothing is lost.
INSERT INTO bucardo_node.conflict (sync, relation, schemaname, tablename, strategy, key, kind, outcome,
    winner_origin, winner_xid, winner_at, winner_row, loser_origin, loser_xid, loser_at, loser_row)
SELECT {sync}, {relation}, {schema}, {name}, {strategy}, c.key, 'row', 'winner',
       s."bucardo$origin", s."bucardo$version", s."bucardo$at", CASE WHEN s."bucardo$present" THEN {new} END,
       c.loser_origin, c.loser_xid, c.loser_at, CASE WHEN t.tableoid IS NOT NULL THEN {old} ELSE c.lost END
FROM (SELECT key, loser_origin, loser_xid::xid8, loser_at, {values}, lost::json
      FROM unnest({conflicts}, {arrays}, {lost}) AS u(key, loser_origin, loser_xid, loser_at, {texts}, lost)) AS c(key, loser_origin, loser_xid, loser_at, {texts}, lost)
JOIN {rows} s ON {match}
LEFT JOIN {table} t ON {row_match}
WHERE s."bucardo$present" OR t.tableoid IS NOT NULL OR c.lost IS NOT NULL
RETURNING key
