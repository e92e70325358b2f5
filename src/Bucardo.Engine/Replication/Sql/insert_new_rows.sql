INSERT INTO {target} ({columns}) OVERRIDING SYSTEM VALUE SELECT {values} FROM {rows} s WHERE s."bucardo$present"
