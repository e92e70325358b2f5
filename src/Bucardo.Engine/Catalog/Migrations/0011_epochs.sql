CREATE SEQUENCE bucardo.epoch;
COMMENT ON SEQUENCE bucardo.epoch IS 'numbers the claims of services to run a sync, in the order in which they are taken; a node refuses whoever comes with a smaller number than it has met';
