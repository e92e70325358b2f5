INSERT INTO {stage} ({keys}, "bucardo$present", "bucardo$origin", "bucardo$version", "bucardo$at", "bucardo$own")
SELECT {row_keys}, false, {version}, true
FROM {table} t
WHERE ({canonical}) NOT IN (SELECT {texts} FROM unnest({arrays}) AS u({texts}))
  AND NOT EXISTS (SELECT FROM {stage} s WHERE {match})
