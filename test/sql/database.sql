-- Numbered databases: db =>, kv.database, names, swapping, flushing, moving, sizes, storage classes.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(106);

SELECT kv.flushall() \g /dev/null

-- which database a call concerns
SELECT kv.set('k', 'zero'), kv.set('k', 'three', db => 3) \g /dev/null
SELECT is(kv.get('k'), 'zero', 'database 0 unless told');
SELECT is(kv.get('k', db => 3), 'three', 'db => chooses another');
SELECT is(kv.get('k', db => NULL), 'zero', 'db => NULL is as without');
SET LOCAL kv.database = 3;
SELECT is(kv.get('k'), 'three', 'kv.database chooses another');
SELECT is(kv.get('k', db => 0), 'zero', 'db => comes before kv.database');
SET LOCAL kv.database = '03';
SELECT is(kv.get('k'), 'three', 'a number may have a leading zero');
SELECT throws_ok($$ SET LOCAL kv.database = 16 $$, '22023', NULL, 'there are sixteen databases');
SELECT throws_ok($$ SET LOCAL kv.database = '' $$, '22023', NULL, 'an empty name is none');
SELECT throws_ok($$ SELECT kv.get('k', db => 16) $$, '22023', 'DB index is out of range', 'db => 16 is none');
SELECT throws_ok($$ SELECT kv.get('k', db => -1) $$, '22023', 'DB index is out of range', 'nor is -1');
SELECT is(kv.get('k'), 'three', 'the setting was kept');
SET LOCAL kv.database = 0;

-- names
SELECT kv.name_database(3, 'sessions') \g /dev/null
SET LOCAL kv.database = 'sessions';
SELECT is(kv.get('k'), 'three', 'kv.database takes a name');
SELECT is(kv.db('sessions'), 3, 'kv.db returns the number of a name');
SELECT is(kv.get('k', db => kv.db('sessions')), 'three', 'which db => takes');
SET LOCAL kv.database = 'nothing';
SELECT throws_ok($$ SELECT kv.get('k') $$, '42704', 'pg_kv has no database named "nothing"', 'an unknown name');
SET LOCAL kv.database = 0;
SELECT throws_ok($$ SELECT kv.db('nothing') $$, '42704', 'pg_kv has no database named "nothing"', 'for kv.db, too');
SELECT kv.name_database(3, 'logins') \g /dev/null
SELECT is(kv.db('logins'), 3, 'a database can be renamed');
SELECT throws_ok($$ SELECT kv.db('sessions') $$, '42704', NULL, 'the old name is free');
SELECT throws_ok($$ SELECT kv.name_database(4, 'logins') $$, '23505', NULL, 'a name is unique');
SELECT throws_ok($$ SELECT kv.name_database(4, '7') $$, '23514', NULL, 'a number is no name');
SELECT throws_ok($$ SELECT kv.name_database(16, 'x') $$, '23514', NULL, 'only databases have names');
SELECT kv.name_database(3, NULL) \g /dev/null
SELECT throws_ok($$ SELECT kv.db('logins') $$, '42704', NULL, 'NULL takes the name away');
SELECT is(kv.get('k', db => 3), 'three', 'naming changed no key');

-- move
SELECT is(kv.move('k', 3), false, 'move does not overwrite');
SELECT is(kv.get('k'), 'zero', 'and leaves the key');
SELECT kv.set('m', 'v', ex => 100) \g /dev/null
SELECT is(kv.move('m', 3), true, 'move');
SELECT is(kv.exists('m'), 0::bigint, 'takes the key away here');
SELECT is(kv.get('m', db => 3), 'v', 'and brings it there');
SELECT ok(kv.ttl('m', db => 3) BETWEEN 95 AND 100, 'with its expiry');
SELECT is(kv.dbsize(), 1::bigint, 'one key less here');
SELECT is(kv.dbsize(db => 3), 2::bigint, 'one more there');
SELECT is(kv.move('m', 0, db => 3), true, 'move from another database');
SELECT is(kv.get('m'), 'v', 'and back');

