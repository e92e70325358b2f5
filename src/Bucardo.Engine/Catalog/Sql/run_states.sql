SELECT s.name,
       CASE WHEN s.status = 'inactive' THEN 'Inactive' WHEN s.paused THEN 'Paused' WHEN r.running THEN 'Running'
            ELSE coalesce(r.latest, 'No records found') END AS state,
       g.ended AS lastgood, extract(epoch FROM g.ended - g.started)::float8 AS duration, coalesce(g.inserts + g.updates, 0) AS inserts,
       coalesce(g.deletes, 0) AS deletes, coalesce(g.conflicts, 0) AS conflicts, b.ended AS lastbad, b.status AS lasterror, r.laststatus,
       EXISTS (SELECT 1 FROM bucardo.service v WHERE s.name = ANY (v.syncs)) AS served,
       (SELECT count(*) FROM bucardo.conflict c WHERE c.syncname = s.name AND c.decided >= now() - interval '24 hours') AS recent_conflicts
FROM bucardo.sync s
LEFT JOIN bucardo.syncrun g ON g.sync = s.name AND g.lastgood
LEFT JOIN bucardo.syncrun b ON b.sync = s.name AND b.lastbad
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT 1 FROM bucardo.syncrun o WHERE o.sync = s.name AND o.ended IS NULL) AS running,
           (SELECT initcap(l.outcome) FROM bucardo.syncrun l WHERE l.sync = s.name AND (l.lastgood OR l.lastbad OR l.lastempty)
            ORDER BY l.ended DESC, l.id DESC LIMIT 1) AS latest,
           (SELECT l.status FROM bucardo.syncrun l WHERE l.sync = s.name AND l.ended IS NOT NULL ORDER BY l.ended DESC, l.id DESC LIMIT 1) AS laststatus
) AS r
WHERE $1::text IS NULL OR s.name LIKE $1::text
ORDER BY s.name
