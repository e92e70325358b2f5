-- What is older than the setting says; a sync may have its own. The marked rows stay: they are what the status shows.
DELETE FROM bucardo.syncrun r
USING (
    SELECT s.item, s.setting::integer AS days FROM bucardo.bucardo_config s WHERE lower(s.name) = 'run_history_days' AND (s.item IS NULL OR s.type = 'sync')
) AS k
WHERE k.days > 0 AND r.ended < now() - make_interval(days => k.days) AND NOT r.lastgood AND NOT r.lastbad AND NOT r.lastempty
  AND (r.syncname = k.item OR (k.item IS NULL AND NOT EXISTS (
      SELECT FROM bucardo.bucardo_config o WHERE lower(o.name) = 'run_history_days' AND o.type = 'sync' AND o.item = r.syncname)))
