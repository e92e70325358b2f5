-- Everything that is to be written, in the order of the keys, so that two of us never wait for each other.
SELECT count(*) FROM (SELECT FROM {table} t JOIN {rows} s ON {match} ORDER BY {row_keys} FOR UPDATE OF t) AS locked
