-- Rows read through the cache. What a transaction reads is cached when it commits, so each statement
-- here is one; that something comes from the cache shows where the cache was made to lie.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE SCHEMA "cache Test";
SET search_path = "cache Test", public;
SELECT plan(78);
-- What other tests have left.
DELETE FROM kv.cache_key WHERE keyspace = -1;

CREATE TABLE person (id integer PRIMARY KEY, name text, born timestamptz, mail text UNIQUE);
INSERT INTO person SELECT i, 'Anna', '2000-01-01 12:00+00', i || '@example.org' FROM generate_series(1, 20) AS i;
-- Makes the cache say Bert for Anna.
CREATE FUNCTION lie() RETURNS void LANGUAGE sql AS $$
    UPDATE kv.cache_key SET value = overlay(value PLACING 'Bert'::bytea FROM position('Anna'::bytea IN value))
    WHERE keyspace = -1 AND position('Anna'::bytea IN value) > 0 $$;
CREATE FUNCTION entries() RETURNS bigint LANGUAGE sql AS $$ SELECT coalesce(sum(entries), 0)::bigint FROM kv.cached_rows $$;
CREATE FUNCTION name_of(key jsonb) RETURNS text LANGUAGE sql AS $$ SELECT kv.cache_read('person', key)->>'name' $$;

-- what is asked for
SELECT throws_ok($$SELECT kv.cache_read('person', '{"id": 1}')$$, '55000', 'table "cache Test".person is not set up to be read through the cache', 'a table must be set up');
SELECT kv.cache_table('person', mode => 'read') \g /dev/null
SELECT kv.cache_read('person', '{"id": 1}') AS "row" \gset
SELECT is(:'row'::jsonb, '{"id": 1, "name": "Anna", "born": "2000-01-01T12:00:00+00:00", "mail": "1@example.org"}', 'the row, with times in UTC');
SELECT is(entries(), 1::bigint, 'is cached');
SELECT lie() \g /dev/null
SELECT is(name_of('{"id": 1}'), 'Bert', 'and read from the cache');
SELECT is(name_of('{"id": "1"}'), 'Bert', 'by a string');
SELECT is(name_of('{"id": " 001 "}'), 'Bert', 'written otherwise');
SELECT is(name_of('{"id": 1e0}'), 'Bert', 'or so');
SELECT is(name_of('{"id": 2}'), 'Anna', 'another row is not it');
SELECT is(kv.cache_read('person', '{"id": null}'), NULL, 'NULL is no key');
SELECT is(kv.cache_read('person', NULL), NULL, 'nor is no key');
SELECT is(kv.cache_read('person', '{"id": 1000}'), NULL, 'no row');
SELECT throws_ok(format('SELECT kv.cache_read(%L, %L)', 'person', key), state, message, 'refused: ' || key)
FROM (VALUES ('{"ident": 1}', '42703', 'column "ident" of table "cache Test".person does not exist'),
             ('{"name": "Anna"}', '22023', 'the columns of the key are not those by which table "cache Test".person is cached'),
             ('{"id": 1, "name": "Anna"}', '22023', 'the columns of the key are not those by which table "cache Test".person is cached'),
             ('{}', '22023', 'the columns of the key are not those by which table "cache Test".person is cached'),
             ('[1]', '22023', 'a key must be a JSON object of the columns'' values'),
             ('1', '22023', 'a key must be a JSON object of the columns'' values'),
             ('{"id": [1]}', '22023', 'the key''s column "id" must be a number, a string or a boolean'),
             ('{"id": "1 OR true"}', '22P02', 'invalid input syntax for type integer: "1 OR true"'),
             ('{"id": "1; DROP TABLE person"}', '22P02', 'invalid input syntax for type integer: "1; DROP TABLE person"'),
             ('{"id": 1.5}', '22P02', 'invalid input syntax for type integer: "1.5"'),
             ('{"id": true}', '22P02', 'invalid input syntax for type integer: "true"'),
             ('{"id": 99999999999}', '22003', 'value "99999999999" is out of range for type integer')) AS refused (key, state, message);
SELECT throws_ok($$SELECT kv.cache_read('nobody', '{"id": 1}')$$, '42P01', 'relation "nobody" does not exist', 'an unknown table');
SELECT throws_ok($$SELECT kv.cache_read('person; DROP TABLE person', '{"id": 1}')$$, '42602', 'invalid name syntax', 'no SQL in a table''s name');
SELECT throws_ok($$SELECT kv.cache_read(1, '{"id": 1}')$$, '42P01', 'relation with OID 1 does not exist', 'an unknown oid');
SELECT throws_ok($$SELECT kv.cache_read('person', '{"id": 1}', '-1 second')$$, '22023', 'ttl must be a positive interval', 'a negative ttl');

