-- The keys that templates make of rows, and the conditions that rows meet.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT * FROM no_plan();

INSERT INTO kv.relay_target (name, host, port, database, tls, prefix) VALUES ('default', '127.0.0.1', 6379, 0, false, '');
-- What was put down since it was last asked for, oldest first, without the ids of watches.
CREATE FUNCTION pg_temp.sent() RETURNS text LANGUAGE sql AS $$
    WITH taken AS (DELETE FROM kv.relay_outbox_0 RETURNING ctid AS place, *)
    SELECT string_agg(concat(operation, ':' || (SELECT string_agg(' ' || convert_from(key, 'UTF8'), '' ORDER BY n)
                                                FROM unnest(keys) WITH ORDINALITY AS all_keys (key, n))), '; ' ORDER BY place)
    FROM taken $$;
CREATE FUNCTION pg_temp.identities() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(identities::text, '; ' ORDER BY ctid) FROM kv.relay_outbox_0 $$;

-- Templates
CREATE TABLE word (id integer PRIMARY KEY, "a {b" text, "Wörter" text, tenant integer DEFAULT 7 NOT NULL, UNIQUE (tenant, id));
SELECT kv.cache_table('word', template, 'publish') FROM unnest(ARRAY['{id}', '{{{id}}}', 'w:{Wörter}:{id}:{Wörter}', 'all words', '{tenant}/{id}']) AS template \g /dev/null
INSERT INTO word VALUES (1, 'x', 'ä'), (2, NULL, NULL);
SELECT is(pg_temp.sent(), 'i: 1 2; i: {1} {2}; i: w:ä:1:ä; i: all words; i: 7/1 7/2', 'several templates of a table');
SELECT kv.uncache_table('word') \g /dev/null
SELECT throws_ok($$ SELECT kv.cache_table('word', '{a {b}}') $$, '42601', NULL, 'a closing brace needs another');
SELECT lives_ok($$ SELECT kv.cache_table('word', '*?[a]\{a {b}') $$, 'a name with a brace');
UPDATE word SET "a {b" = 'y*';
SELECT is(pg_temp.sent(), 'u: *?[a]\x *?[a]\y*', 'any bytes');

-- Identities, for who reads the row again
SELECT kv.cache_table('word', 'r:{tenant}:{id}:{tenant}', 'refresh'), kv.cache_table('word', 'c:{id}', 'publish', channel => 'ch:{id}'),
       kv.cache_table('word', 'd:{id}', 'publish', channel => 'plain') \g /dev/null
DELETE FROM kv.relay_outbox_0;
INSERT INTO word VALUES (3, NULL, NULL, 8), (4, NULL, NULL, 9);
SELECT is(pg_temp.identities(), '{8,3,9,4}; {3,4}', 'the template''s columns, in the order of their first place, key after key');
SELECT is(pg_temp.sent(), 'i: r:8:3:8 r:9:4:9; i: c:3 c:4; i: d:3 d:4', 'beside the keys');
SELECT kv.uncache_table('word') \g /dev/null

-- Texts do not depend on the session's settings
CREATE TABLE typed (at timestamptz, day date, span interval, f float8, b bytea, r regclass, ts tstzrange, a date[], e inet, j jsonb, n numeric, u uuid);
SELECT kv.cache_table('typed', '{' || attname || '}', 'publish') FROM pg_attribute WHERE attrelid = 'typed'::regclass AND attnum > 0 ORDER BY attnum \g /dev/null
SET LOCAL DateStyle = 'German';
SET LOCAL TimeZone = 'Asia/Tokyo';
SET LOCAL IntervalStyle = 'iso_8601';
SET LOCAL bytea_output = 'escape';
SET LOCAL extra_float_digits = -10;
INSERT INTO typed VALUES ('2024-03-01 12:00+00', '2024-03-01', '1 day 2 hours', 0.1::float8 + 0.2, '\x00ff', 'word', '[2024-03-01 12:00+00,)', '{2024-03-01}', '10.0.0.1/8', '{"b": 1, "a": 2}',
                          1.50, '00000000-0000-0000-0000-0000000000ff');
