-- Takes a database out of everything that uses it. Syncs that would lose their last source make the transaction fail at its end.
WITH groups AS (
    DELETE FROM bucardo.dbmap WHERE db = $1
), syncs AS (
    UPDATE bucardo.sync s SET conflict_strategy = coalesce(nullif(array_to_string(array_remove(string_to_array(s.conflict_strategy, ' '), $1), ' '), ''), 'bucardo_latest')
    WHERE $1 = ANY (string_to_array(s.conflict_strategy, ' '))
), tables AS (
    UPDATE bucardo.goat g SET conflict_strategy = nullif(array_to_string(array_remove(string_to_array(g.conflict_strategy, ' '), $1), ' '), '')
    WHERE $1 = ANY (string_to_array(g.conflict_strategy, ' ')) AND g.db <> $1
)
DELETE FROM bucardo.goat WHERE db = $1
