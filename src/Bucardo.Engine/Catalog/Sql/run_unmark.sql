UPDATE bucardo.syncrun SET lastgood = lastgood AND $2 <> 'good', lastbad = lastbad AND $2 <> 'bad', lastempty = lastempty AND $2 <> 'empty'
WHERE sync = $1 AND ((lastgood AND $2 = 'good') OR (lastbad AND $2 = 'bad') OR (lastempty AND $2 = 'empty'))
