-- What is older than the setting says; a sync may have its own.
DELETE FROM bucardo.conflict c
USING (
    SELECT s.item, s.setting::integer AS days FROM bucardo.bucardo_config s WHERE lower(s.name) = 'conflict_history_days' AND (s.item IS NULL OR s.type = 'sync')
) AS k
WHERE k.days > 0 AND c.decided < now() - make_interval(days => k.days)
  AND (c.syncname = k.item OR (k.item IS NULL AND NOT EXISTS (
      SELECT FROM bucardo.bucardo_config o WHERE lower(o.name) = 'conflict_history_days' AND o.type = 'sync' AND o.item = c.syncname)))
