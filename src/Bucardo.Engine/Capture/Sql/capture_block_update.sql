WITH added ({change_keys}) AS (SELECT {arrays} FROM ({added}) AS r ({change_keys})), removed ({change_keys}) AS (SELECT {arrays} FROM ({removed}) AS r ({change_keys}))
                    -- Both images of a row have the same place in their tables: a key that did not change is recorded once, a key that changed under both its values.
                    SELECT {pieces}, {now} FROM added, pg_catalog.generate_series(1, pg_catalog.cardinality(added.k1), {keys_each}) AS i
                    UNION ALL
                    SELECT {removed_pieces}, {now} FROM added, removed, pg_catalog.generate_series(1, pg_catalog.cardinality(removed.k1), {keys_each}) AS i WHERE {differ}