-- changes
SELECT kv.cache_invalidate('person') \g /dev/null
SELECT is(entries(), 0::bigint, 'cache_invalidate empties a table');
SELECT name_of(jsonb_build_object('id', i)) FROM generate_series(1, 30) AS i \g /dev/null
SELECT is(entries(), 30::bigint, 'rows and their absence are cached');
SELECT lie() \g /dev/null
UPDATE person SET name = 'Cleo' WHERE id = 1;
SELECT is(name_of('{"id": 1}'), 'Cleo', 'UPDATE');
SELECT is(name_of('{"id": 2}'), 'Bert', 'concerns its row');
DELETE FROM person WHERE id = 2;
SELECT is(kv.cache_read('person', '{"id": 2}'), NULL, 'DELETE');
INSERT INTO person VALUES (25, 'Dora');
SELECT is(name_of('{"id": 25}'), 'Dora', 'INSERT, where no row was known to be');
UPDATE person SET id = 26 WHERE id = 25;
SELECT is(name_of('{"id": 25}'), NULL, 'a primary key changes: the old one');
SELECT is(name_of('{"id": 26}'), 'Dora', 'the new one');
BEGIN;
UPDATE person SET name = 'Emil' WHERE id = 3;
SELECT is(name_of('{"id": 3}'), 'Emil', 'a transaction sees what it wrote');
ROLLBACK;
SELECT is(name_of('{"id": 3}'), 'Bert', 'rolled back: nothing was invalidated');
BEGIN;
SAVEPOINT here;
UPDATE person SET name = 'Emil' WHERE id = 3;
ROLLBACK TO here;
SELECT is(name_of('{"id": 3}'), 'Bert', 'rolled back to a savepoint: neither');
COMMIT;
BEGIN;
UPDATE person SET name = 'Fred' WHERE id = 3;
SELECT name_of('{"id": 3}') \g /dev/null
ROLLBACK;
SELECT is(name_of('{"id": 3}'), 'Bert', 'what came to nothing is not cached');
SELECT is(kv.cache_invalidate('person', '{"id": 3}'), 1::bigint, 'one key is invalidated');
SELECT is(kv.cache_invalidate('person', '{"id": 3}'), 0::bigint, 'once');
SELECT is(name_of('{"id": 3}'), 'Anna', 'and read again');
SELECT is(name_of('{"id": 4}'), 'Bert', 'a hit');
TRUNCATE person;
SELECT is(name_of('{"id": 4}'), NULL, 'TRUNCATE');
INSERT INTO person SELECT i, 'Anna', '2000-01-01 12:00+00', i || '@example.org' FROM generate_series(1, 20) AS i;

-- definitions
SELECT kv.cache_read('person', '{"id": 1}') \g /dev/null
ALTER TABLE person ADD level integer DEFAULT 7;
SELECT is(kv.cache_read('person', '{"id": 1}')->>'level', '7', 'a column comes');
SELECT kv.cache_read('person', '{"id": 1}') \g /dev/null
ALTER TABLE person ALTER level TYPE integer USING level + 1;
SELECT is(kv.cache_read('person', '{"id": 1}')->>'level', '8', 'a table is rewritten');
ALTER TABLE person DROP level;
SELECT ok(NOT kv.cache_read('person', '{"id": 1}') ? 'level', 'a column goes');
ALTER TABLE person RENAME id TO number;
SELECT is(name_of('{"number": 1}'), 'Anna', 'a key''s column is renamed');
ALTER TABLE person RENAME number TO id;
SELECT kv.cache_read('person', '{"id": 1}') \g /dev/null
SELECT lie() \g /dev/null
SELECT kv.uncache_table('person') \g /dev/null
SELECT throws_ok($$SELECT kv.cache_read('person', '{"id": 1}')$$, '55000', NULL, 'nobody watches the table any more');
SELECT kv.cache_table('person', mode => 'read') \g /dev/null
SELECT is(name_of('{"id": 1}'), 'Anna', 'what was cached before is forgotten');
SELECT kv.cache_table('person', '{mail}', mode => 'read') \g /dev/null
SELECT is(name_of('{"mail": "3@example.org"}'), 'Anna', 'another unique key');
SELECT kv.cache_read('person', '{"mail": "3@example.org"}') \g /dev/null
UPDATE person SET name = 'Gert' WHERE id = 3;
SELECT is(name_of('{"mail": "3@example.org"}'), 'Gert', 'is invalidated, too');

-- isolation levels
SELECT kv.cache_read('person', '{"id": 5}') \g /dev/null
SELECT lie() \g /dev/null
SELECT entries() AS before \gset
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT is(name_of('{"id": 5}'), 'Bert', 'REPEATABLE READ reads the cache by its snapshot');
SELECT is(name_of('{"id": 6}'), 'Anna', 'and the table');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT is(name_of('{"id": 5}'), 'Anna', 'SERIALIZABLE reads past the cache');
COMMIT;
BEGIN READ ONLY;
SELECT is(name_of('{"id": 5}'), 'Bert', 'READ ONLY reads the cache');
SELECT is(name_of('{"id": 6}'), 'Anna', 'and fills it not');
COMMIT;
SELECT is(entries(), :before::bigint, 'none of them fills the cache');

