-- A row that is missing may be one that has not come yet. These were here, or would have been.
SELECT {texts}
FROM unnest({arrays}) AS u({texts})
WHERE EXISTS (SELECT FROM bucardo_node.{changes} c WHERE {match})
   OR EXISTS (SELECT FROM bucardo_node.truncation WHERE captured = {id})
