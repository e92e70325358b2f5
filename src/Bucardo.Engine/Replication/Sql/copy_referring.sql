-- A table outside of what is copied ($2) that refers to a table: deleting its rows would take others along, or be refused.
SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND confrelid = $1 AND conrelid <> ALL ($2::oid[]) LIMIT 1
