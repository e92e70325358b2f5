SELECT m.herd, m.goat, m.priority FROM bucardo.herdmap m ORDER BY m.herd, m.priority DESC, m.goat
