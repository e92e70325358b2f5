-- Rows that a TRUNCATE wins against.
INSERT INTO bucardo_node.conflict (sync, relation, schemaname, tablename, strategy, key, kind, outcome, winner_origin, winner_xid, winner_at, loser_origin, loser_xid, loser_at, loser_row)
SELECT {sync}, {relation}, {schema}, {name}, {strategy}, c.key, 'row', 'winner', {winner}, c.loser_origin, c.loser_xid, c.loser_at, {old}
FROM (SELECT key, loser_origin, loser_xid::xid8, loser_at, {values}
      FROM unnest({conflicts}, {arrays}) AS u(key, loser_origin, loser_xid, loser_at, {texts})) AS c(key, loser_origin, loser_xid, loser_at, {texts})
JOIN {table} t ON {match}
RETURNING key
