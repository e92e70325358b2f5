-- Conflicts that need no loser: changes of different columns are merged, changes of counters add up.

ALTER TABLE bucardo.goat
    ADD COLUMN merge_columns boolean NOT NULL DEFAULT false,
    ADD COLUMN counters      text[]  NOT NULL DEFAULT '{}',
    ADD CONSTRAINT goat_merge_valid CHECK (
        array_position(counters, NULL) IS NULL AND NOT counters && keycolumns
        AND (reltype = 'table' OR (NOT merge_columns AND counters = '{}')));
COMMENT ON COLUMN bucardo.goat.merge_columns IS 'changes of different columns of one row on different nodes are both kept';
COMMENT ON COLUMN bucardo.goat.counters IS 'numeric columns whose changes on all nodes add up';
