-- Names are always qualified and text forms must be the same on all nodes.
SET search_path = pg_catalog, pg_temp;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';
SET extra_float_digits = 3;
SET bytea_output = 'hex';
SET lc_monetary = 'C';
SET xmloption = 'content';
-- A row that a policy hides must be an error, not a deletion.
SET row_security = off;
-- What is staged has no statistics: queries look dearer than they are, and would be compiled for nothing.
SET jit = off;
-- Rows are sorted and joined by the hundred thousand at times; with PostgreSQL's 4 MB that goes by files. Who has set more keeps it.
SELECT set_config('work_mem', '64MB', false) WHERE pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('64MB');
-- The same few statements come with every round: planning them anew each time costs more than running them.
SET plan_cache_mode = force_generic_plan;
-- The server, too, is to notice that this side has gone without a word: what it holds locked stays locked until then.
SET tcp_keepalives_idle = 30;
SET tcp_keepalives_interval = 10;
-- What a round commits, others rely on: it must survive a crash (where they do not, begin_apply.sql says otherwise). Waiting for standbys stays as it is set.
SELECT set_config('synchronous_commit', 'local', false) WHERE current_setting('synchronous_commit') = 'off';
SET statement_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET default_transaction_read_only = off;
SET default_transaction_deferrable = off
