CREATE TABLE IF NOT EXISTS bucardo_node.{merge} (
    {key_definitions},
    state  jsonb       NOT NULL,
    gone   timestamptz,
    PRIMARY KEY ({keys})
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS {index} ON bucardo_node.{merge} (gone) WHERE gone IS NOT NULL;
COMMENT ON TABLE bucardo_node.{merge} IS {comment};
