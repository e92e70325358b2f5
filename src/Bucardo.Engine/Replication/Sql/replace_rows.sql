-- Counting makes the deletion complete before the first row is inserted.
WITH gone AS (
    DELETE FROM {table} t USING {rows} s WHERE {match} RETURNING 1
), counted AS (
    SELECT count(*) AS rows FROM gone
)
INSERT INTO {target} ({columns}) OVERRIDING SYSTEM VALUE
SELECT {values} FROM counted CROSS JOIN {rows} s WHERE s."bucardo$present" AND counted.rows >= 0
