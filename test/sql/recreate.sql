-- An extension that is dropped and made again, under a session that has used it; in a database that
-- no worker looks after.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
\set home :DBNAME
CREATE DATABASE pg_kv_recreate;
\connect pg_kv_recreate
SET client_min_messages = warning;
CREATE EXTENSION pg_kv;
CREATE EXTENSION pgtap;
SELECT plan(11);

SELECT is(kv.set('k', 'first'), 'OK', 'a key in the first extension');
DROP EXTENSION pg_kv;
SELECT hasnt_schema('kv', 'DROP EXTENSION leaves no schema');
CREATE EXTENSION pg_kv;
SELECT is(kv.get('k'), NULL, 'a new extension is empty');
SELECT is(kv.incr('k'), 1::bigint, 'and works in the same session');
SELECT is(kv.dbsize(), 1::bigint, 'and counts');

-- within a transaction that has written to the old one
BEGIN;
SELECT kv.set('lost', 'x') \g /dev/null
DROP EXTENSION pg_kv;
CREATE EXTENSION pg_kv;
SELECT is(kv.exists('lost', 'k'), 0::bigint, 'in a transaction: the keys are gone');
SELECT is(kv.dbsize(), 0::bigint, 'and not counted');
SELECT kv.set('new', 'x') \g /dev/null
COMMIT;
SELECT is(kv.get('new'), 'x', 'a key of the new extension is there');
SELECT is(kv.dbsize(), 1::bigint, 'and counted alone');

BEGIN;
DROP EXTENSION pg_kv;
ROLLBACK;
SELECT is(kv.get('new'), 'x', 'rolled back, the extension is as before');
SELECT is(kv.incr('more'), 1::bigint, 'also for writing');

SELECT * FROM finish();
\connect :home
DROP DATABASE pg_kv_recreate;
