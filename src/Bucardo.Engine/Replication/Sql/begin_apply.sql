-- What the capture functions look at: these writes are not local ones.
-- Where the commit need not wait for the disk ($1), it does not; but where a standby is waited for, that stays as it is set.
SELECT set_config('bucardo.origin', 'replication', true),
       set_config('synchronous_commit', CASE WHEN $1 OR current_setting('synchronous_standby_names') <> '' THEN current_setting('synchronous_commit') ELSE 'off' END, true)
