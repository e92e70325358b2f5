-- Whatever is changed here from now on is dated after $1, the time on the nodes that this round has read, wherever this node's clock may stand. What the clock lags behind
-- is made up at a tenth of its speed at most, so that the times given here never go backwards.
UPDATE bucardo_node.node
SET ahead = greatest($1 - clock_timestamp(), ahead - greatest(clock_timestamp() - ahead_set, '0') / 10, '0'), ahead_set = clock_timestamp()
WHERE $1 > clock_timestamp() + ahead OR ahead > '0'
