-- The state belongs to the row's version and takes the place of what was here, for that version was made in knowledge of what was here.
WITH forgotten AS (
    DELETE FROM bucardo_node.{merge} m USING {rows} s WHERE {match} AND {state} IS NULL
)
INSERT INTO bucardo_node.{merge} ({keys}, state, gone)
SELECT {values}, {state}::jsonb, CASE WHEN NOT s."bucardo$present" THEN now() END
FROM {rows} s
WHERE {state} IS NOT NULL
ON CONFLICT ({keys}) DO UPDATE SET state = excluded.state, gone = excluded.gone
