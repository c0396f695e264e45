-- pg_kv: the install script, put together from sql/install by make.
\echo Use "CREATE EXTENSION pg_kv" to load this file. \quit

-- The script makes its own schema: one that somebody else owns cannot be slipped under it.
CREATE SCHEMA kv;
COMMENT ON SCHEMA kv IS 'pg_kv: Redis semantics over tables';
