INSERT INTO bucardo.db (name, dbdsn, dbhost, dbport, dbname, dbuser, dbpass, dbconn, dbservice, pgpass, status)
VALUES ($1, coalesce($2::text, ''), coalesce($3::text, ''), coalesce($4::text, ''), $5::text, $6::text, $7::text,
        coalesce($8::text, ''), coalesce($9::text, ''), $10::text, $11)
