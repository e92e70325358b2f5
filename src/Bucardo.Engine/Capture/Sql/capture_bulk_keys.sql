SELECT {arrays}, {now} FROM (
                    SELECT r.*, (pg_catalog.row_number() OVER () OPERATOR(pg_catalog.-) 1) OPERATOR(pg_catalog./) {keys_each} AS part FROM ({rest}) AS r ({change_keys})) AS p
                GROUP BY part