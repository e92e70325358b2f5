-- The oldest conflicts of the sync $1 that wait on this node, about 16 MB at most: their numbers, and all of them as JSON.
WITH oldest AS (
    SELECT c.*, octet_length(concat(c.winner_row, c.loser_row, c.result_row)) AS size
    FROM bucardo_node.conflict c WHERE c.sync = $1 ORDER BY c.id LIMIT 500
), batch AS (
    SELECT o.*, sum(size) OVER (ORDER BY id) - size AS before FROM oldest o
)
SELECT array_agg(id ORDER BY id), json_agg(b ORDER BY id)::text FROM batch b WHERE before < 16000000 HAVING count(*) > 0