-- swapdb
SELECT kv.flushall() \g /dev/null
SELECT kv.mset('a', '1', 'b', '2'), kv.set('c', '3', db => 5) \g /dev/null
SELECT is(kv.swapdb(0, 5), 'OK', 'swapdb');
SELECT is(kv.get('c'), '3', 'what was there is here');
SELECT is(kv.get('a', db => 5), '1', 'what was here is there');
SELECT is(kv.dbsize(), 1::bigint, 'the size went along');
SELECT is(kv.dbsize(db => 5), 2::bigint, 'both ways');
SELECT kv.set('d', '4') \g /dev/null
SELECT is(kv.dbsize(), 2::bigint, 'and counts on');
SELECT is(kv.swapdb(0, 0), 'OK', 'swapdb with itself');
SELECT is(kv.get('c'), '3', 'changes nothing');
SELECT is(kv.swapdb(5, 0), 'OK', 'swapdb the other way');
SELECT is(kv.get('a'), '1', 'puts everything back');

-- A name belongs to the number, as kv.databases shows it.
SELECT kv.name_database(5, 'five') \g /dev/null
SELECT kv.swapdb(0, 5) \g /dev/null
SELECT is(kv.db('five'), 5, 'a name stays with its number');
SELECT kv.name_database(5, NULL) \g /dev/null
SELECT kv.swapdb(0, 5) \g /dev/null

-- flushdb and flushall
SELECT is(kv.flushdb(), 'OK', 'flushdb');
SELECT is(kv.exists('a', 'b'), 0::bigint, 'removes the keys');
SELECT is(kv.dbsize(), 0::bigint, 'all of them');
SELECT is_empty($$ SELECT kv.keys('*') $$, 'keys finds none');
SELECT is(kv.dbsize(db => 5), 2::bigint, 'and leaves the other databases');
SELECT is(kv.incr('a'), 1::bigint, 'a key of the same name is a new one');
SELECT is(kv.dbsize(), 1::bigint, 'and is counted');
SELECT is(kv.flushdb(async => true, db => 5), 'OK', 'flushdb of another database');
SELECT is(kv.dbsize(db => 5), 0::bigint, 'empties that');
SELECT is(kv.dbsize(), 1::bigint, 'and only that');
SELECT kv.set('x', '1', db => 9) \g /dev/null
SELECT is(kv.flushall(), 'OK', 'flushall');
SELECT is((SELECT sum(keys) FROM kv.databases), 0::numeric, 'empties all databases');

-- sizes
SELECT kv.set('s' || i, 'v') FROM generate_series(1, 10) AS i \g /dev/null
SELECT is(kv.dbsize(), 10::bigint, 'dbsize sees this transaction''s keys');
SAVEPOINT one;
SELECT kv.set('t' || i, 'v') FROM generate_series(1, 5) AS i \g /dev/null
SELECT is(kv.dbsize(), 15::bigint, 'and the savepoint''s');
SAVEPOINT two;
SELECT kv.del('s1', 's2') \g /dev/null
SELECT is(kv.dbsize(), 13::bigint, 'less what a savepoint within it deleted');
RELEASE two;
SELECT is(kv.dbsize(), 13::bigint, 'also when that is released');
ROLLBACK TO one;
SELECT is(kv.dbsize(), 10::bigint, 'rolling back the outer savepoint takes back both');
SELECT is((SELECT count(*) FROM kv.keys('*')), 10::bigint, 'as it does with the keys');
DO $$
BEGIN
    FOR i IN 1 .. 10 LOOP
        BEGIN
            PERFORM kv.set('u' || i, 'v');
            IF i % 2 = 0 THEN
                RAISE EXCEPTION 'no';
            END IF;
        EXCEPTION WHEN raise_exception THEN
            NULL;
        END;
    END LOOP;
END
$$;
SELECT is(kv.dbsize(), 15::bigint, 'EXCEPTION blocks that failed are not counted');
SELECT is((SELECT count(*) FROM kv.keys('u*')), 5::bigint, 'their keys are not there');
SAVEPOINT flush;
SELECT kv.flushdb() \g /dev/null
SELECT is(kv.dbsize(), 0::bigint, 'flushed');
SELECT kv.set('after', 'v') \g /dev/null
ROLLBACK TO flush;
SELECT is(kv.dbsize(), 15::bigint, 'rolling back a flush brings back the size');
SELECT is(kv.get('s1'), 'v', 'and the keys');
SELECT is(kv.exists('after'), 0::bigint, 'without what came after');
SAVEPOINT swap;
SELECT kv.swapdb(0, 1) \g /dev/null
ROLLBACK TO swap;
SELECT is(kv.get('s1'), 'v', 'rolling back a swap swaps back');