SELECT is(pg_temp.sent(), 'i: 2024-03-01 12:00:00+00; i: 2024-03-01; i: 1 day 02:00:00; i: 0.30000000000000004; i: \x00ff; i: public.word; i: ["2024-03-01 12:00:00+00",); i: {2024-03-01}; i: 10.0.0.1/8; i: {"a": 2, "b": 1}; i: 1.50; i: 00000000-0000-0000-0000-0000000000ff', 'texts');
SELECT is(current_setting('DateStyle') || current_setting('TimeZone'), 'German, DMYAsia/Tokyo', 'the settings are back');

-- Columns that count
CREATE TABLE counted (id integer, a integer, b integer, c integer);
SELECT kv.cache_table('counted', 'k:{id}', columns => '{a}', condition => 'c > 0') \g /dev/null
INSERT INTO counted VALUES (1, 1, 1, 1), (2, 1, 1, 0);
SELECT is(pg_temp.sent(), 'i: k:1', 'INSERT counts, where the condition is met');
UPDATE counted SET b = 2;
SELECT is(pg_temp.sent(), NULL, 'a column that does not count');
UPDATE counted SET a = 2;
SELECT is(pg_temp.sent(), 'u: k:1', 'one that does');
UPDATE counted SET id = id + 10;
SELECT is(pg_temp.sent(), 'u: k:1 k:11', 'one of the template');
UPDATE counted SET c = 1 - c;
SELECT is(pg_temp.sent(), 'u: k:11 k:12', 'one of the condition: the row met it before, or now');
DELETE FROM counted;
SELECT is(pg_temp.sent(), 'd: k:12', 'DELETE where the condition was met');
SELECT kv.cache_table('counted', 'l:{id}', columns => '{}') \g /dev/null
INSERT INTO counted VALUES (3, 1, 1, 0);
UPDATE counted SET a = 5, b = 5;
SELECT is(pg_temp.sent(), 'i: l:3', 'no column but the template''s');
SELECT kv.uncache_table('counted') \g /dev/null

