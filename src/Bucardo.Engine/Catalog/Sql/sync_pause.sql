UPDATE bucardo.sync SET paused = $2, pause_reason = $3::text WHERE name = $1