-- storage classes
SELECT kv.flushall() \g /dev/null
SELECT kv.mset('a', '1', 'b', repeat('b', 10000)), kv.set('e', '3', ex => 1000),
    kv.set(repeat('long', 300), 'l') \g /dev/null
CREATE FUNCTION pg_temp.is_all_there(what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT is(kv.get('a'), '1', what || ': a short value');
    RETURN NEXT is(kv.get('b'), repeat('b', 10000), what || ': a large value');
    RETURN NEXT ok(kv.ttl('e') BETWEEN 900 AND 1000, what || ': an expiry');
    RETURN NEXT is(kv.get(repeat('long', 300)), 'l', what || ': a long name');
    RETURN NEXT is(kv.dbsize(), 4::bigint, what || ': the size');
    RETURN NEXT bag_eq('SELECT kv.keys(''*'')', ARRAY['a', 'b', 'e', repeat('long', 300)], what || ': keys');
END
$$;
SELECT kv.set_storage(0, 'cache') \g /dev/null
SELECT pg_temp.is_all_there('durable to cache');
SELECT is((SELECT storage FROM kv.databases WHERE db = 0), 'cache', 'it is a cache');
SELECT kv.set('c', 'new') \g /dev/null
SELECT is((SELECT count(*) FROM kv.cache_key WHERE kv.key_name(key, value) = 'c'), 1::bigint, 'new keys are in the unlogged table');
SELECT is((SELECT relpersistence FROM pg_class WHERE oid = 'kv.cache_key'::regclass), 'u', 'which is unlogged');
SELECT is(kv.dbsize(), 5::bigint, 'and are counted');
SELECT bag_eq($$ SELECT value FROM kv.strings WHERE key IN ('a', 'c') $$, ARRAY['1', 'new'], 'and in the view');
SELECT is(kv.del('c'), 1::bigint, 'and can be deleted');
SELECT is(kv.move('a', 1), true, 'a key moves from a cache to a durable database');
SELECT is(kv.get('a', db => 1), '1', 'with its value');
SELECT is(kv.move('a', 0, db => 1), true, 'and back');
SELECT kv.set_storage(0, 'cache') \g /dev/null
SELECT is(kv.dbsize(), 4::bigint, 'the class it has already changes nothing');
SELECT kv.set_storage(0, 'durable') \g /dev/null
SELECT pg_temp.is_all_there('cache to durable');
SELECT is((SELECT storage FROM kv.databases WHERE db = 0), 'durable', 'it is durable');
SAVEPOINT storage;
SELECT kv.set_storage(0, 'cache') \g /dev/null
SELECT kv.flushdb() \g /dev/null
ROLLBACK TO storage;
SELECT pg_temp.is_all_there('after a rollback');
SELECT throws_ok($$ SELECT kv.set_storage(0, 'tape') $$, '22023', 'unknown storage class "tape"', 'an unknown class');
SELECT throws_ok($$ SELECT kv.set_storage(0, NULL) $$, '22023', NULL, 'no class');
SELECT throws_ok($$ SELECT kv.set_storage(16, 'cache') $$, '23514', NULL, 'no such database');
SELECT kv.set_storage(2, 'cache'), kv.set('x', '1', db => 2), kv.swapdb(0, 2) \g /dev/null
SELECT is(kv.get('x'), '1', 'a cache and a durable database can be swapped');
SELECT results_eq($$ SELECT storage FROM kv.databases WHERE db IN (0, 2) ORDER BY db $$, ARRAY['cache', 'durable'],
    'and the classes with them');
SELECT is(kv.flushdb(), 'OK', 'a cache can be flushed');
SELECT is(kv.dbsize(), 0::bigint, 'and is empty');
SELECT is((SELECT storage FROM kv.databases WHERE db = 0), 'cache', 'and still a cache');

SELECT * FROM finish();
ROLLBACK;
