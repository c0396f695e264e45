-- By what rows can be cached: composite and odd keys, types, partitions, and rights.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE SCHEMA cache_test;
SET search_path = cache_test, public;
SELECT plan(47);
CREATE FUNCTION entries("table" regclass) RETURNS bigint LANGUAGE sql AS $$ SELECT cached.entries FROM kv.cached_rows AS cached WHERE cached."table" = $1 $$;

-- composite keys, quoted names
CREATE TABLE "odd Table" ("the ""key" text, part integer, value text, PRIMARY KEY (part, "the ""key"));
INSERT INTO "odd Table" VALUES ('it''s', 1, 'one'), ('\', 2, 'two'), ('', 3, 'three'), ('é', 4, 'four');
SELECT kv.cache_table('"odd Table"', mode => 'read') \g /dev/null
SELECT is(kv.cache_read('"odd Table"', '{"part": 1, "the \"key": "it''s"}')->>'value', 'one', 'a composite key');
SELECT is(kv.cache_read('"odd Table"', '{"the \"key": "\\", "part": "2"}')->>'value', 'two', 'in another order');
SELECT is(kv.cache_read('"odd Table"', '{"the \"key": "", "part": 3}')->>'value', 'three', 'an empty text');
SELECT is(kv.cache_read('"odd Table"', '{"the \"key": "é", "part": 4}')->>'value', 'four', 'not ASCII');
SELECT kv.cache_read('"odd Table"', '{"the \"key": "é", "part": 4}') \g /dev/null
SELECT kv.cache_read('"odd Table"', jsonb_build_object('the "key', repeat('long', 1000), 'part', 5)) \g /dev/null
SELECT is(entries('"odd Table"'), 2::bigint, 'both are cached, also a long key');
INSERT INTO "odd Table" VALUES (repeat('long', 600), 5, 'five');
SELECT is(kv.cache_read('"odd Table"', jsonb_build_object('the "key', repeat('long', 600), 'part', 5))->>'value', 'five', 'a long key');
UPDATE "odd Table" SET value = 'vier' WHERE part = 4;
SELECT is(kv.cache_read('"odd Table"', '{"the \"key": "é", "part": 4}')->>'value', 'vier', 'and invalidated');

-- types: each table has one row, whose key is asked for in another way of writing
CREATE FUNCTION probe(type text, stored text, asked text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    EXECUTE format('CREATE TABLE typed (k %s PRIMARY KEY, v integer)', type);
    EXECUTE format('INSERT INTO typed VALUES (%L, 1)', stored);
    PERFORM kv.cache_table('typed', mode => 'read');
    found := kv.cache_read('typed', jsonb_build_object('k', asked))->>'v';
    DROP TABLE typed;
    RETURN found;
END $$;
CREATE COLLATION insensitive (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE DOMAIN positive AS integer CHECK (value > 0);
SELECT is(probe(type, stored, asked), '1', type) FROM (VALUES
    ('bigint', '-9223372036854775808', '-9223372036854775808'), ('smallint', '7', '07'), ('uuid', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'a0eebc999c0b4ef8bb6d6bb9bd380a11'),
    ('timestamptz', '2026-01-01 12:00+00', '2026-01-01T13:00+01'), ('date', '2026-01-31', '20260131'), ('numeric(10,2)', '1.5', '1.50'), ('varchar(5)', 'abc', 'abc'),
    ('char(5)', 'abc', 'abc  '), ('bytea', '\x6162', 'ab'), ('boolean', 'true', 'yes'), ('mood', 'sad', 'sad'), ('positive', '5', '+5'), ('oid', '5', '5')) AS probes (type, stored, asked);
SELECT throws_ok(format('SELECT probe(%L, %L, %L)', type, '1', '1'), '55000', NULL, 'equal values of it may be written differently: ' || type)
FROM unnest(ARRAY['numeric', 'double precision', 'jsonb', 'text COLLATE cache_test.insensitive']) AS type;

-- types whose JSON depends on more than the values
CREATE TYPE inner_place AS (street text);
CREATE TYPE place AS (at inner_place, number integer);
CREATE TABLE house (id integer PRIMARY KEY, places place[]);
INSERT INTO house VALUES (1, ARRAY[ROW(ROW('Main'), 5)::place]);
SELECT kv.cache_table('house', mode => 'read') \g /dev/null
SELECT kv.cache_read('house', '{"id": 1}') \g /dev/null
SELECT is(entries('house'), 1::bigint, 'composite types');
ALTER TYPE inner_place RENAME ATTRIBUTE street TO road;
SELECT is(kv.cache_read('house', '{"id": 1}')->'places', '[{"at": {"road": "Main"}, "number": 5}]', 'an attribute is renamed');
CREATE FUNCTION moody(mood) RETURNS json STABLE LANGUAGE sql AS $$ SELECT to_json(current_user) $$;
CREATE TABLE moody (id integer PRIMARY KEY, mood mood);
SELECT kv.cache_table('moody', mode => 'read') \g /dev/null
SELECT is(kv.cache_read('moody', '{"id": 1}'), NULL, 'a type without a cast');
CREATE CAST (mood AS json) WITH FUNCTION moody(mood);
SELECT throws_ok($$SELECT kv.cache_read('moody', '{"id": 1}')$$, '55000', 'table cache_test.moody cannot be read through the cache: the cast of type mood to json is a function that is not immutable', 'and with one');
DROP CAST (mood AS json);

-- partitions
CREATE TABLE parted (id integer PRIMARY KEY, value text) PARTITION BY RANGE (id);
CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (100);
CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (100) TO (200);
INSERT INTO parted VALUES (1, 'one'), (101, 'hundred');
SELECT kv.cache_table('parted', mode => 'read') \g /dev/null
SELECT kv.cache_read('parted', jsonb_build_object('id', i)) FROM unnest(ARRAY[1, 2, 101]) AS i \g /dev/null
SELECT is(entries('parted'), 3::bigint, 'rows of partitions are cached, and that there is none');
UPDATE parted_low SET value = 'eins' WHERE id = 1;
SELECT is(kv.cache_read('parted', '{"id": 1}')->>'value', 'eins', 'a change of the partition');
INSERT INTO parted VALUES (2, 'two');
SELECT is(kv.cache_read('parted', '{"id": 2}')->>'value', 'two', 'a new row');
ALTER TABLE parted DETACH PARTITION parted_high;
SELECT is(kv.cache_read('parted', '{"id": 101}'), NULL, 'a partition goes');

-- inheritance
CREATE TABLE parent (id integer PRIMARY KEY);
SELECT kv.cache_table('parent', mode => 'read') \g /dev/null
CREATE TABLE child () INHERITS (parent);
SELECT throws_ok($$SELECT kv.cache_read('parent', '{"id": 1}')$$, '55000', 'table cache_test.parent cannot be read through the cache: other tables inherit from it', 'inheritance');

-- rights
CREATE TABLE secret (id integer PRIMARY KEY, value text);
INSERT INTO secret VALUES (1, 'one'), (2, 'two');
SELECT kv.cache_table('secret', mode => 'read') \g /dev/null
SELECT kv.cache_read('secret', '{"id": 1}') \g /dev/null
CREATE ROLE kv_test_cache;
GRANT USAGE ON SCHEMA cache_test TO kv_test_cache;
CREATE FUNCTION attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    SET LOCAL ROLE kv_test_cache;
    EXECUTE statement INTO answer;
    RESET ROLE;
    RETURN answer;
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate || ' ' || sqlerrm;
END $$;
\set read 'attempt($$SELECT kv.cache_read(''cache_test.secret'', \'{"id": 1}\')->>\'value\'$$)'
SELECT is(:read, '42501 permission denied for schema kv', 'a stranger');
SELECT kv.grant_read('kv_test_cache') \g /dev/null
SELECT is(:read, '42501 permission denied for table secret', 'a hit needs SELECT');
GRANT SELECT (id) ON secret TO kv_test_cache;
SELECT is(:read, '42501 permission denied for table secret', 'on all columns');
GRANT SELECT (value) ON secret TO kv_test_cache;
SELECT is(:read, 'one', 'which may be granted one by one');
REVOKE ALL ON secret FROM kv_test_cache;
SELECT is(:read, '42501 permission denied for table secret', 'and taken back');
GRANT SELECT ON secret TO kv_test_cache;
SELECT is(:read, 'one', 'or together');
SELECT 'cache_test.secret'::regclass::oid AS secret \gset
\set read_by_oid 'attempt(format($$SELECT kv.cache_read(%s, \'{"id": 1}\')->>\'value\'$$, ' :secret '))'
SELECT :read_by_oid \g /dev/null
SELECT is(:read_by_oid, 'one', 'by the table''s oid');
REVOKE USAGE ON SCHEMA cache_test FROM kv_test_cache;
SELECT is(:read_by_oid, '42501 permission denied for schema cache_test', 'a hit needs USAGE on the schema');
GRANT USAGE ON SCHEMA cache_test TO kv_test_cache;
SELECT is(:read_by_oid, 'one', 'given again');
SELECT is(attempt($$SELECT kv.cache_invalidate('cache_test.secret')$$), '42501 permission denied for function cache_invalidate', 'invalidating is writing');
SELECT kv.grant_write('kv_test_cache') \g /dev/null
SELECT is(attempt($$SELECT kv.cache_write('cache_test.secret', '{"id": 1, "value": "x"}')$$), '42501 permission denied for table secret', 'writing needs the table''s rights');
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
SELECT is(:read, NULL, 'row security: the cache is bypassed');
CREATE POLICY mine ON secret USING (id = 1);
SELECT is(:read, 'one', 'what the policy lets through');
SELECT is(attempt($$SELECT kv.cache_read('cache_test.secret', '{"id": 2}')$$), NULL, 'and what not');

SELECT * FROM finish();
DROP SCHEMA cache_test CASCADE;
DROP OWNED BY kv_test_cache;
DROP ROLE kv_test_cache;