-- time
SELECT kv.cache_invalidate('person') \g /dev/null
SELECT kv.cache_read('person', '{"id": 7}', '1 millisecond') \g /dev/null
SELECT lie() \g /dev/null
SELECT pg_sleep(0.01) \g /dev/null
SELECT is(name_of('{"id": 7}'), 'Anna', 'what has expired is not read');
SET kv.cache_negative_ttl = 0;
SELECT kv.cache_read('person', '{"id": 70}') \g /dev/null
SELECT is((SELECT count(*) FROM kv.cache_key WHERE keyspace = -1 AND expires_at > extract(epoch FROM clock_timestamp()) * 1000), 0::bigint, 'kv.cache_negative_ttl = 0: absence is not cached');
-- What was not to be remembered keeps no lock.
CREATE FUNCTION locks_after(count integer) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM kv.cache_read('person', jsonb_build_object('id', 1000 + i)) FROM generate_series(1, count) AS i;
    RETURN (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND classid = 'kv.cache_key'::regclass);
END $$;
SELECT is(locks_after(1000), 0::bigint, 'of a thousand keys without a row');
RESET kv.cache_negative_ttl;
SELECT is((SELECT count(*) > 0 FROM kv.cache_key WHERE keyspace = -1), true, 'the expired row is there');
UPDATE kv.cache_key SET due = 1 WHERE keyspace = -1;
SELECT kv.expire_batch() \g /dev/null
SELECT is((SELECT count(*) FROM kv.cache_key WHERE keyspace = -1), 0::bigint, 'until it is removed in the background');
SELECT is((SELECT count(*) FROM kv.check()), 0::bigint, 'what is stored agrees with itself');
SELECT is(kv.dbsize(), 0::bigint, 'and is no database''s');

-- absence, looked for again at the commit
CREATE TABLE meeting (at timestamptz PRIMARY KEY);
SELECT kv.cache_table('meeting', mode => 'read') \g /dev/null
BEGIN;
SELECT kv.cache_read('meeting', '{"at": "2026-01-01 12:00"}') \g /dev/null
SET LOCAL TimeZone = 'Asia/Tokyo';
COMMIT;
SELECT is(entries(), 0::bigint, 'not if the key means another one by then');
CREATE ROLE kv_test_cache_owner;
GRANT USAGE ON SCHEMA "cache Test" TO kv_test_cache_owner;
ALTER TABLE meeting OWNER TO kv_test_cache_owner;
ALTER TABLE meeting ENABLE ROW LEVEL SECURITY;
ALTER TABLE meeting FORCE ROW LEVEL SECURITY;
SELECT kv.cache_read('meeting', '{"at": "2026-01-01 12:00"}') \g /dev/null
SELECT is(entries(), 0::bigint, 'nor if its owner may see less than all rows');
DROP TABLE meeting;
DROP OWNED BY kv_test_cache_owner;
DROP ROLE kv_test_cache_owner;

-- several
SELECT is((SELECT jsonb_agg(value->'id') FROM kv.cache_multiread('person', ARRAY['{"id": 9}', '{"id": 8}', '{"id": 99}', '{"id": "9"}', '{"id": null}']::jsonb[])),
          '[9, 8, null, 9, null]', 'cache_multiread, in the order of keys');
SELECT FROM kv.cache_multiread('person', ARRAY['{"id": 9}', '{"id": 8}', '{"id": 99}', '{"id": "9"}', '{"id": null}']::jsonb[]) \g /dev/null
SELECT is(entries(), 3::bigint, 'fills the cache');
SELECT lie() \g /dev/null
SELECT is((SELECT string_agg(value->>'name', ' ') FROM kv.cache_multiread('person', ARRAY['{"id": 9}', '{"id": 10}']::jsonb[])), 'Bert Anna', 'and reads the rest');
SELECT is((SELECT count(*) FROM kv.cache_multiread('person', '{}')), 0::bigint, 'none');
SELECT throws_ok($$SELECT kv.cache_multiread('person', ARRAY['{"id": 9}', '{"name": 8}']::jsonb[])$$, '22023', NULL, 'all keys have the same columns');

-- writing
SELECT is(kv.cache_write('person', '{"id": 50, "name": "Hugo"}')->>'name', 'Hugo', 'cache_write inserts');
SELECT kv.cache_read('person', '{"id": 50}') \g /dev/null
SELECT is(kv.cache_write('person', '{"id": 50, "mail": "hugo''s"}')->>'name', 'Hugo', 'updates what it is told');
SELECT is(kv.cache_read('person', '{"id": 50}')->>'mail', 'hugo''s', 'and invalidates');
SELECT throws_ok($$SELECT kv.cache_write('person', '{"name": "Ida"}')$$, '22023', 'the row lacks the key by which table "cache Test".person is cached', 'a row without its key');
SELECT throws_ok($$SELECT kv.cache_write('person', '{"id": 1, "x\" = 1; --": "Ida"}')$$, '42703', 'column "x" = 1; --" of table "cache Test".person does not exist', 'an unknown column');
SELECT throws_ok($$SELECT kv.cache_write('person', '{"id": 1, "born": "soon"}')$$, '22007', NULL, 'a wrong value');

SELECT * FROM finish();
DROP SCHEMA "cache Test" CASCADE;
