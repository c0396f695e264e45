
-- Whether what is stored agrees with itself.

CREATE FUNCTION kv.collection_problems()
RETURNS TABLE (db integer, key bytea, problem text)
LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 10
AS 'MODULE_PATHNAME', 'kv_collection_problems';
COMMENT ON FUNCTION kv.collection_problems() IS
'What contradicts itself in the collections of the databases that the role may read; a part of kv.check()';

CREATE FUNCTION kv.check()
RETURNS TABLE (db integer, key text, problem text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    storage text;
    letter "char";
    element text;
BEGIN
    RETURN QUERY
        SELECT found.db, kv.display(found.key), found.problem FROM kv.collection_problems() AS found;
    FOREACH storage IN ARRAY ARRAY['durable', 'cache'] LOOP
        -- On a standby there are no cache databases.
        CONTINUE WHEN storage = 'cache' AND pg_is_in_recovery();
        letter := left(storage, 1);
        FOREACH element IN ARRAY ARRAY['field', 'item', 'member', 'block'] LOOP
            -- EXCEPT, because an anti-join becomes a nested loop where statistics are old.
            RETURN QUERY EXECUTE format(
                'WITH orphan AS (SELECT collection FROM kv.%2$I'
                '                EXCEPT SELECT kv.collection_of(type, key, value) FROM kv.%3$I'
                '                EXCEPT SELECT collection FROM kv.%4$I)'
                ' SELECT NULL::integer, NULL::text, format(%1$L, count(*), collection)'
                ' FROM kv.%2$I JOIN orphan USING (collection) GROUP BY collection',
                format('%%s rows of kv.%s_%s belong to collection %%s, which no key names', storage, element),
                storage || '_' || element, storage || '_key', storage || '_dropped_collection');
        END LOOP;
        -- What this transaction has added itself is not in the table of sizes yet.
        RETURN QUERY EXECUTE format(
            'SELECT map.number, NULL::text, format(%L, counted.keys, told.keys)'
            ' FROM (SELECT number, coalesce(map.keyspace, number) AS keyspace,'
            '              coalesce(map.storage, %L) AS storage'
            '       FROM generate_series(0, 15) AS number LEFT JOIN kv.database_map AS map USING (number)) AS map,'
            ' LATERAL (SELECT count(*) AS keys FROM kv.%I WHERE keyspace = map.keyspace AND type <> %L) AS counted,'
            ' LATERAL (SELECT coalesce(sum(keys), 0) AS keys FROM kv.%I WHERE keyspace = map.keyspace) AS told'
            ' WHERE map.storage = %L AND counted.keys <> told.keys'
            ' AND counted.keys <> kv.database_size(map.number)',
            'there are %s keys, but kv.dbsize() says %s', 'd', storage || '_key', '', storage || '_size', letter);
    END LOOP;
END
$$;
COMMENT ON FUNCTION kv.check() IS
'Looks for contradictions in what is stored: counts, positions, ranks, elements without a key. No row: all is well. Reads everything.';