-- Conditions: what they may be
CREATE FUNCTION pg_temp.refusal(condition text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM kv.cache_table('counted', 'x:{id}', condition => condition);
    PERFORM kv.uncache_table('counted');
    RETURN (SELECT 'none');
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate || ' ' || sqlerrm;
END
$$;
SELECT is(pg_temp.refusal('a = 1 AND coalesce(b, 2) IN (1, 2)'), 'none', 'an expression');
SELECT is(pg_temp.refusal('counted.a > 0'), 'none', 'with the table''s name');
SELECT is(pg_temp.refusal('d > 0'), '42703 column "d" does not exist', 'an unknown column');
SELECT is(pg_temp.refusal('a'), '42804 argument of condition must be type boolean, not type integer', 'no boolean');
SELECT is(pg_temp.refusal('a > 0; SELECT true'), '42601 syntax error at or near ";"', 'two statements');
SELECT is(pg_temp.refusal('a > 0, b > 0'), '42601 condition is not a single expression: a > 0, b > 0', 'two expressions');
SELECT is(pg_temp.refusal('a > 0 FROM counted'), '42601 condition is not a single expression: a > 0 FROM counted', 'a FROM');
SELECT is(pg_temp.refusal('a > 0 AS b'), '42601 condition is not a single expression: a > 0 AS b', 'a name');
SELECT is(pg_temp.refusal(''), '42601 condition is not a single expression: ', 'nothing');
SELECT is(pg_temp.refusal('a > 0) OR (true'), '42601 syntax error at or near ")"', 'parentheses');
SELECT is(pg_temp.refusal('EXISTS (SELECT FROM counted)'), '0A000 cannot use subquery in trigger WHEN condition', 'a subquery');
SELECT is(pg_temp.refusal('count(*) > 0'), '42803 aggregate functions are not allowed in trigger WHEN conditions', 'an aggregate');
SELECT is(pg_temp.refusal('row_number() OVER () > 0'), '42P20 window functions are not allowed in trigger WHEN conditions', 'a window function');
SELECT is(pg_temp.refusal('generate_series(1, a) > 0'), '0A000 set-returning functions are not allowed in trigger WHEN conditions', 'a set');
SELECT is(pg_temp.refusal('random() > 0.5'), '42P17 condition uses a volatile function', 'a volatile function');
SELECT is(pg_temp.refusal('counted IS NOT NULL'), '42P10 condition uses the whole row', 'the whole row');
SELECT is(pg_temp.refusal('ctid IS NOT NULL'), '42P10 condition uses a system column', 'a system column');

-- Conditions: how they run
CREATE SCHEMA hidden;
CREATE TYPE hidden.mood AS ENUM ('good', 'bad');
CREATE FUNCTION hidden.is_even(n integer) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT 10 / n IS NOT NULL AND n % 2 = 0 $$;
SET LOCAL search_path = hidden, public;
ALTER TABLE counted ADD m hidden.mood DEFAULT 'good';
SELECT kv.cache_table('counted', 'e:{id}', condition => $$ is_even(a) AND m = 'good' $$) \g /dev/null
SET LOCAL search_path = public;
SELECT is(condition, '(hidden.is_even(a) AND (m = ''good''::hidden.mood))', 'names are qualified') FROM kv.cached_tables WHERE key = 'e:{id}';
DELETE FROM counted;
DELETE FROM kv.relay_outbox_0;
INSERT INTO counted (id, a, m) VALUES (1, 2, 'good'), (2, 4, 'bad'), (3, 3, 'good');
SELECT is(pg_temp.sent(), 'i: e:1', 'whatever the search_path');
SELECT throws_ok($$ INSERT INTO counted VALUES (4, 0) $$, '22012', 'division by zero', 'an error in it is the statement''s');
CREATE OR REPLACE FUNCTION hidden.is_even(n integer) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT n % 2 <> 0 $$;
INSERT INTO counted (id, a) VALUES (5, 5), (6, 6);
SELECT is(pg_temp.sent(), 'i: e:5', 'a function that was replaced');
CREATE ROLE kv_test_writer;
GRANT INSERT ON counted TO kv_test_writer;
REVOKE ALL ON SCHEMA hidden FROM PUBLIC;
REVOKE ALL ON FUNCTION hidden.is_even FROM PUBLIC;
SET LOCAL ROLE kv_test_writer;
SELECT throws_ok($$ INSERT INTO counted (id, a) VALUES (7, 7) $$, '42501', 'permission denied for function is_even', 'it runs with the rights of who writes');
RESET ROLE;
GRANT EXECUTE ON FUNCTION hidden.is_even TO kv_test_writer;
SET LOCAL ROLE kv_test_writer;
SELECT lives_ok($$ INSERT INTO counted (id, a) VALUES (7, 7) $$, 'who may');
RESET ROLE;
SELECT is(pg_temp.sent(), 'i: e:7', 'is heard');
-- A condition whose function changes the table itself.
CREATE FUNCTION hidden.add_one() RETURNS void LANGUAGE sql AS $$ INSERT INTO counted (id, a) VALUES (100, 101) $$;
CREATE FUNCTION hidden.meddles(n integer) RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN IF n = 9 THEN PERFORM hidden.add_one(); END IF; RETURN true; END $$;
SELECT kv.cache_table('counted', 'f:{id}', condition => 'hidden.meddles(a)') \g /dev/null
INSERT INTO counted (id, a) VALUES (9, 9), (10, 11);
SELECT is(string_agg(convert_from(key, 'UTF8'), ' ' ORDER BY key), 'e:10 e:100 e:9 f:10 f:100 f:9', 'a function that comes back to the table') FROM kv.relay_outbox_0, unnest(keys) AS key;

SELECT * FROM finish();
ROLLBACK;
