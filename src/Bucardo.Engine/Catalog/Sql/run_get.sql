SELECT sync FROM bucardo.syncrun WHERE id = $1
