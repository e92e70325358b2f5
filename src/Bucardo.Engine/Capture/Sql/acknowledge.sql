-- As text, because pg_snapshot knows no comparison. A peer that says less than before went back in time: that is for the next round to find, so it is not noted.
UPDATE bucardo_node.consumer SET acknowledged = $3::pg_snapshot, confirmed = true, at = now()
WHERE sync = $1 AND peer = $2 AND (NOT confirmed OR acknowledged::text <> ($3::pg_snapshot)::text) AND pg_snapshot_xmax(acknowledged) <= pg_snapshot_xmax($3::pg_snapshot)
