-- Rows and results that are read through the cache; src/cache/README.md tells how they are kept
-- true.

CREATE FUNCTION kv.cache_read("table" regclass, key jsonb, ttl interval DEFAULT NULL)
RETURNS jsonb LANGUAGE c STABLE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'kv_cache_read';
COMMENT ON FUNCTION kv.cache_read(regclass, jsonb, interval) IS
'The row with that key as JSON, from the cache or, if it is not there, from the table; NULL if there is none. The table must be set up by kv.cache_table with mode read.';

CREATE FUNCTION kv.cache_multiread("table" regclass, keys jsonb[], ttl interval DEFAULT NULL)
RETURNS TABLE (key jsonb, value jsonb) LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 10
AS 'MODULE_PATHNAME', 'kv_cache_multiread';
COMMENT ON FUNCTION kv.cache_multiread(regclass, jsonb[], interval) IS
'As kv.cache_read for several keys, in their order: what the cache has not is read by one query.';

CREATE FUNCTION kv.cache_invalidate("table" regclass, key jsonb DEFAULT NULL)
RETURNS bigint LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'kv_cache_invalidate';
COMMENT ON FUNCTION kv.cache_invalidate(regclass, jsonb) IS
'Removes the row with that key from the cache, or without a key all rows of the table, and returns how many were there. Changes of the table do so by themselves.';

CREATE FUNCTION kv.cache_query(key text, ttl interval, query text)
RETURNS SETOF jsonb LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 10
AS 'MODULE_PATHNAME', 'kv_cache_query';
COMMENT ON FUNCTION kv.cache_query(text, interval, text) IS
'The rows of a SELECT as JSON, from the cache as long as none of its tables has changed. The tables must be set up by kv.cache_table with mode read; what one role gets, no other role sees.';

CREATE FUNCTION kv.cache_query(key text, ttl interval, query text, VARIADIC parameters "any")
RETURNS SETOF jsonb LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 10
AS 'MODULE_PATHNAME', 'kv_cache_query';
COMMENT ON FUNCTION kv.cache_query(text, interval, text, "any") IS
'The same with parameters, which the query calls $1, $2 and so on.';

CREATE FUNCTION kv.cache_write("table" regclass, "row" jsonb)
RETURNS jsonb LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'kv_cache_write';
COMMENT ON FUNCTION kv.cache_write(regclass, jsonb) IS
'Inserts a row, or updates the one with the same key, with the columns that the JSON names, and returns the row as it is then.';

CREATE FUNCTION kv.cache_forget_query(key text)
RETURNS bigint LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'kv_cache_forget_query';
COMMENT ON FUNCTION kv.cache_forget_query(text) IS
'Removes the results that kv.cache_query keeps under a key, for all roles, and returns how many there were.';

-- How much is cached. On a standby nothing is.
CREATE FUNCTION kv.cached_row_sizes(OUT "table" oid, OUT entries bigint, OUT bytes bigint)
RETURNS SETOF record LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF pg_is_in_recovery() THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT ('x' || encode(substr(entry.key, 5, 4), 'hex'))::bit(32)::bigint::oid AS cached, count(*),
               sum(length(entry.key) + length(entry.value))::bigint
        FROM kv.cache_key AS entry
        WHERE entry.keyspace = -1 AND entry.expires_at > extract(epoch FROM clock_timestamp()) * 1000
        GROUP BY cached;
END
$$;
COMMENT ON FUNCTION kv.cached_row_sizes() IS 'The rows of the view kv.cached_rows';

CREATE VIEW kv.cached_rows AS
SELECT sizes."table"::regclass, sizes.entries, sizes.bytes
FROM kv.cached_row_sizes() AS sizes
WHERE EXISTS (SELECT FROM pg_catalog.pg_class WHERE pg_class.oid OPERATOR(pg_catalog.=) sizes."table")
ORDER BY sizes."table"::regclass::text COLLATE "C";
COMMENT ON VIEW kv.cached_rows IS 'How much the cache holds of which table';
COMMENT ON COLUMN kv.cached_rows."table" IS 'A table that kv.cache_read reads';
COMMENT ON COLUMN kv.cached_rows.entries IS 'Rows in the cache, and keys known to have no row';
COMMENT ON COLUMN kv.cached_rows.bytes IS 'The size of their keys and values';
