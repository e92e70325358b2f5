-- Gives an emptied change table's pages back. Whoever uses it at the moment comes first: then it is left as it is.
DO $do$
BEGIN
    LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE NOWAIT;
    IF NOT EXISTS (SELECT FROM bucardo_node.{changes}) THEN
        TRUNCATE {tables};
    END IF;
EXCEPTION WHEN lock_not_available THEN
    NULL;
END
$do$
