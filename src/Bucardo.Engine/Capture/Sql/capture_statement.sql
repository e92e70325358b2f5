CREATE OR REPLACE FUNCTION bucardo_node.{function}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS {quote}
#variable_conflict use_column
BEGIN
    IF {applied} THEN RETURN NULL; END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO bucardo_node.{change} ({change_keys}, at) SELECT {keys}, {now} FROM bucardo_new;
    ELSIF TG_OP = 'UPDATE' THEN
        -- UNION: a key that did not change is recorded once, a key that changed under both its values.
        INSERT INTO bucardo_node.{change} ({change_keys}, at) SELECT u.*, {now} FROM (SELECT {keys} FROM bucardo_new UNION SELECT {keys} FROM bucardo_old) AS u;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO bucardo_node.{change} ({change_keys}, at) SELECT {keys}, {now} FROM bucardo_old;
    ELSE
        INSERT INTO bucardo_node.truncation (captured, at) VALUES ({id}, {now});
    END IF;
    IF FOUND THEN
        {kick}
    END IF;
    RETURN NULL;
END
{quote};
REVOKE ALL ON FUNCTION bucardo_node.{function}() FROM PUBLIC;
