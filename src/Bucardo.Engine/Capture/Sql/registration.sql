SELECT EXISTS (SELECT FROM bucardo_node.sync WHERE id = $1), ARRAY(SELECT peer FROM bucardo_node.consumer WHERE sync = $1)
