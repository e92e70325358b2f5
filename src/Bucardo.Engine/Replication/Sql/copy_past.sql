-- What was handed on with this node's log before does not hold for what the copy has put into it, and what holds is not known table by table.
INSERT INTO bucardo_node.past (sync, round, origins) SELECT id, round, '{}' FROM bucardo_node.sync WHERE id = $1
ON CONFLICT DO NOTHING
