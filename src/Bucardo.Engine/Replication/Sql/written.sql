-- Which of the change tables $1 have any pages. One without has no rows, in whatever snapshot: pages come before the rows on them, and go only when every peer has seen what was there.
SELECT id FROM unnest($1::integer[]) AS id WHERE pg_relation_size(('bucardo_node.change_' || id)::regclass) > 0
