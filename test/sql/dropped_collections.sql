-- The end of large collections: however they go, their key's row alone is touched, and a sweep
-- leaves no element; how they change their database and its storage class.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

SELECT * FROM no_plan();

SELECT kv.flushall() \g /dev/null

-- four large collections, prefixed, in a database
CREATE FUNCTION pg_temp.make(prefix text, size integer, db integer) RETURNS void LANGUAGE sql AS $$
    SELECT kv.hset(prefix || 'h', array_agg('f' || i), array_agg('v' || i), db => db), kv.rpush(prefix || 'l', array_agg('i' || i), db => db),
           kv.sadd(prefix || 's', array_agg('m' || i), db => db), kv.zadd(prefix || 'z', array_agg(i::float8), array_agg('m' || i), db => db)
    FROM generate_series(1, size) AS i $$;
-- what is in them, as a word
CREATE FUNCTION pg_temp.content(prefix text, db integer) RETURNS text LANGUAGE sql AS $$
    SELECT md5(concat((SELECT string_agg(field || value, ',' ORDER BY field) FROM kv.hgetall(prefix || 'h', db)),
                      (SELECT string_agg(item, ',' ORDER BY n) FROM kv.lrange(prefix || 'l', 0, -1, db) WITH ORDINALITY AS t (item, n)),
                      (SELECT string_agg(member, ',' ORDER BY member) FROM kv.smembers(prefix || 's', db) AS member),
                      (SELECT string_agg(member || score, ',' ORDER BY n) FROM kv.zrange(prefix || 'z', 0, -1, withscores => true, db => db) WITH ORDINALITY AS t (member, score, n)))) $$;
CREATE FUNCTION pg_temp.elements() RETURNS bigint LANGUAGE sql AS $$
    SELECT (SELECT count(*) FROM kv.durable_field) + (SELECT count(*) FROM kv.durable_item) + (SELECT count(*) FROM kv.durable_member) + (SELECT count(*) FROM kv.durable_block)
         + (SELECT count(*) FROM kv.cache_field) + (SELECT count(*) FROM kv.cache_item) + (SELECT count(*) FROM kv.cache_member) + (SELECT count(*) FROM kv.cache_block)
         + (SELECT count(*) FROM kv.durable_dropped_collection) + (SELECT count(*) FROM kv.cache_dropped_collection) $$;
-- In batches, each of its own transaction; a background worker may help. Returns what is left.
CREATE PROCEDURE pg_temp.sweep(batch integer) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. 1000 LOOP
        PERFORM kv.expire_batch(batch);
        COMMIT;
        EXIT WHEN pg_temp.elements() = 0;
        PERFORM pg_sleep(0.01);
    END LOOP;
END
$$;
CALL pg_temp.sweep(100000);
SELECT is(pg_temp.elements(), 0::bigint, 'nothing is there at first');

-- A collection is dropped, overwritten, renamed over, or expires without a look at its elements.
SELECT pg_temp.make('', 20000, 0) \g /dev/null
-- What this transaction has removed from the tables of elements.
CREATE FUNCTION pg_temp.removed() RETURNS bigint LANGUAGE sql AS $$
    SELECT sum(n_tup_del + n_tup_upd + n_tup_ins)::bigint FROM pg_stat_xact_user_tables WHERE schemaname = 'kv' AND relname ~ '^durable_(field|item|member|block)$' $$;
BEGIN;
SELECT pg_temp.removed() AS before \gset
SELECT is(kv.hdel('h', 'f1') || ' ' || kv.lpop('l') || ' ' || kv.srem('s', 'm1'), '1 i1 1', 'single elements are removed');
SELECT is(pg_temp.removed() - :before, 3::bigint, 'which is counted');
SELECT pg_temp.removed() AS before \gset
SELECT is(kv.del('h', 'l', 's', 'z'), 4::bigint, 'DEL of four collections of 20,000');
SELECT is(pg_temp.removed() - :before, 0::bigint, 'touches no element');
SELECT is((SELECT count(*) FROM kv.durable_dropped_collection), 4::bigint, 'they are noted');
ROLLBACK;
BEGIN;
SELECT pg_temp.removed() AS before \gset
SELECT is(kv.set('h', 'x') || kv.rename('l', 's') || kv.expire('z', 1000)::text || kv.unlink('s') || kv.flushdb(), 'OKOKtrue1OK', 'SET, RENAME, EXPIRE, UNLINK, FLUSHDB');
SELECT is(pg_temp.removed() - :before, 0::bigint, 'touch no element');
ROLLBACK;
SELECT is(kv.hlen('h') || ' ' || kv.llen('l') || ' ' || kv.scard('s') || ' ' || kv.zcard('z'), '20000 20000 20000 20000', 'rolled back, all is there');
SELECT is_empty('SELECT * FROM kv.check()', 'and nothing is wrong');

SELECT kv.del('h', 'l', 's', 'z') \g /dev/null
SELECT pg_temp.make('', 200, 0) \g /dev/null
SELECT pg_temp.content('', 0) AS content \gset
SELECT is(kv.hlen('h') || ' ' || kv.llen('l') || ' ' || kv.scard('s') || ' ' || kv.zcard('z'), '200 200 200 200', 'new ones of the same names');
SELECT is((SELECT count(*) FROM kv.hashes) + (SELECT count(*) FROM kv.lists) + (SELECT count(*) FROM kv.sets) + (SELECT count(*) FROM kv.sorted_sets), 800::bigint, 'the views show nothing of the old ones');
SELECT is_empty('SELECT * FROM kv.check()', 'nothing is wrong before the sweep');
CREATE PROCEDURE pg_temp.sweep_dropped() LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. 1000 LOOP
        PERFORM kv.expire_batch(7000);
        COMMIT;
        EXIT WHEN NOT EXISTS (SELECT FROM kv.durable_dropped_collection);
        PERFORM pg_sleep(0.01);
    END LOOP;
