-- Counts the round; not where changes have been purged since its snapshot ($4: how far they were then), for whether a key had moved was asked of them.
-- Then nothing is counted, and the division by it is the error that keeps the COMMIT behind it from being run.
WITH counted AS (
    UPDATE bucardo_node.sync SET round = round + 1, timeline = nullif($2, 0), epoch = greatest(epoch, $3)
    WHERE id = $1 AND $4 = coalesce((SELECT max(c.purged::text::numeric) FROM bucardo_node.replicates r JOIN bucardo_node.captured c ON c.id = r.captured WHERE r.sync = $1), 0)
    RETURNING 1
)
SELECT 1 / count(*) FROM counted
