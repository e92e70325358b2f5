UPDATE {table} t SET {assignments} WHERE {match}
