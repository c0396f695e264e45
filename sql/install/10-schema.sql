-- pg_kv: the install script, put together from sql/install by make.
\echo Use "CREATE EXTENSION pg_kv" to load this file. \quit

-- The script makes its own schema: one that somebody else owns cannot be slipped under it.
CREATE SCHEMA kv;
COMMENT ON SCHEMA kv IS 'pg_kv: Redis semantics over tables';

-- A database in the functions that take it behind an array. Of its own type, it is never a better
-- match for an integer than a value of any type is: kv.sadd('key', 'a', 5) has two members.
CREATE DOMAIN kv.database_number AS integer;
COMMENT ON DOMAIN kv.database_number IS 'The number of a database, 0 to 15';
