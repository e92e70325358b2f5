DELETE FROM {table} t WHERE {match}
