-- Unique indexes by which rows can be identified, of the tables with the oids in $1: key columns in index order with each column's equality operator.
SELECT i.indrelid, i.indexrelid, i.indisprimary, i.indimmediate,
       array_agg(a.attname::text ORDER BY k.ord),
       array_agg(quote_ident(opn.nspname) || '.' || op.oprname ORDER BY k.ord),
       bool_and(a.attnotnull)
FROM pg_index i
CROSS JOIN LATERAL unnest(i.indkey::int2[], i.indclass::oid[]) WITH ORDINALITY AS k(attnum, opclass, ord)
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
JOIN pg_opclass oc ON oc.oid = k.opclass
JOIN pg_amop am ON am.amopfamily = oc.opcfamily AND am.amopstrategy = 3 AND am.amoplefttype = oc.opcintype AND am.amoprighttype = oc.opcintype
JOIN pg_operator op ON op.oid = am.amopopr
JOIN pg_namespace opn ON opn.oid = op.oprnamespace
WHERE i.indrelid = ANY ($1::oid[]) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
  AND k.ord <= i.indnkeyatts
GROUP BY i.indrelid, i.indexrelid, i.indisprimary, i.indimmediate, i.indnkeyatts
HAVING count(*) = i.indnkeyatts
