-- A round that was begun and never ended: its process was killed, or lost the control database.
UPDATE bucardo.syncrun SET ended = now(), outcome = 'bad', lastbad = true, status = 'The process that ran this round ended without saying how it went.'
WHERE sync = $1 AND ended IS NULL
