-- What uses a database, in words.
SELECT format('database group ''%s''', m.dbgroup) FROM bucardo.dbmap m WHERE m.db = $1
UNION ALL
(SELECT format('%s registered tables', count(*)) FROM bucardo.goat g WHERE g.db = $1 HAVING count(*) > 0)
UNION ALL
SELECT format('the conflict strategy of sync ''%s''', s.name) FROM bucardo.sync s WHERE $1 = ANY (string_to_array(s.conflict_strategy, ' '))
UNION ALL
SELECT format('the conflict strategy of table ''%s.%s''', g.schemaname, g.tablename) FROM bucardo.goat g WHERE $1 = ANY (string_to_array(g.conflict_strategy, ' '))
