UPDATE bucardo_node.consumer SET acknowledged = $3, at = now() WHERE sync = $1 AND peer = $2 AND acknowledged <> $3
