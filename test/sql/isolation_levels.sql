-- Read-only transactions and the higher isolation levels.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

SELECT kv.set('ro', '1') \g /dev/null

BEGIN;
SELECT plan(24);
-- pgTAP has made its temporary tables, which a read-only transaction may write.
SET TRANSACTION READ ONLY;
SELECT is(kv.get('ro'), '1', 'get');
SELECT is(kv.exists('ro'), 1::bigint, 'exists');
SELECT is(kv.ttl('ro'), (-1)::bigint, 'ttl');
SELECT ok(kv.dbsize() >= 1, 'dbsize');
SELECT ok('ro' IN (SELECT kv.keys('*')), 'keys');
SELECT ok('ro' IN (SELECT unnest(keys) FROM kv.scan(0, count => 1000000)), 'scan');
SELECT isnt(kv.randomkey(), NULL, 'randomkey');
SELECT is(kv.call('GET', 'ro'), convert_to(E'$1\r\n1\r\n', 'UTF8'), 'kv.call of a command that reads');
SELECT is((SELECT value FROM kv.strings WHERE key = 'ro' AND db = 0), '1', 'the views');
SELECT throws_ok(call, '25006', NULL, call)
FROM unnest(ARRAY['SELECT kv.set(''ro'', ''2'')', 'SELECT kv.incr(''ro'')', 'SELECT kv.del(''missing'')', 'SELECT kv.expire(''ro'', 5)',
    'SELECT kv.getex(''ro'')', 'SELECT kv.mset(''a'', ''b'')', 'SELECT kv.rename(''ro'', ''ro'')', 'SELECT kv.flushdb()', 'SELECT kv.swapdb(0, 0)',
    'SELECT kv.expire_batch()', 'SELECT kv.call(''SET'', ''ro'', ''2'')', 'SELECT kv.name_database(1, ''x'')',
    'SELECT kv.set_storage(1, ''cache'')']) AS call;
SELECT throws_ok($$ SELECT kv.set('ro', '2') $$, '25006', 'cannot execute kv.set() in a read-only transaction', 'the message names the function');
SELECT is(kv.get('ro'), '1', 'nothing was written');
SELECT * FROM finish();
ROLLBACK;

BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT plan(9);
SELECT is(kv.incr('ro'), 2::bigint, 'repeatable read: a write');
SELECT is(kv.get('ro'), '2', 'is seen');
SELECT is((SELECT sum(kv.incr('rr')) FROM generate_series(1, 100)), 5050::numeric, 'so are many');
SAVEPOINT one;
SELECT kv.del('rr') \g /dev/null
SELECT is(kv.incr('rr'), 1::bigint, 'a key deleted and made again');
ROLLBACK TO one;
SELECT is(kv.get('rr'), '100', 'a savepoint rolled back');
SELECT is(kv.mset('m1', '1', 'm2', '2'), 'OK', 'several keys');
SELECT is(kv.rename('m1', 'm2'), 'OK', 'rename');
SELECT is(kv.msetnx('m1', '1', 'm3', '3'), true, 'msetnx');
SELECT bag_eq($$ SELECT kv.keys('m?') $$, ARRAY['m1', 'm2', 'm3'], 'keys');
SELECT * FROM finish();
ROLLBACK;

BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT plan(2);
SELECT is(kv.incr('ro'), 2::bigint, 'serializable: a write');
SELECT is(kv.get('ro'), '2', 'is seen');
SELECT * FROM finish();
ROLLBACK;
SELECT kv.del('ro') \g /dev/null
