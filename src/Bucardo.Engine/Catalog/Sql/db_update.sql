UPDATE bucardo.db SET name = $2, dbdsn = coalesce($3::text, ''), dbhost = coalesce($4::text, ''), dbport = coalesce($5::text, ''), dbname = $6::text,
    dbuser = $7::text, dbpass = $8::text, dbconn = coalesce($9::text, ''), dbservice = coalesce($10::text, ''), pgpass = $11::text, status = $12
WHERE name = $1
