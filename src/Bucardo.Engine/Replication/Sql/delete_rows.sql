DELETE FROM {table} t USING {rows} s WHERE {match} AND ({gone})
