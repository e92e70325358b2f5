-- The next number; beyond one that a node has met already, should this control database have been restored from a backup.
SELECT CASE WHEN n.next > $1 THEN n.next ELSE setval('bucardo.epoch', $1 + 1) END
FROM (SELECT nextval('bucardo.epoch')) AS n(next)
