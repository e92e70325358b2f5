-- Only what differs: a row that is right already costs no new version. *<> compares images, so it works for types without equality too.
UPDATE {table} t SET {assignments} FROM {rows} s
WHERE {match} AND s."bucardo$present" AND ROW({old})::record *<> ROW({new})::record
