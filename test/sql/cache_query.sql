-- Results of queries from the cache: which can be cached, when they are out of date, who sees them.
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
SELECT plan(70);

CREATE TABLE customer (id integer PRIMARY KEY, name text);
CREATE TABLE purchase (id integer PRIMARY KEY, customer integer REFERENCES customer, amount numeric);
CREATE TABLE unwatched (id integer);
INSERT INTO customer VALUES (1, 'Anna'), (2, 'Bert');
INSERT INTO purchase VALUES (1, 1, 10), (2, 1, 20), (3, 2, 5);
CREATE VIEW spent AS SELECT customer.name, sum(amount) AS amount FROM customer JOIN purchase ON purchase.customer = customer.id GROUP BY name;
CREATE FUNCTION mine() RETURNS integer IMMUTABLE LANGUAGE sql AS $$ SELECT 1 $$;
SELECT throws_ok($$SELECT kv.cache_query('k', NULL, 'SELECT * FROM customer')$$, '55000',
    'the result of the query cannot be cached: nobody tells the cache of changes of table cache_test.customer', 'tables must be watched');
SELECT kv.cache_table('customer', mode => 'read'), kv.cache_table('purchase', mode => 'read') \g /dev/null

CREATE FUNCTION rows_of(query text) RETURNS text LANGUAGE sql AS $$ SELECT string_agg("row"::text, ' ') FROM kv.cache_query('k', '1 hour', query) AS "row" $$;
-- Makes the cache say another name.
CREATE FUNCTION lie() RETURNS void LANGUAGE sql AS $$
    UPDATE kv.cache_key SET value = overlay(value PLACING 'Lies'::bytea FROM position('Anna'::bytea IN value))
    WHERE keyspace = -2 AND position('Anna'::bytea IN value) > 0 $$;
\set names 'SELECT name FROM customer ORDER BY id'
\set sums 'SELECT * FROM spent ORDER BY name'

SELECT is(rows_of(:'names'), '{"name": "Anna"} {"name": "Bert"}', 'rows as JSON');
SELECT rows_of(:'names'), rows_of(:'sums') \g /dev/null
SELECT is((SELECT count(*) FROM kv.cache_key WHERE keyspace = -2), 2::bigint, 'are cached');
SELECT lie() \g /dev/null
SELECT is(rows_of(:'names'), '{"name": "Lies"} {"name": "Bert"}', 'and come from the cache');
SELECT is(rows_of(:'sums'), '{"name": "Lies", "amount": 30} {"name": "Bert", "amount": 5}', 'also through a view');
SELECT is(rows_of('SELECT name FROM customer WHERE false'), NULL, 'no row');
SELECT is((SELECT kv.cache_query('k', NULL, 'SELECT name FROM customer WHERE id = $1', 2)), '{"name": "Bert"}', 'a parameter');
SELECT is((SELECT kv.cache_query('k', NULL, 'SELECT name FROM customer WHERE id = $1', 1)), '{"name": "Anna"}', 'another one');
SELECT is((SELECT kv.cache_query('k', NULL, 'SELECT name FROM customer WHERE name = $1 AND id = $2', 'x'' OR true --', 1)), NULL, 'is no SQL');
SELECT is((SELECT kv.cache_query('k', NULL, 'SELECT $1::text IS NULL AS is_null', NULL::text)), '{"is_null": true}', 'or NULL');
SELECT is(rows_of('SELECT 1 AS a'), '{"a": 1}', 'no table at all');

