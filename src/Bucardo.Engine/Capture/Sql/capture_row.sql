-- Without SET search_path where it can be, as capture_statement.sql.
CREATE OR REPLACE FUNCTION bucardo_node.{function}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER{path}
AS {quote}
-- {types}
BEGIN
    IF {applied} THEN RETURN NULL; END IF;
    IF TG_OP OPERATOR(pg_catalog.=) 'TRUNCATE' THEN
        INSERT INTO bucardo_node.truncation (captured, at) VALUES ({id}, {now});
    ELSE
        IF TG_OP OPERATOR(pg_catalog.<>) 'DELETE' THEN
            INSERT INTO bucardo_node.{change} ({change_keys}, at) VALUES ({new_keys}, {now});
        END IF;
        IF TG_OP OPERATOR(pg_catalog.=) 'DELETE'
            OR (TG_OP OPERATOR(pg_catalog.=) 'UPDATE' AND ROW({new_keys})::pg_catalog.record OPERATOR(pg_catalog.*<>) ROW({old_keys})::pg_catalog.record) THEN
            INSERT INTO bucardo_node.{change} ({change_keys}, at) VALUES ({old_keys}, {now});
        END IF;
    END IF;
    {kick}
    RETURN NULL;
END
{quote};
REVOKE ALL ON FUNCTION bucardo_node.{function}() FROM PUBLIC;
