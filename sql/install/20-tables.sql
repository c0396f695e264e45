
-- Tables. src/store/row.hpp tells what stands in the columns of the key tables, and why in this
-- order.

CREATE SEQUENCE kv.row_id CACHE 32;
COMMENT ON SEQUENCE kv.row_id IS 'Ids of key rows';

-- 0 to 15 are the keyspaces that the databases have from the beginning.
CREATE SEQUENCE kv.keyspace_id AS integer MINVALUE 16;
COMMENT ON SEQUENCE kv.keyspace_id IS 'Ids of keyspaces: flushing a database gives it a new one';

CREATE TABLE kv.durable_key (
    id bigint NOT NULL,
    keyspace integer NOT NULL,
    due integer NOT NULL,
    type "char" NOT NULL,
    encoding "char" NOT NULL,
    key bytea NOT NULL,
    value bytea NOT NULL,
    expires_at bigint NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (key)
) USING heap WITH (
    fillfactor = 85,
    toast_tuple_target = 8160,
    autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_vacuum_cost_delay = 0
);
-- A key is short enough to stay in its row, and is read with it each time.
ALTER TABLE kv.durable_key ALTER key SET STORAGE MAIN;
ALTER TABLE kv.durable_key ALTER value SET COMPRESSION lz4;
COMMENT ON TABLE kv.durable_key IS 'Keys of durable databases; read and write them through the functions';

CREATE UNLOGGED TABLE kv.cache_key (
    LIKE kv.durable_key INCLUDING STORAGE INCLUDING COMPRESSION,
    PRIMARY KEY (key)
) USING heap WITH (
    fillfactor = 85,
    toast_tuple_target = 8160,
    autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_vacuum_cost_delay = 0
);
COMMENT ON TABLE kv.cache_key IS 'Keys of cache databases; read and write them through the functions';

CREATE INDEX durable_key_id ON kv.durable_key (keyspace, id);
CREATE INDEX cache_key_id ON kv.cache_key (keyspace, id);

-- The column due changes seldom, and only with it an update has to touch an index.
CREATE INDEX durable_key_due ON kv.durable_key (due, id) WHERE due > 0;
CREATE INDEX cache_key_due ON kv.cache_key (due, id) WHERE due > 0;

-- Elements of collections that have outgrown their key's row; src/store/element_table.hpp tells of
-- their columns. No index is unique: whoever writes has locked the key's row.

