-- The marked rows stay: they are what the status shows.
DELETE FROM bucardo.syncrun WHERE ended < now() - $1 AND NOT lastgood AND NOT lastbad AND NOT lastempty
