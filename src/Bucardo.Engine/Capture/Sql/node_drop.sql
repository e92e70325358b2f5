-- Nothing is replicated here any more: the database is left as it was before the first sync.
DO $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('bucardo_node'));
    LOCK TABLE bucardo_node.sync IN ACCESS EXCLUSIVE MODE;
    IF NOT EXISTS (SELECT FROM bucardo_node.sync) THEN
        DROP SCHEMA bucardo_node CASCADE;
    END IF;
END
$$
