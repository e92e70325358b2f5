-- What a TRUNCATE left here is later than the TRUNCATE: it is logged again after it, as the versions that it was.
INSERT INTO bucardo_node.{change} ({keys}, origin, origin_xid, at)
SELECT DISTINCT ON ({keys}) {keys}, coalesce(c.origin, {node}), coalesce(c.origin_xid, c.xid), c.at
FROM bucardo_node.{change} c
WHERE ({canonical}) IN (SELECT {texts} FROM unnest({arrays}) AS u({texts}))
ORDER BY {keys}, c.seq DESC, c.xid DESC