CREATE TABLE kv.durable_field (
    collection bigint NOT NULL,
    hash bigint NOT NULL,
    name bytea NOT NULL,
    value bytea NOT NULL
) USING heap WITH (
    fillfactor = 90,
    toast_tuple_target = 8160,
    autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE kv.durable_field ALTER name SET COMPRESSION lz4, ALTER value SET COMPRESSION lz4;
COMMENT ON TABLE kv.durable_field IS 'Fields of large hashes and members of large sets';

CREATE TABLE kv.durable_item (
    collection bigint NOT NULL,
    position bigint NOT NULL,
    value bytea NOT NULL
) USING heap WITH (
    toast_tuple_target = 8160,
    autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE kv.durable_item ALTER value SET COMPRESSION lz4;
COMMENT ON TABLE kv.durable_item IS 'Items of large lists, and the counts behind the ranks of sorted sets';

CREATE TABLE kv.durable_member (
    collection bigint NOT NULL,
    hash bigint NOT NULL,
    score double precision NOT NULL,
    name bytea NOT NULL,
    rest bytea NOT NULL
) USING heap WITH (
    toast_tuple_target = 8160,
    autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE kv.durable_member ALTER name SET STORAGE MAIN, ALTER rest SET COMPRESSION lz4;
COMMENT ON TABLE kv.durable_member IS 'Members of large sorted sets';

CREATE TABLE kv.durable_block (
    collection bigint NOT NULL,
    id bigint NOT NULL,
    score double precision NOT NULL,
    name bytea NOT NULL,
    rest bytea NOT NULL,
    node bigint NOT NULL
) USING heap WITH (
    fillfactor = 90,
    autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE kv.durable_block ALTER name SET STORAGE MAIN;
COMMENT ON TABLE kv.durable_block IS 'Where the blocks begin that the members of sorted sets are counted by';

CREATE TABLE kv.durable_dropped_collection (
    collection bigint NOT NULL,
    type "char" NOT NULL
);
COMMENT ON TABLE kv.durable_dropped_collection IS 'Collections whose elements are removed in the background';

DO $$
DECLARE
    element text;
BEGIN
    FOREACH element IN ARRAY ARRAY['field', 'item', 'member', 'block', 'dropped_collection'] LOOP
        EXECUTE pg_catalog.format(
            'CREATE UNLOGGED TABLE kv.cache_%s (LIKE kv.durable_%s INCLUDING STORAGE INCLUDING COMPRESSION)'
            ' USING heap WITH (%s)', element, element, (
                SELECT coalesce(pg_catalog.array_to_string(reloptions, ', '), 'fillfactor = 100')
                FROM pg_catalog.pg_class
                WHERE oid OPERATOR(pg_catalog.=) ('kv.durable_' || element)::pg_catalog.regclass));
        EXECUTE pg_catalog.format('COMMENT ON TABLE kv.cache_%s IS %L', element,
                                  'As durable_' || element || ', for cache databases');
        PERFORM pg_catalog.pg_extension_config_dump(('kv.durable_' || element)::pg_catalog.regclass, '');
        PERFORM pg_catalog.pg_extension_config_dump(('kv.cache_' || element)::pg_catalog.regclass, '');
    END LOOP;
END
$$;

CREATE INDEX durable_field_hash ON kv.durable_field (collection, hash);
CREATE INDEX cache_field_hash ON kv.cache_field (collection, hash);
CREATE INDEX durable_item_position ON kv.durable_item (collection, position);
CREATE INDEX cache_item_position ON kv.cache_item (collection, position);
CREATE INDEX durable_member_hash ON kv.durable_member (collection, hash);
CREATE INDEX cache_member_hash ON kv.cache_member (collection, hash);
CREATE INDEX durable_member_order ON kv.durable_member (collection, score, name);
CREATE INDEX cache_member_order ON kv.cache_member (collection, score, name);
CREATE INDEX durable_block_id ON kv.durable_block (collection, id);
CREATE INDEX cache_block_id ON kv.cache_block (collection, id);
CREATE INDEX durable_block_order ON kv.durable_block (collection, score, name);
CREATE INDEX cache_block_order ON kv.cache_block (collection, score, name);

CREATE TABLE kv.durable_size (
    keyspace integer NOT NULL,
    keys bigint NOT NULL
) USING heap WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
COMMENT ON TABLE kv.durable_size IS 'What transactions added to the number of keys; summed up now and then';

CREATE UNLOGGED TABLE kv.cache_size (
    LIKE kv.durable_size
) USING heap WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
COMMENT ON TABLE kv.cache_size IS 'As durable_size, for cache databases';

-- src/store/table_changes.hpp tells of it. Not logged, as what it is there to invalidate.
CREATE UNLOGGED TABLE kv.cache_change (
    "table" oid NOT NULL,
    xid xid8 NOT NULL,
    at timestamptz NOT NULL,
    is_folded boolean NOT NULL -- stands for all changes up to this one
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX cache_change_table_xid ON kv.cache_change ("table", xid);
COMMENT ON TABLE kv.cache_change IS 'Which transactions changed the tables that cached queries read';

-- A database without a row here has the keyspace of its own number and is durable, so that a dump
-- restores into a new extension without a conflict.
CREATE TABLE kv.database_map (
    number smallint PRIMARY KEY CHECK (number BETWEEN 0 AND 15),
    name name UNIQUE CHECK (name !~ '^[0-9]*$'),
    keyspace integer NOT NULL,
    storage "char" NOT NULL CHECK (storage IN ('d', 'c'))
);
COMMENT ON TABLE kv.database_map IS 'Which keyspace a numbered database means';

CREATE TABLE kv.dropped_keyspace (
    keyspace integer NOT NULL,
    storage "char" NOT NULL
);
COMMENT ON TABLE kv.dropped_keyspace IS 'Keyspaces of flushed databases, whose rows are removed in the background';

SELECT pg_catalog.pg_extension_config_dump('kv.durable_key', '');
SELECT pg_catalog.pg_extension_config_dump('kv.durable_size', '');
-- Below 0 are copies of what stands in other tables, which nobody keeps up in a dump.
SELECT pg_catalog.pg_extension_config_dump('kv.cache_key', 'WHERE keyspace >= 0');
SELECT pg_catalog.pg_extension_config_dump('kv.cache_size', '');
SELECT pg_catalog.pg_extension_config_dump('kv.database_map', '');
SELECT pg_catalog.pg_extension_config_dump('kv.dropped_keyspace', '');
SELECT pg_catalog.pg_extension_config_dump('kv.row_id', '');
SELECT pg_catalog.pg_extension_config_dump('kv.keyspace_id', '');

-- Truncating a key table by hand leaves no elements, and the sizes right.
CREATE FUNCTION kv.truncate_with_keys() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'kv_truncate_with_keys';
COMMENT ON FUNCTION kv.truncate_with_keys() IS 'Trigger: empties the tables of elements and sizes with that of the keys';

CREATE TRIGGER truncate_with_keys AFTER TRUNCATE ON kv.durable_key
    FOR EACH STATEMENT EXECUTE FUNCTION kv.truncate_with_keys();
CREATE TRIGGER truncate_with_keys AFTER TRUNCATE ON kv.cache_key
    FOR EACH STATEMENT EXECUTE FUNCTION kv.truncate_with_keys();
