-- Gives an emptied change table's pages back. Whoever uses it at the moment comes first: then it is left as it is.
DO $do$
BEGIN
    LOCK TABLE bucardo_node.{change} IN ACCESS EXCLUSIVE MODE NOWAIT;
    IF NOT EXISTS (SELECT FROM bucardo_node.{change}) THEN
        TRUNCATE bucardo_node.{change};
    END IF;
EXCEPTION WHEN lock_not_available THEN
    NULL;
END
$do$
