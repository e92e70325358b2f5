SELECT c.name, c.language, c.src_code, extract(epoch FROM c.timeout)::double precision AS timeout, c.seal, c.status, c.about, c.cdate,
       ARRAY (SELECT u FROM bucardo.code_users(c.name) AS u) AS users
FROM bucardo.customcode c
WHERE c.whenrun = 'conflict' AND ($1::text IS NULL OR c.name LIKE $1::text)
ORDER BY c.name
