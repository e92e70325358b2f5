-- A round that was planned before the copy is refused.
UPDATE bucardo_node.sync SET round = round + 1 WHERE id = $1
