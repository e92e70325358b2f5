SELECT bucardo.canonical_strategy($1)
