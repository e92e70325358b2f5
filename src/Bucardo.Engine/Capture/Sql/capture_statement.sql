-- Without SET search_path, which PostgreSQL works out twice a call, where it can be: all functions and operators are written with their schema, and the equality of keys is that of their types'
-- default operator class.
CREATE OR REPLACE FUNCTION bucardo_node.{function}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER{path}
AS {quote}
#variable_conflict use_column
-- {types}
<<bucardo>>
DECLARE
    written bigint;{done}
BEGIN
    IF {applied} THEN RETURN NULL; END IF;
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        INSERT INTO bucardo_node.{change} ({change_keys}, at) SELECT {keys}, {now} FROM bucardo_new{first};
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        -- UNION: a key that did not change is recorded once, a key that changed under both its values.
        INSERT INTO bucardo_node.{change} ({change_keys}, at) SELECT u.*, {now} FROM ((SELECT {keys} FROM bucardo_new{first}) UNION (SELECT {keys} FROM bucardo_old{first})) AS u;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        INSERT INTO bucardo_node.{change} ({change_keys}, at) SELECT {keys}, {now} FROM bucardo_old{first};
    ELSE
        INSERT INTO bucardo_node.truncation (captured, at) VALUES ({id}, {now});
    END IF;
    GET DIAGNOSTICS written = ROW_COUNT;
    IF written OPERATOR(pg_catalog.>) 0 THEN{rest}
        {kick}
    END IF;
    RETURN NULL;
END
{quote};
REVOKE ALL ON FUNCTION bucardo_node.{function}() FROM PUBLIC;
