
-- Functions without a command of Redis's.

CREATE FUNCTION kv.call(VARIADIC arguments bytea[])
RETURNS bytea LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'kv_call';
COMMENT ON FUNCTION kv.call(bytea[]) IS
'Runs a command by name and arguments, as a Redis client sends them, and returns the reply in the bytes of the Redis protocol. The role needs the right to the command, too.';

CREATE FUNCTION kv.expire_batch(max_keys integer DEFAULT 1000)
RETURNS bigint LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'kv_expire_batch';
COMMENT ON FUNCTION kv.expire_batch(integer) IS
'Removes up to so many expired keys, and as many rows of flushed databases, and returns how many it removed. The background worker does the same; this is for servers that do not preload pg_kv.';

CREATE FUNCTION kv.key_name(key bytea, value bytea)
RETURNS bytea LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'kv_key_name';
COMMENT ON FUNCTION kv.key_name(bytea, bytea) IS
'The name of a key by the columns key and value of its row, which differ from it where a name is longer than an index entry may be.';

CREATE FUNCTION kv.key_value(key bytea, value bytea)
RETURNS bytea LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'kv_key_value';
COMMENT ON FUNCTION kv.key_value(bytea, bytea) IS
'The value of a key by the columns key and value of its row.';

CREATE FUNCTION kv.collection_of(type "char", key bytea, value bytea)
RETURNS bigint LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'kv_collection_of';
COMMENT ON FUNCTION kv.collection_of("char", bytea, bytea) IS
'The id by which the element tables know the collection of a key, by the columns of the key''s row; NULL where the value holds the elements itself.';

CREATE FUNCTION kv.size_of(type "char", value bytea)
RETURNS bigint LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'kv_size_of';
COMMENT ON FUNCTION kv.size_of("char", bytea) IS
'The size of a key''s value: of a string the bytes, of a collection the elements.';

CREATE FUNCTION kv.elements_of(db integer, type "char", key bytea, value bytea)
RETURNS TABLE (name bytea, value bytea, score double precision, "position" bigint)
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED ROWS 100
AS 'MODULE_PATHNAME', 'kv_elements_of';
COMMENT ON FUNCTION kv.elements_of(integer, "char", bytea, bytea) IS
'The elements of a collection, by its key''s name and value, as the statement''s snapshot sees them; what a type has not is NULL.';

CREATE FUNCTION kv.display(bytes bytea)
RETURNS text LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'kv_display';
COMMENT ON FUNCTION kv.display(bytea) IS
'Bytes as text, or in hexadecimal where they are not valid text in the database''s encoding.';

CREATE FUNCTION kv.can_read(db integer)
RETURNS boolean LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'kv_can_read';
COMMENT ON FUNCTION kv.can_read(integer) IS 'Whether the current role may read a database.';

CREATE FUNCTION kv.can_write(db integer)
RETURNS boolean LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'kv_can_write';
COMMENT ON FUNCTION kv.can_write(integer) IS 'Whether the current role may write a database.';

CREATE FUNCTION kv.database_size(db integer)
RETURNS bigint LANGUAGE c STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'kv_database_size';
COMMENT ON FUNCTION kv.database_size(integer) IS
'The number of keys in a database, whatever the session''s prefix; NULL if the role may not read it.';

CREATE FUNCTION kv.db(name text)
RETURNS integer LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'kv_db';
COMMENT ON FUNCTION kv.db(text) IS
'The number of the database of that name: kv.get(''k'', db => kv.db(''sessions'')).';
