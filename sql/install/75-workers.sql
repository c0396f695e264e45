
-- The background workers, as src/worker/README.md tells of them.

CREATE FUNCTION kv.worker_states(
    OUT database name, OUT kind text, OUT oid oid, OUT pid integer, OUT state text, OUT since timestamptz,
    OUT removed bigint, OUT last_batch bigint, OUT last_batch_at timestamptz,
    OUT last_error text, OUT last_error_at timestamptz, OUT next_start timestamptz
)
RETURNS SETOF record LANGUAGE c VOLATILE PARALLEL RESTRICTED ROWS 4
AS 'MODULE_PATHNAME', 'kv_workers';
COMMENT ON FUNCTION kv.worker_states() IS 'The rows of the view kv.workers';

CREATE VIEW kv.workers AS
SELECT states.database, states.kind, states.oid, states.pid, states.state, states.since,
       states.removed, states.last_batch, states.last_batch_at,
       states.last_error, states.last_error_at, states.next_start
FROM kv.worker_states() AS states;
COMMENT ON VIEW kv.workers IS
'The databases that kv.worker_databases lists: process and state of their workers, rows removed since the server started, the last error. Empty unless pg_kv is preloaded';
COMMENT ON COLUMN kv.workers.database IS 'Name of the PostgreSQL database, as kv.worker_databases lists it';
COMMENT ON COLUMN kv.workers.kind IS
'maintenance (removes what expired), server (serves the Redis protocol), relay (sends changes to external Redis servers), helper (runs slow commands for the server)';
COMMENT ON COLUMN kv.workers.oid IS 'Its oid, NULL if there is no such database';
COMMENT ON COLUMN kv.workers.pid IS 'Process id of the worker, NULL if there is none';
COMMENT ON COLUMN kv.workers.state IS
'starting, running, failing (its last work ended with an error), leaving, held (away while a session drops, renames, moves or copies the database), ended (is started again), no extension, other version, no database, no connections, template, no worker slot, no port (the server is not to listen), not listening (it could not: last_error says why), no target (there is nobody to relay to)';
COMMENT ON COLUMN kv.workers.since IS 'When that state began';
COMMENT ON COLUMN kv.workers.removed IS 'Rows of expired keys and flushed databases that were removed by maintenance';
COMMENT ON COLUMN kv.workers.last_batch IS 'Rows that the last transaction removed, of those that removed any';
COMMENT ON COLUMN kv.workers.last_batch_at IS 'When that was';
COMMENT ON COLUMN kv.workers.last_error IS 'The last error, which may be long over';
COMMENT ON COLUMN kv.workers.last_error_at IS 'When that was';
COMMENT ON COLUMN kv.workers.next_start IS 'When the next worker is started, if none runs';
