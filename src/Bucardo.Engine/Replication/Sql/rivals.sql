-- Rows that hold a unique value of the given row.
SELECT {canonical} FROM {table} t JOIN {rows} s ON {given} WHERE {same} AND NOT ({match}) FOR UPDATE OF t