-- out of date
UPDATE purchase SET amount = 11 WHERE id = 1;
SELECT is(rows_of(:'sums'), '{"name": "Anna", "amount": 31} {"name": "Bert", "amount": 5}', 'a table changed');
SELECT is(rows_of(:'names'), '{"name": "Lies"} {"name": "Bert"}', 'that the other query does not read');
SELECT rows_of(:'sums') \g /dev/null
SELECT lie() \g /dev/null
SELECT is(rows_of(:'sums'), '{"name": "Lies", "amount": 31} {"name": "Bert", "amount": 5}', 'cached again');
BEGIN;
DELETE FROM purchase WHERE id = 3;
SELECT is(rows_of(:'sums'), '{"name": "Anna", "amount": 31}', 'a transaction sees what it changed');
ROLLBACK;
SELECT is(rows_of(:'sums'), '{"name": "Lies", "amount": 31} {"name": "Bert", "amount": 5}', 'and nobody, if it came to nothing');
BEGIN;
SAVEPOINT here;
DELETE FROM purchase WHERE id = 3;
ROLLBACK TO here;
UPDATE purchase SET amount = 12 WHERE id = 1;
COMMIT;
SELECT is(rows_of(:'sums'), '{"name": "Anna", "amount": 32} {"name": "Bert", "amount": 5}', 'changed after a savepoint was rolled back');
SELECT rows_of(:'sums') \g /dev/null
SELECT lie() \g /dev/null
CREATE OR REPLACE VIEW spent AS SELECT customer.name, min(amount) AS amount FROM customer JOIN purchase ON purchase.customer = customer.id GROUP BY name;
SELECT is(rows_of(:'sums'), '{"name": "Anna", "amount": 12} {"name": "Bert", "amount": 5}', 'a view is another one');
SELECT rows_of(:'sums') \g /dev/null
TRUNCATE purchase;
SELECT is(rows_of(:'sums'), NULL, 'TRUNCATE');
INSERT INTO purchase VALUES (1, 1, 10);
SELECT rows_of(:'sums') \g /dev/null
SELECT lie() \g /dev/null
ALTER TABLE purchase ALTER id TYPE bigint;
SELECT is(rows_of(:'sums'), '{"name": "Anna", "amount": 10}', 'a table is rewritten');
SELECT rows_of(:'sums'), rows_of(:'names') \g /dev/null
SELECT lie() \g /dev/null
UPDATE kv.cache_change SET at = at - interval '1 hour';
SELECT kv.expire_batch() \g /dev/null
SELECT is((SELECT count(*) FROM kv.cache_change WHERE NOT is_folded), 0::bigint, 'old changes are folded');
SELECT is((SELECT count(*) = count(DISTINCT "table") FROM kv.cache_change), true, 'to one for each table');
SELECT is(rows_of(:'sums'), '{"name": "Lies", "amount": 10}', 'and what is newer is not concerned');
UPDATE customer SET name = 'Anna' WHERE id = 2;
SELECT is(rows_of(:'names'), '{"name": "Anna"} {"name": "Anna"}', 'nor do changes go unseen');
SELECT rows_of(:'names') \g /dev/null
SELECT lie() \g /dev/null
SELECT ok(kv.cache_forget_query('k') > 1, 'kv.cache_forget_query removes what a key names');
SELECT is(rows_of(:'names'), '{"name": "Anna"} {"name": "Anna"}', 'so that it is read again');

-- isolation levels
SELECT rows_of(:'names') \g /dev/null
SELECT lie() \g /dev/null
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT is(rows_of(:'names'), '{"name": "Lies"} {"name": "Anna"}', 'REPEATABLE READ reads the cache by its snapshot');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT is(rows_of(:'names'), '{"name": "Anna"} {"name": "Anna"}', 'SERIALIZABLE reads past it');
COMMIT;

-- settings that the result depends on
SET DateStyle = ISO;
SET TimeZone = 'UTC';
SELECT rows_of('SELECT ''2026-01-01 12:00+00''::timestamptz::text AS t FROM customer LIMIT 1') \g /dev/null
SET TimeZone = 'Asia/Tokyo';
SELECT is(rows_of('SELECT ''2026-01-01 12:00+00''::timestamptz::text AS t FROM customer LIMIT 1'), '{"t": "2026-01-01 21:00:00+09"}', 'another time zone, another result');
SELECT is(rows_of('SELECT ''2026-01-01 12:00''::timestamptz = ''2026-01-01 03:00+00'' AS t'), '{"t": true}', 'a constant is read by the settings');
RESET TimeZone;
SELECT is(rows_of('SELECT ''2026-01-01 12:00''::timestamptz = ''2026-01-01 03:00+00'' AS t'), '{"t": false}', 'also by the same session');
SELECT is(rows_of($$SELECT 'a\\b' AS t$$), '{"t": "a\\\\b"}', 'a backslash');
SET standard_conforming_strings = off;
SET escape_string_warning = off;
SELECT is(rows_of($$SELECT 'a\\b' AS t$$), $${"t": "a\\b"}$$, 'that escapes');
RESET standard_conforming_strings;
SET quote_all_identifiers = on;
SELECT is(rows_of('SELECT quote_ident(name) AS q FROM customer LIMIT 1'), '{"q": "\"Anna\""}', 'quoted');
RESET quote_all_identifiers;
CREATE SCHEMA cache_other;
CREATE TABLE cache_other.customer (id integer PRIMARY KEY, name text);
INSERT INTO cache_other.customer VALUES (1, 'Other');
SELECT kv.cache_table('cache_other.customer', mode => 'read') \g /dev/null
SET search_path = cache_other, cache_test, public;
SELECT is(rows_of(:'names'), '{"name": "Other"}', 'another search_path, another table');
SET search_path = cache_test, public;

