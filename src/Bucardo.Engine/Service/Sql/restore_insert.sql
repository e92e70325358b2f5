INSERT INTO {target} ({columns}) OVERRIDING SYSTEM VALUE VALUES ({values})
