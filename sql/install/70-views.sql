
-- Views for people and joins. They see what the statement's snapshot sees, with the whole names of
-- keys, whatever kv.prefix says.

-- One view for each database: what privileges a role has on it are its rights to the database.
-- SELECT lets it read, INSERT write.
DO $$
BEGIN
    FOR number IN 0 .. 15 LOOP
        EXECUTE pg_catalog.format('CREATE VIEW kv.db%s AS SELECT %s AS db', number, number);
        EXECUTE pg_catalog.format(
            'COMMENT ON VIEW kv.db%s IS %L', number, pg_catalog.format(
            'Database %s: SELECT on this view is the right to read it, INSERT to write it', number));
    END LOOP;
END
$$;

CREATE VIEW kv.databases AS
SELECT numbers.number AS db,
       map.name,
       CASE map.storage WHEN 'c' THEN 'cache' ELSE 'durable' END AS storage,
       kv.database_size(numbers.number) AS keys,
       kv.can_read(numbers.number) AS can_read,
       kv.can_write(numbers.number) AS can_write
FROM pg_catalog.generate_series(0, 15) AS numbers (number)
LEFT JOIN kv.database_map AS map USING (number)
ORDER BY numbers.number;
COMMENT ON VIEW kv.databases IS 'The numbered databases: name, storage class, number of keys, the role''s rights';

-- The rows of a cache database that the role may read; none on a standby, where their table cannot
-- be read.
CREATE FUNCTION kv.cache_rows(db integer)
RETURNS SETOF kv.cache_key LANGUAGE c STABLE STRICT PARALLEL RESTRICTED ROWS 1000
AS 'MODULE_PATHNAME', 'kv_cache_rows';
COMMENT ON FUNCTION kv.cache_rows(integer) IS 'The rows of a cache database, for the views';

CREATE VIEW kv.live_rows AS
WITH readable AS MATERIALIZED (
    SELECT numbers.number AS db,
           coalesce(map.keyspace, numbers.number) AS keyspace,
           coalesce(map.storage, 'd') AS storage
    FROM pg_catalog.generate_series(0, 15) AS numbers (number)
    LEFT JOIN kv.database_map AS map USING (number)
    WHERE kv.can_read(numbers.number)
)
SELECT readable.db, live.*
FROM readable
JOIN kv.durable_key AS live USING (keyspace)
WHERE readable.storage = 'd' AND live.type <> ''
  AND live.expires_at > extract(epoch FROM pg_catalog.clock_timestamp()) * 1000
UNION ALL
SELECT readable.db, live.*
FROM readable, kv.cache_rows(readable.db) AS live
WHERE readable.storage = 'c' AND live.type <> ''
  AND live.expires_at > extract(epoch FROM pg_catalog.clock_timestamp()) * 1000;
COMMENT ON VIEW kv.live_rows IS 'The rows behind the views, of the databases that the role may read';

-- An expiry may lie beyond the last timestamp of PostgreSQL, and is then shown as that.
CREATE VIEW kv.keys AS
SELECT db,
       kv.display(kv.key_name(key, value)) AS key,
       CASE type WHEN 's' THEN 'string' WHEN 'l' THEN 'list' WHEN 'h' THEN 'hash'
                 WHEN 'e' THEN 'set' WHEN 'z' THEN 'zset' END AS type,
       CASE WHEN expires_at < 9223372036854775807
            THEN pg_catalog.to_timestamp(least(expires_at, 9224318015999000) / 1000.0) - pg_catalog.clock_timestamp() END AS ttl,
       CASE WHEN expires_at < 9223372036854775807
            THEN pg_catalog.to_timestamp(least(expires_at, 9224318015999000) / 1000.0) END AS expires_at,
       kv.size_of(type, kv.key_value(key, value)) AS size,
       pg_catalog.to_timestamp(version / 1000000.0) AS written_at,
       kv.key_name(key, value) AS key_bytes
FROM kv.live_rows;
COMMENT ON VIEW kv.keys IS 'The keys of the databases that the role may read: type, time to live, size (bytes of a string, elements of a collection), time of the last write';

CREATE VIEW kv.strings AS
SELECT db,
       kv.display(kv.key_name(key, value)) AS key,
       kv.display(kv.key_value(key, value)) AS value,
       CASE WHEN expires_at < 9223372036854775807
            THEN pg_catalog.to_timestamp(least(expires_at, 9224318015999000) / 1000.0) END AS expires_at,
       kv.key_name(key, value) AS key_bytes,
       kv.key_value(key, value) AS value_bytes
FROM kv.live_rows
WHERE type = 's';
COMMENT ON VIEW kv.strings IS 'The strings of the databases that the role may read, with their values';

CREATE VIEW kv.elements AS
SELECT live.db, live.type, kv.key_name(live.key, live.value) AS key,
       element.name, element.value, element.score, element."position"
FROM kv.live_rows AS live,
     kv.elements_of(live.db, live.type, kv.key_name(live.key, live.value),
                    kv.key_value(live.key, live.value)) AS element
WHERE live.type <> 's';
COMMENT ON VIEW kv.elements IS 'The elements behind the views of collections';

CREATE VIEW kv.hashes AS
SELECT db,
       kv.display(key) AS key,
       kv.display(name) AS field,
       kv.display(value) AS value,
       key AS key_bytes,
       name AS field_bytes,
       value AS value_bytes
FROM kv.elements
WHERE type = 'h';
COMMENT ON VIEW kv.hashes IS 'The hashes of the databases that the role may read, a row for each field';

CREATE VIEW kv.lists AS
SELECT db,
       kv.display(key) AS key,
       "position",
       kv.display(value) AS value,
       key AS key_bytes,
       value AS value_bytes
FROM kv.elements
WHERE type = 'l';
COMMENT ON VIEW kv.lists IS 'The lists of the databases that the role may read, a row for each item, the first at position 0';

CREATE VIEW kv.sets AS
SELECT db,
       kv.display(key) AS key,
       kv.display(name) AS member,
       key AS key_bytes,
       name AS member_bytes
FROM kv.elements
WHERE type = 'e';
COMMENT ON VIEW kv.sets IS 'The sets of the databases that the role may read, a row for each member';

CREATE VIEW kv.sorted_sets AS
SELECT db,
       kv.display(key) AS key,
       kv.display(name) AS member,
       score,
       "position" AS rank,
       key AS key_bytes,
       name AS member_bytes
FROM kv.elements
WHERE type = 'z';
COMMENT ON VIEW kv.sorted_sets IS 'The sorted sets of the databases that the role may read, a row for each member; the one with the least score has rank 0';
