CREATE TEMP TABLE {stage} (
    {columns},
    "bucardo$present" boolean,
    "bucardo$origin" integer,
    "bucardo$version" xid8,
    "bucardo$at" timestamptz{state}
) ON COMMIT DELETE ROWS
