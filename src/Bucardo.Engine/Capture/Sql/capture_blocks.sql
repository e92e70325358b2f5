
            -- At first in blocks, each of which is one array that is cut into pieces. Only so many blocks, for each passes over the rows before it.
            WHILE bucardo.done OPERATOR(pg_catalog.<) {blocks_end} LOOP
                IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
                    INSERT INTO bucardo_node.{bulk} ({change_keys}, at) {insert};
                ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
                    INSERT INTO bucardo_node.{bulk} ({change_keys}, at) {update};
                ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
                    INSERT INTO bucardo_node.{bulk} ({change_keys}, at) {delete};
                END IF;
                GET DIAGNOSTICS written = ROW_COUNT;
                EXIT WHEN written OPERATOR(pg_catalog.<) {full};
                done := bucardo.done OPERATOR(pg_catalog.+) {block};
            END LOOP;
            IF written OPERATOR(pg_catalog.>=) {full} THEN