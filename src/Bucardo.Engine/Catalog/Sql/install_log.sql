INSERT INTO bucardo.upgrade_log (action, summary, version) VALUES ($1, $2, $3)
