-- Rows that the given row excludes by one rule, or would if it were there.
SELECT {canonical}
FROM {rows} s {mine}
CROSS JOIN {table} t {other}
WHERE {given} AND {excludes} AND NOT ({match})
{lock}
