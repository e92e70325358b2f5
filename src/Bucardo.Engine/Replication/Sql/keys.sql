-- Keys as a source of rows, for logging them as changes of this node's own.
(SELECT {texts}, EXISTS (SELECT FROM {table} t WHERE {match}) AS "bucardo$present", NULL::integer AS "bucardo$origin", NULL::xid8 AS "bucardo$version",
        {now} AS "bucardo$at", u.row AS "bucardo$row"
 FROM unnest({arrays}) WITH ORDINALITY AS u({names}, row))
