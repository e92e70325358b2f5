CREATE OR REPLACE FUNCTION bucardo_node.{function}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS {quote}
BEGIN
    IF {applied} THEN RETURN NULL; END IF;
    IF TG_OP = 'TRUNCATE' THEN
        INSERT INTO bucardo_node.truncation (captured, at) VALUES ({id}, {now});
    ELSE
        IF TG_OP <> 'DELETE' THEN
            INSERT INTO bucardo_node.{change} ({change_keys}, at) VALUES ({new_keys}, {now});
        END IF;
        IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND ROW({new_keys})::record *<> ROW({old_keys})::record) THEN
            INSERT INTO bucardo_node.{change} ({change_keys}, at) VALUES ({old_keys}, {now});
        END IF;
    END IF;
    {kick}
    RETURN NULL;
END
{quote};
REVOKE ALL ON FUNCTION bucardo_node.{function}() FROM PUBLIC;
