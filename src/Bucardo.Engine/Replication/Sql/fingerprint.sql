-- Changes whenever a column of one of the tables does: then the shapes are read anew before anything is copied.
SELECT coalesce(md5(string_agg(concat_ws(',', attrelid, attnum, attname, atttypid, atttypmod, attnotnull, atthasdef, attgenerated, attidentity), ';' ORDER BY attrelid, attnum)), '')
FROM pg_attribute
WHERE attrelid = ANY ($1::oid[]) AND attnum > 0 AND NOT attisdropped
