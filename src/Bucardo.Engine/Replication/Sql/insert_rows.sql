INSERT INTO {target} ({columns}) OVERRIDING SYSTEM VALUE
SELECT {values} FROM {rows} s
WHERE s."bucardo$present" AND NOT EXISTS (SELECT FROM {table} t WHERE {match}){where}
{conflict}
