-- TRUNCATE, VACUUM FULL, CLUSTER and REINDEX of a key table, and its use afterwards in the same session.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

SELECT plan(96);

SELECT kv.flushall() \g /dev/null
SELECT kv.set('k' || i, i, ex => 1000) FROM generate_series(1, 100) AS i \g /dev/null
-- What the session can still do after each: read, change, insert, delete, expire, walk, count.
CREATE FUNCTION pg_temp.works(what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT is(kv.get('k50'), '50', what || ': get');
    RETURN NEXT is(kv.incr('k50') || ' ' || kv.decr('k50'), '51 50', what || ': a change and another');
    RETURN NEXT is(kv.set('new', 'x') || kv.get('new') || kv.del('new'), 'OKx1', what || ': a new key');
    RETURN NEXT is(kv.expire('k1', 2000), true, what || ': an expiry');
    RETURN NEXT is((SELECT count(*) FROM kv.keys('k*')), 100::bigint, what || ': keys');
    RETURN NEXT is((SELECT cardinality(keys) FROM kv.scan(0, count => 1000)), 100, what || ': scan');
    RETURN NEXT is(kv.dbsize(), 100::bigint, what || ': dbsize');
END
$$;
VACUUM FULL kv.durable_key;
SELECT * FROM pg_temp.works('after VACUUM FULL');
CLUSTER kv.durable_key USING durable_key_pkey;
SELECT * FROM pg_temp.works('after CLUSTER');
REINDEX TABLE kv.durable_key;
SELECT * FROM pg_temp.works('after REINDEX');
REINDEX TABLE CONCURRENTLY kv.durable_key;
SELECT * FROM pg_temp.works('after REINDEX CONCURRENTLY');
VACUUM ANALYZE kv.durable_key;
SELECT * FROM pg_temp.works('after VACUUM');
VACUUM FULL kv.durable_size;
SELECT * FROM pg_temp.works('after VACUUM FULL of the sizes');
ALTER TABLE kv.durable_key SET (fillfactor = 80);
ALTER TABLE kv.durable_key SET (fillfactor = 85);
SELECT * FROM pg_temp.works('after ALTER TABLE');

-- the same within a transaction that has written before
BEGIN;
SELECT kv.incr('k50'), kv.decr('k50') \g /dev/null
CLUSTER kv.durable_key USING durable_key_pkey;
SELECT * FROM pg_temp.works('CLUSTER in a transaction after a write');
REINDEX TABLE kv.durable_key;
SELECT * FROM pg_temp.works('REINDEX in a transaction after a write');
SAVEPOINT one;
SELECT kv.set('k50', 'x') \g /dev/null
CLUSTER kv.durable_key USING durable_key_id;
SELECT kv.set('k50', 'y') \g /dev/null
ROLLBACK TO one;
SELECT * FROM pg_temp.works('CLUSTER in a savepoint rolled back');
COMMIT;
SELECT * FROM pg_temp.works('after the commit');

-- TRUNCATE
BEGIN;
TRUNCATE kv.durable_key;
SELECT is(kv.get('k50'), NULL, 'TRUNCATE: the keys are gone');
SELECT is(kv.dbsize(), 0::bigint, 'and not counted');
SELECT is(kv.set('k50', 'new'), 'OK', 'a new key');
SELECT is(kv.dbsize(), 1::bigint, 'is counted');
ROLLBACK;
SELECT * FROM pg_temp.works('TRUNCATE rolled back');
BEGIN;
SELECT kv.set('k50', 'x'), kv.set('more', 'y') \g /dev/null
TRUNCATE kv.durable_key;
SELECT is(kv.get('k50'), NULL, 'TRUNCATE after a write: a changed key is gone');
SELECT is(kv.get('more'), NULL, 'a new one, too');
SELECT is(kv.dbsize(), 0::bigint, 'neither is counted');
SELECT is(kv.incr('k50'), 1::bigint, 'a key of the same name is a new one');
COMMIT;
BEGIN;
SELECT kv.sadd('members', (SELECT array_agg(i) FROM generate_series(1, 200) AS i)) \g /dev/null
SELECT lives_ok('TRUNCATE kv.durable_key, kv.durable_field', 'TRUNCATE of keys and elements in one command');
SELECT is((SELECT count(*) FROM kv.durable_field), 0::bigint, 'leaves no elements');
ROLLBACK;
SELECT is(kv.dbsize(), 1::bigint, 'after the commit the size is that of the new key');
SELECT is((SELECT count(*) FROM kv.keys('*')), 1::bigint, 'which is the only one');

SELECT kv.flushall() \g /dev/null
SELECT * FROM finish();