END
$$;
CALL pg_temp.sweep_dropped();
SELECT is(pg_temp.content('', 0), :'content', 'nor is anything lost in it');
SELECT is((SELECT count(*) FROM kv.durable_field), 400::bigint, 'of the old ones nothing is left');
SELECT is((SELECT count(*) FROM kv.durable_member), 200::bigint, 'of any type');
SELECT is_empty('SELECT * FROM kv.check()', 'nothing is wrong after it');

-- expiry
SELECT pg_temp.make('due:', 300, 0) \g /dev/null
SELECT kv.pexpire('due:' || key, 1) FROM unnest(ARRAY['h', 'l', 's', 'z']) AS key \g /dev/null
SELECT pg_sleep(0.01) \g /dev/null
SELECT is(kv.exists('due:h', 'due:l', 'due:s', 'due:z'), 0::bigint, 'expired collections are missing');
SELECT is(kv.rpush('due:l', 'new') || ' ' || kv.llen('due:l') || ' ' || kv.ttl('due:l'), '1 1 -1', 'one of the same name is new');
SELECT is(kv.hset('due:h', 'new', 'x') || ' ' || (SELECT count(*) FROM kv.hgetall('due:h')), '1 1', 'a hash, too');
SELECT is_empty('SELECT * FROM kv.check()', 'nothing is wrong');
SELECT kv.del('due:l', 'due:h') \g /dev/null

-- to other databases and storage classes
SELECT is(kv.move('h', 3) AND kv.move('l', 3) AND kv.move('s', 3) AND kv.move('z', 3), true, 'MOVE');
SELECT is(pg_temp.content('', 3), :'content', 'to another durable database');
SELECT kv.set_storage(5, 'cache') \g /dev/null
SELECT is(kv.move('h', 5, db => 3) AND kv.move('l', 5, db => 3) AND kv.move('s', 5, db => 3) AND kv.move('z', 5, db => 3), true, 'MOVE');
SELECT is(pg_temp.content('', 5), :'content', 'to a cache database');
SELECT is(kv.dbsize(3) || ' ' || kv.dbsize(5), '0 4', 'they are no longer where they were');
SELECT is((SELECT count(*) FROM kv.cache_field), 400::bigint, 'their elements are in its tables');
SELECT is(kv.copy('h', 'h', destination_db => 0, db => 5) AND kv.copy('l', 'l', destination_db => 0, db => 5) AND kv.copy('s', 's', destination_db => 0, db => 5) AND kv.copy('z', 'z', destination_db => 0, db => 5), true, 'COPY');
SELECT is(pg_temp.content('', 0), :'content', 'back to a durable one');
SELECT is(kv.rename('h', 'h2', db => 5) || kv.rename('h2', 'h', db => 5), 'OKOK', 'RENAME within the cache');
SELECT is_empty('SELECT * FROM kv.check()', 'nothing is wrong');
SELECT kv.set_storage(5, 'durable') \g /dev/null
SELECT is(pg_temp.content('', 5), :'content', 'a database becomes durable');
SELECT kv.set_storage(0, 'cache') \g /dev/null
SELECT is(pg_temp.content('', 0), :'content', 'another a cache');
SELECT is(kv.hset('h', 'f1', 'v1', 'new', 'x') || ' ' || kv.zrank('z', 'm100') || ' ' || kv.lpush('l', 'x'), '1 99 201', 'where it is written to');
SELECT kv.set_storage(0, 'durable') \g /dev/null
SELECT is(kv.hdel('h', 'new') || kv.lpop('l') || ' ' || pg_temp.content('', 0), '1x ' || :'content', 'and back');
SELECT is_empty('SELECT * FROM kv.check()', 'nothing is wrong');
CALL pg_temp.sweep_dropped();
SELECT kv.expire_batch(100000) FROM generate_series(1, 5) \g /dev/null
SELECT is(pg_temp.content('', 0), :'content', 'a sweep of what was left behind takes nothing of it');
BEGIN;
SELECT kv.set_storage(0, 'cache') \g /dev/null
SELECT is(kv.spop('s') IS NOT NULL AND kv.hdel('h', 'f1') = 1, true, 'a change of class and writes');
ROLLBACK;
SELECT is(pg_temp.content('', 0), :'content', 'rolled back');

-- the end of it all
SELECT kv.set('h', 'overwritten'), kv.flushdb(db => 5), kv.swapdb(0, 6) \g /dev/null
SELECT is(kv.zcard('z', db => 6) || ' ' || kv.get('h', db => 6), '200 overwritten', 'SWAPDB takes collections along');
SELECT pg_temp.make('again:', 300, 9) \g /dev/null
SELECT kv.pexpire('again:' || key, 1, db => 9) FROM unnest(ARRAY['h', 'l']) AS key \g /dev/null
SELECT kv.set_storage(9, 'cache') \g /dev/null
SELECT is((SELECT count(*) FROM kv.keys('*', db => 9)), 2::bigint, 'expired ones are not moved to another class');
SELECT kv.flushall() \g /dev/null
SELECT kv.set_storage(5, 'durable'), kv.set_storage(9, 'durable') \g /dev/null
CALL pg_temp.sweep(1000);
SELECT is(pg_temp.elements(), 0::bigint, 'after FLUSHALL and a sweep no element is left');
SELECT is_empty('SELECT * FROM kv.check()', 'and nothing is wrong');
SELECT is(pg_temp.content('', 0), md5(''), 'nothing is there');

SELECT * FROM finish();
