UPDATE bucardo.conflict SET restored = clock_timestamp(), restored_on = $2 WHERE id = $1
