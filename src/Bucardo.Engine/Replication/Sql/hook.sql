-- Custom code in SQL: what the function says of a conflict.
SELECT {function}($1::jsonb)::text
