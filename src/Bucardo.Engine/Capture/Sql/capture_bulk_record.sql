IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
                INSERT INTO bucardo_node.{bulk} ({change_keys}, at) {insert};
            ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
                INSERT INTO bucardo_node.{bulk} ({change_keys}, at) {update};
            ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
                INSERT INTO bucardo_node.{bulk} ({change_keys}, at) {delete};
            END IF;