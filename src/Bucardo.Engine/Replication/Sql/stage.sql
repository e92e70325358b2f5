CREATE TEMP TABLE IF NOT EXISTS {stage} (
    {columns},
    "bucardo$present" boolean,
    "bucardo$origin" integer,
    "bucardo$version" xid8,
    "bucardo$at" timestamptz{state},
    "bucardo$own" boolean NOT NULL DEFAULT false
) ON COMMIT DELETE ROWS
