-- How far the sources' clocks are off, as services measure it. Not in bucardo.db: whoever changes that changes the configuration.

CREATE TABLE bucardo.db_clock (
    db           integer     PRIMARY KEY REFERENCES bucardo.db (id) ON DELETE CASCADE,
    clock_offset interval    NOT NULL,
    uncertainty  interval    NOT NULL,
    measured     timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON COLUMN bucardo.db_clock.clock_offset IS 'How far the database''s clock is ahead of the service''s; negative: behind';
COMMENT ON COLUMN bucardo.db_clock.uncertainty IS 'Half of the time that the question took there and back';

INSERT INTO bucardo.bucardo_config (name, setting, defval, about) VALUES
    ('clock_offset_limit', '1', '1', 'How many seconds a source''s clock may be off before the service warns; 0: it is not looked at');
ALTER TABLE bucardo.bucardo_config
    ADD CONSTRAINT bucardo_config_clock_offset_limit CHECK (lower(name) <> 'clock_offset_limit' OR setting ~ '^[0-9]{1,6}(\.[0-9]{1,6})?$');
