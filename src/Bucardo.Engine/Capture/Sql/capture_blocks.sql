
            -- At first in blocks, each of which is one array that is cut into pieces. Only so many blocks, for each passes over the rows before it.
            WHILE bucardo.done OPERATOR(pg_catalog.<) {end} LOOP
            {record}
                GET DIAGNOSTICS written = ROW_COUNT;
                EXIT WHEN written OPERATOR(pg_catalog.<) {full};
                done := bucardo.done OPERATOR(pg_catalog.+) {block};
            END LOOP;
            IF written OPERATOR(pg_catalog.>=) {full} THEN