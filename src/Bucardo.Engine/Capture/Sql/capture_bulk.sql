
        -- What a large statement changed beyond its first rows.
        IF written OPERATOR(pg_catalog.>=) {few} THEN{blocks}
            {record}{blocks_end}
        END IF;