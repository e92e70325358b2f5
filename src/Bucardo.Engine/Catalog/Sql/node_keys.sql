-- The unique indexes that can serve as keys, the best one of each table first: the primary key, then the fewest columns, then the oldest.
SELECT i.indrelid AS table, k.columns, k.types
FROM pg_catalog.pg_index i
CROSS JOIN LATERAL (
    SELECT array_agg(a.attname::text ORDER BY x.n) AS columns,
           array_agg(pg_catalog.format_type(a.atttypid, a.atttypmod) ORDER BY x.n) AS types,
           bool_and(a.attnotnull) AS filled
    FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS x (attnum, n)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = x.attnum
    WHERE x.n <= i.indnkeyatts
) AS k
WHERE i.indrelid = ANY ($1::oid[])
  AND i.indisunique AND NOT i.indisexclusion AND i.indisvalid AND i.indisready AND i.indislive -- WITHOUT OVERLAPS is no equality
  AND i.indpred IS NULL AND i.indexprs IS NULL
  AND (i.indisprimary OR (i.indimmediate AND k.filled))
ORDER BY i.indrelid, i.indisprimary DESC, i.indnkeyatts, i.indexrelid
