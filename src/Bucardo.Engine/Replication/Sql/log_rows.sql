INSERT INTO bucardo_node.{change} ({keys}, origin, origin_xid, at)
SELECT {values}, s."bucardo$origin", s."bucardo$version", s."bucardo$at" FROM {rows} s
WHERE s."bucardo$present"
