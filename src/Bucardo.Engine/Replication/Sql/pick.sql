-- Keys whose rows this node is to send; columns beyond the table's key stay NULL.
CREATE TEMP TABLE IF NOT EXISTS bucardo_pick (
    part integer, {keys}, origin integer, version xid8, at timestamptz
) ON COMMIT DELETE ROWS