-- what cannot be cached
SELECT throws_like(format('SELECT kv.cache_query(%L, NULL, %L)', 'k', query), '%' || message || '%', query)
FROM (VALUES ('DELETE FROM customer', 'only the result of one SELECT can be cached'), ('SELECT 1; SELECT 2', 'only the result of one SELECT can be cached'),
             ('', 'only the result of one SELECT can be cached'), ('SELECT 1) AS a; DROP TABLE customer; --', 'syntax error'), ('SHOW search_path', 'only the result of one SELECT can be cached'),
             ('SELECT 1 INTO new_table', 'only the result of one SELECT can be cached'), ('WITH gone AS (DELETE FROM customer RETURNING *) SELECT * FROM gone', 'it is more than one SELECT'),
             ('SELECT * FROM customer FOR UPDATE', 'it locks rows'), ('SELECT random() FROM customer', 'function random is volatile'), ('SELECT * FROM (SELECT clock_timestamp()) AS now', 'function clock_timestamp is volatile'),
             ('SELECT mine()', 'it calls function mine'), ('SELECT * FROM customer WHERE id IN (SELECT mine())', 'it calls function mine'), ('SELECT current_setting(''kv.prefix'')', 'function current_setting depends on more'),
             ('SELECT pg_backend_pid()', 'function pg_backend_pid'), ('SELECT * FROM pg_class', 'changes of table pg_catalog.pg_class'), ('SELECT * FROM unwatched', 'changes of table cache_test.unwatched'),
             ('SELECT name FROM customer WHERE EXISTS (SELECT FROM unwatched)', 'changes of table cache_test.unwatched'), ('SELECT * FROM customer TABLESAMPLE system (50)', 'it samples a table'),
             ('SELECT pg_client_encoding() FROM customer', 'function pg_client_encoding'), ('SELECT inet_server_addr()', 'function inet_server_addr'), ('SELECT tableoid::regclass FROM customer', 'values of type regclass'),
             ('SELECT 1::oid::regtype::text', 'values of type regtype'), ('SELECT ''{1}''::oid[]::regrole[]', 'values of type regrole[]'), ('SELECT ''simple''::regconfig::text', 'values of type regconfig'),
             ('SELECT nothing FROM customer', 'column "nothing" does not exist')) AS refused (query, message);

SELECT is(rows_of('SELECT to_tsvector(''simple'', name) AS words FROM customer LIMIT 1'), '{"words": "''anna'':1"}', 'a configuration for text search may be named');

-- types
CREATE TYPE place AS (street text, number integer);
SELECT rows_of('SELECT ROW(name, id)::place AS at FROM customer WHERE id = 1') \g /dev/null
SELECT lie() \g /dev/null
SELECT is(rows_of('SELECT ROW(name, id)::place AS at FROM customer WHERE id = 1'), '{"at": {"number": 1, "street": "Lies"}}', 'a composite type');
ALTER TYPE place RENAME ATTRIBUTE street TO road;
SELECT is(rows_of('SELECT ROW(name, id)::place AS at FROM customer WHERE id = 1'), '{"at": {"road": "Anna", "number": 1}}', 'whose attribute is renamed');

-- rights
CREATE ROLE kv_test_cache;
SELECT kv.grant_read('kv_test_cache') \g /dev/null
GRANT USAGE ON SCHEMA cache_test TO kv_test_cache;
GRANT SELECT ON spent TO kv_test_cache;
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
SELECT rows_of(:'names'), rows_of(:'sums') \g /dev/null
SELECT lie() \g /dev/null
SELECT is(attempt(format('SELECT rows_of(%L)', :'names')), '42501 permission denied for table customer', 'no right to the table');
SELECT is(attempt(format('SELECT rows_of(%L)', :'sums')), '{"name": "Anna", "amount": 10}', 'a right to the view; what another role was given is not seen');
GRANT SELECT (name) ON customer TO kv_test_cache;
SELECT is(attempt('SELECT rows_of(''SELECT name FROM customer LIMIT 1'')'), '{"name": "Anna"}', 'a right to a column');
REVOKE SELECT (name) ON customer FROM kv_test_cache;
GRANT SELECT ON customer TO kv_test_cache;
SELECT attempt('SELECT rows_of(''SELECT name FROM customer LIMIT 1'')') \g /dev/null
SELECT lie() \g /dev/null
REVOKE SELECT ON customer FROM kv_test_cache;
SELECT is(attempt('SELECT rows_of(''SELECT name FROM customer LIMIT 1'')'), '42501 permission denied for table customer', 'taken back');
GRANT SELECT ON customer TO kv_test_cache;
SELECT is(attempt('SELECT rows_of(''SELECT name FROM customer LIMIT 1'')'), '{"name": "Lies"}', 'given again: its own result');
ALTER TABLE customer ENABLE ROW LEVEL SECURITY;
SELECT is(attempt('SELECT rows_of(''SELECT name FROM customer LIMIT 1'')'), NULL, 'row security: the cache is bypassed');
SELECT is((SELECT count(*) FROM kv.check()), 0::bigint, 'what is stored agrees with itself');

SELECT * FROM finish();
DROP SCHEMA cache_test, cache_other CASCADE;
DROP OWNED BY kv_test_cache;
DROP ROLE kv_test_cache;
