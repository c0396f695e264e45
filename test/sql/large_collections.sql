-- Large collections, whose elements are rows: reads and writes, transactions, many operations in a
-- statement, an administrator's indexes, long names.
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

SELECT kv.flushall() \g /dev/null

-- The members of a sorted set against a model in a table.
CREATE TEMPORARY TABLE model (member text COLLATE "C" PRIMARY KEY, score float8);
CREATE FUNCTION pg_temp.same_as_model(key text, what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT is((SELECT md5(string_agg(member || ' ' || score, ',' ORDER BY n)) FROM kv.zrange(key, 0, -1, withscores => true) WITH ORDINALITY AS t (member, score, n)),
                   (SELECT md5(string_agg(member || ' ' || score, ',' ORDER BY score, member)) FROM model), what || ': order and scores');
    RETURN NEXT is(kv.zcard(key), (SELECT count(*) FROM model), what || ': the number');
    RETURN NEXT is((SELECT count(*) FROM (SELECT member, row_number() OVER (ORDER BY score, member) - 1 AS rank FROM model OFFSET 0) AS ranked
                    WHERE CASE WHEN rank % 37 = 0 THEN kv.zrank(key, member) IS DISTINCT FROM rank END), 0::bigint, what || ': ranks');
END
$$;

-- views, and where elements are found
SELECT kv.hset('h', (SELECT array_agg('f' || i) FROM generate_series(1, 1000) AS i), (SELECT array_agg('v' || i) FROM generate_series(1, 1000) AS i)),
       kv.rpush('l', (SELECT array_agg(i) FROM generate_series(1, 1000) AS i)),
       kv.sadd('s', (SELECT array_agg('m' || i) FROM generate_series(1, 1000) AS i)),
       kv.zadd('z', (SELECT array_agg((i % 100)::float8) FROM generate_series(1, 1000) AS i), (SELECT array_agg('m' || i) FROM generate_series(1, 1000) AS i)) \g /dev/null
INSERT INTO model SELECT 'm' || i, i % 100 FROM generate_series(1, 1000) AS i;
SELECT is((SELECT count(DISTINCT kv.collection_of(type, key, value)) FROM kv.durable_key), 4::bigint, 'the four collections are in rows');
SELECT bag_eq('SELECT field, value FROM kv.hashes', $$ SELECT 'f' || i AS f, 'v' || i AS v FROM generate_series(1, 1000) AS i $$, 'kv.hashes');
SELECT bag_eq('SELECT "position", value FROM kv.lists', $$ SELECT i - 1, i::text FROM generate_series(1::bigint, 1000) AS i $$, 'kv.lists');
SELECT bag_eq('SELECT member FROM kv.sets', $$ SELECT 'm' || i FROM generate_series(1, 1000) AS i $$, 'kv.sets');
SELECT bag_eq('SELECT member, score, rank FROM kv.sorted_sets', $$ SELECT member, score, row_number() OVER (ORDER BY score, member) - 1 FROM model $$, 'kv.sorted_sets');
SELECT bag_eq('SELECT key, type, size FROM kv.keys', $$ VALUES ('h', 'hash', 1000::bigint), ('l', 'list', 1000), ('s', 'set', 1000), ('z', 'zset', 1000) $$, 'kv.keys');
SELECT bag_eq('SELECT * FROM kv.hgetall(''h'')', 'SELECT field, value FROM kv.hashes', 'hgetall');
SELECT is((SELECT count(*) FROM jsonb_each_text(kv.hgetall_json('h'))), 1000::bigint, 'hgetall_json');
SELECT is((SELECT count(*) FROM generate_series(1, 1000) AS i WHERE kv.hget('h', 'f' || i) IS DISTINCT FROM 'v' || i OR NOT kv.sismember('s', 'm' || i)
    OR kv.lindex('l', i - 1) IS DISTINCT FROM i::text OR kv.zscore('z', 'm' || i) IS DISTINCT FROM i % 100), 0::bigint, 'each element is found');
SELECT pg_temp.same_as_model('z', 'a load');
SELECT is((SELECT string_agg(member, ' ' ORDER BY n) FROM kv.zrevrangebyscore('z', '(50', '48', count => 3, "offset" => 9) WITH ORDINALITY AS t (member, score, n)),
    (SELECT string_agg(member, ' ' ORDER BY score DESC, member DESC) FROM (SELECT * FROM model WHERE score >= 48 AND score < 50 ORDER BY score DESC, member DESC LIMIT 3 OFFSET 9) AS part), 'a range by score, reversed, with a limit');
SELECT is(kv.zcount('z', '10', '(20'), 100::bigint, 'zcount');
SELECT is_empty('SELECT * FROM kv.check()', 'kv.check() finds nothing');

-- kv.check() finds what is wrong.
SAVEPOINT damage;
DELETE FROM kv.durable_field WHERE name = 'f7';
SELECT is((SELECT string_agg(DISTINCT key, ' ') FROM kv.check()), 'h', 'a field that is missing');
ROLLBACK TO damage;
DELETE FROM kv.durable_item WHERE value = '500';
SELECT is((SELECT string_agg(DISTINCT key, ' ') FROM kv.check()), 'l', 'an item that is missing');
ROLLBACK TO damage;
UPDATE kv.durable_member SET score = 1000 WHERE name = 'm7';
SELECT is((SELECT string_agg(DISTINCT key, ' ') FROM kv.check()), 'z', 'a member that is elsewhere');
ROLLBACK TO damage;
UPDATE kv.durable_member SET hash = hash - 1 WHERE name = 'm7';
SELECT is((SELECT string_agg(key || ': ' || problem, ' ') FROM kv.check()), 'z: 1 elements are not found by their names', 'a member that is not found');
ROLLBACK TO damage;
INSERT INTO kv.durable_field SELECT collection, hash, name, value FROM kv.durable_field WHERE name = 'm7';
DELETE FROM kv.durable_field WHERE name = 'm8';
SELECT is((SELECT string_agg(key || ': ' || problem, ' ') FROM kv.check()), 's: 1 elements are there twice', 'a member that is there twice');
ROLLBACK TO damage;
DELETE FROM kv.durable_block WHERE ctid = (SELECT max(ctid) FROM kv.durable_block);
SELECT throws_like('SELECT * FROM kv.check()', '%block % is missing', 'a block that is missing');
ROLLBACK TO damage;
INSERT INTO kv.durable_field SELECT max(collection) + 1000000, 1, 'x', 'x' FROM kv.durable_field;
SELECT matches((SELECT string_agg(problem, ' ') FROM kv.check()), '^1 rows of kv.durable_field belong to collection', 'an orphan');
ROLLBACK TO damage;
SELECT is_empty('SELECT * FROM kv.check()', 'and nothing again');

-- savepoints, nested; what was popped is popped again
SELECT is(kv.lpop('l') || ' ' || kv.rpop('l'), '1 1000', 'pops of a list');
SELECT results_eq('SELECT * FROM kv.zpopmin(''z'')', $$ VALUES ('m100', 0::float8) $$, 'a pop of a sorted set');
SELECT results_eq('SELECT * FROM kv.zpopmax(''z'')', $$ VALUES ('m999', 99::float8) $$, 'from its end');
SAVEPOINT one;
SELECT results_eq('SELECT * FROM kv.zpopmin(''z'', 3)', $$ VALUES ('m1000', 0::float8), ('m200', 0), ('m300', 0) $$, 'more pops');
SAVEPOINT two;
SELECT results_eq('SELECT * FROM kv.zpopmin(''z'', 2)', $$ VALUES ('m400', 0::float8), ('m500', 0) $$, 'within a savepoint');
SELECT is(kv.lpop('l') || ' ' || kv.rpop('l'), '2 999', 'of the list');
ROLLBACK TO two;
SELECT results_eq('SELECT * FROM kv.zpopmin(''z'', 2)', $$ VALUES ('m400', 0::float8), ('m500', 0) $$, 'rolled back: the same again');
SELECT is(kv.lpop('l') || ' ' || kv.rpop('l'), '2 999', 'of the list');
ROLLBACK TO one;
SELECT results_eq('SELECT * FROM kv.zpopmin(''z'')', $$ VALUES ('m1000', 0::float8) $$, 'the outer one rolled back');
SELECT is(kv.zadd('z', -1, 'm1000'), 1::bigint, 'what was popped comes back before the rest');
SELECT results_eq('SELECT * FROM kv.zpopmin(''z'', 2)', $$ VALUES ('m1000', -1::float8), ('m200', 0) $$, 'and is the first');
SELECT is(kv.lpush('l', 'again') || ' ' || kv.lpop('l') || ' ' || kv.lpop('l'), '999 again 2', 'a push and pops');
ROLLBACK TO one;
SELECT is(kv.lindex('l', 0) || ' ' || kv.lindex('l', -1) || ' ' || kv.llen('l'), '2 999 998', 'the list is as before');
DELETE FROM model WHERE member IN ('m100', 'm999');
SELECT pg_temp.same_as_model('z', 'after the rollbacks');
SAVEPOINT three;
SELECT kv.del('h', 'l', 's', 'z') \g /dev/null
SELECT kv.hset('h', (SELECT array_agg('new' || i) FROM generate_series(1, 300) AS i), (SELECT array_agg('v' || i) FROM generate_series(1, 300) AS i)), kv.sadd('z', 'other type') \g /dev/null
SELECT is(kv.hlen('h') || ' ' || kv.type('z') || ' ' || kv.exists('s', 'l'), '300 set 0', 'dropped and made anew');
SELECT is(kv.hget('h', 'f1'), NULL, 'nothing of the old one is seen');
SELECT is_empty('SELECT * FROM kv.check()', 'nor is anything wrong');
SELECT kv.expire_batch(100000) \g /dev/null
ROLLBACK TO three;
SELECT is(kv.hlen('h') || ' ' || kv.scard('s') || ' ' || (SELECT count(*) FROM kv.hgetall('h')), '1000 1000 1000', 'rolled back: the old ones are there');
SELECT is_empty('SELECT * FROM kv.check()', 'and nothing is wrong');
SELECT throws_ok($$ SELECT kv.hset('h', 'x' || i, 'y'), kv.lpop('l'), kv.zincrby('z', 1, 'm1'), 1 / (5 - i) FROM generate_series(1, 10) AS i $$, '22012', NULL, 'a statement that fails');
CREATE FUNCTION pg_temp.try() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before bigint := kv.hlen('h');
BEGIN
    FOR i IN 1 .. 20 LOOP
        BEGIN
            PERFORM kv.hset('h', 'tried' || i, 'v'), kv.hdel('h', 'f' || i), kv.rpop('l'), kv.zpopmin('z'), kv.spop('s');
            PERFORM kv.hincrby('h', 'tried' || i, 1);
        EXCEPTION WHEN data_exception THEN
            PERFORM kv.hset('h', 'kept' || i % 3, 'v');
        END;
    END LOOP;
    RETURN before || ' ' || kv.hlen('h') || ' ' || kv.llen('l') || ' ' || kv.zcard('z') || ' ' || kv.scard('s');
END
$$;
SELECT is(pg_temp.try(), '1000 1003 998 998 1000', 'EXCEPTION blocks that fail, in a loop');
SELECT is_empty('SELECT * FROM kv.check()', 'leave nothing wrong');

-- many operations in a statement
SELECT kv.flushdb() \g /dev/null
SELECT is((SELECT max(kv.lpush('q', i)) FROM generate_series(1, 100000) AS i), 100000::bigint, '100,000 pushes');
SELECT is((SELECT count(*) FROM (SELECT kv.rpop('q') AS item, i FROM generate_series(1, 50000) AS i) AS popped WHERE item IS DISTINCT FROM i::text), 0::bigint, 'half popped from the other end');
SELECT is((SELECT count(*) FROM (SELECT kv.lpop('q') AS item, i FROM generate_series(100000, 50001, -1) AS i) AS popped WHERE item IS DISTINCT FROM i::text), 0::bigint, 'the rest from the same end');
SELECT is(kv.exists('q') || coalesce(kv.lpop('q'), ' none'), '0 none', 'it is empty, and gone');
SELECT is((SELECT sum(kv.zadd('zq', i * 7919 % 100003, 'member' || i)) FROM generate_series(1, 50000) AS i), 50000::numeric, '50,000 members');
TRUNCATE model;
INSERT INTO model SELECT 'member' || i, i * 7919 % 100003 FROM generate_series(1, 50000) AS i;
SELECT is((SELECT count(*) FROM (SELECT (kv.zpopmin('zq')).*, i FROM generate_series(1, 20000) AS i) AS popped
    JOIN (SELECT member, row_number() OVER (ORDER BY score, member) AS i FROM model) AS model USING (member, i)), 20000::bigint, '20,000 popped from the beginning, in order');
SELECT is((SELECT count(*) FROM (SELECT (kv.zpopmax('zq')).*, i FROM generate_series(1, 25000) AS i) AS popped
    JOIN (SELECT member, row_number() OVER (ORDER BY score DESC, member DESC) AS i FROM model) AS model USING (member, i)), 25000::bigint, '25,000 from the end');
DELETE FROM model WHERE member IN (SELECT member FROM model ORDER BY score, member LIMIT 20000);
DELETE FROM model WHERE member IN (SELECT member FROM model ORDER BY score DESC, member DESC LIMIT 25000);
SELECT pg_temp.same_as_model('zq', 'what is left');
SELECT is((SELECT count(*) FROM kv.zpopmin('zq', 20000)), 5000::bigint, 'all popped');
SELECT is(kv.exists('zq'), 0::bigint, 'it is gone');
SELECT is((SELECT sum(kv.sadd('sq', i)) FROM generate_series(1, 20000) AS i) - (SELECT count(DISTINCT member) FROM (SELECT kv.spop('sq') AS member FROM generate_series(1, 20000)) AS popped), 0::numeric, 'each member of a set is popped once');
SELECT is(kv.exists('sq'), 0::bigint, 'it is gone');
SELECT is((SELECT sum(kv.hincrby('hq', i % 500, i)) > 0 FROM generate_series(1, 20000) AS i), true, '20,000 increments of 500 fields');
SELECT is((SELECT sum(value::bigint) FROM kv.hgetall('hq')), 200010000::numeric, 'add up');

-- a mix of writes of a sorted set against the model, from a fixed seed
TRUNCATE model;
CREATE FUNCTION pg_temp.mix(steps integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    wrong integer := 0;
    name text COLLATE "C";
    delta float8;
    popped record;
    expected record;
    dice integer;
BEGIN
    PERFORM setseed(0.25);
    FOR i IN 1 .. steps LOOP
        name := 'm' || floor(random() * 700);
        delta := floor(random() * 21) - 10;
        dice := floor(random() * 100);
        IF dice < 50 THEN
            PERFORM kv.zincrby('mix', delta, name);
            INSERT INTO model VALUES (name, delta) ON CONFLICT (member) DO UPDATE SET score = model.score + delta;
        ELSIF dice < 70 THEN
            PERFORM kv.zadd('mix', delta * 5, name);
            INSERT INTO model VALUES (name, delta * 5) ON CONFLICT (member) DO UPDATE SET score = delta * 5;
        ELSIF dice < 80 THEN
            PERFORM kv.zadd('mix', delta * 5, name, gt => true);
            INSERT INTO model VALUES (name, delta * 5) ON CONFLICT (member) DO UPDATE SET score = greatest(model.score, delta * 5);
        ELSIF dice < 86 THEN
            SELECT * INTO popped FROM kv.zpopmin('mix');
            SELECT * INTO expected FROM model ORDER BY score, member LIMIT 1;
            wrong := wrong + ((popped.member COLLATE "C", popped.score) IS DISTINCT FROM (expected.member COLLATE "C", expected.score))::integer;
            DELETE FROM model WHERE member = expected.member;
        ELSIF dice < 92 THEN
            SELECT * INTO popped FROM kv.zpopmax('mix');
            SELECT * INTO expected FROM model ORDER BY score DESC, member DESC LIMIT 1;
            wrong := wrong + ((popped.member COLLATE "C", popped.score) IS DISTINCT FROM (expected.member COLLATE "C", expected.score))::integer;
            DELETE FROM model WHERE member = expected.member;
        ELSIF dice < 97 THEN
            PERFORM kv.zrem('mix', name);
            DELETE FROM model WHERE member = name;
        ELSIF dice < 98 THEN
            -- sometimes of nothing
            PERFORM kv.zremrangebyscore('mix', '-inf', (delta - 60)::text);
            DELETE FROM model WHERE score <= delta - 60;
        ELSE
            BEGIN
                PERFORM kv.zpopmin('mix', 5), kv.zadd('mix', -1000, 'undone'), kv.zpopmax('mix', 3), kv.zrem('mix', name);
                RAISE EXCEPTION 'undo';
            EXCEPTION WHEN raise_exception THEN
                NULL;
            END;
        END IF;
    END LOOP;
    RETURN wrong;
END
$$;
SELECT is(pg_temp.mix(15000), 0, 'each pop of a mix of writes gave what it should');
SELECT cmp_ok((SELECT count(*) FROM model), '>', 200::bigint, 'there is something left');
SELECT pg_temp.same_as_model('mix', 'a mix of writes');
SELECT is_empty('SELECT * FROM kv.check()', 'and nothing is wrong');

-- long names, and names that agree in the beginning
SELECT kv.flushdb() \g /dev/null
TRUNCATE model;
INSERT INTO model SELECT repeat('long', 500) || lpad((i * 7 % 300)::text, 3, '0'), i % 3 FROM generate_series(0, 299) AS i;
INSERT INTO model VALUES (repeat('long', 500), 1), (repeat('long', 25000) || 'x', 1), (repeat('long', 25000), 1), (repeat('long', 256), 1), ('long', 1);
SELECT kv.zadd('z', array_agg(score), array_agg(member)), kv.sadd('s', array_agg(member)), kv.hset('h', array_agg(member), array_agg(md5(member) || member)) FROM model \g /dev/null
SELECT pg_temp.same_as_model('z', 'long names');
SELECT is((SELECT count(*) FROM model WHERE kv.sismember('s', member) AND kv.hget('h', member) = md5(member) || member AND kv.zscore('z', member) = score), 305::bigint, 'each is found');
SELECT is(kv.zcard('z') || ' ' || kv.scard('s') || ' ' || kv.hlen('h'), '305 305 305', 'and there are no more');
SELECT is((SELECT count(*) FROM kv.zadd('z', (SELECT array_agg(0::float8) FROM model), (SELECT array_agg(member) FROM model))), 1::bigint, 'all get one score');
UPDATE model SET score = 0;
SELECT pg_temp.same_as_model('z', 'long names of one score');
SELECT results_eq(format('SELECT member COLLATE "C" FROM kv.zrange(''z'', %L, %L, bylex => true) AS t', '(' || repeat('long', 500) || '100', '[' || repeat('long', 500) || '200'),
    format('SELECT member FROM model WHERE member > %L AND member <= %L ORDER BY member', repeat('long', 500) || '100', repeat('long', 500) || '200'), 'a range by names that agree in their first 2,000 bytes');
SELECT is(kv.zlexcount('z', '-', '(' || repeat('long', 25000) || 'x'), (SELECT count(*) FROM model WHERE member < repeat('long', 25000) || 'x'), 'zlexcount up to a name of 100 kB');
SELECT is(kv.zremrangebylex('z', '[' || repeat('long', 500) || '050', '[' || repeat('long', 500) || '060'), 11::bigint, 'zremrangebylex');
DELETE FROM model WHERE member >= repeat('long', 500) || '050' AND member <= repeat('long', 500) || '060';
SELECT pg_temp.same_as_model('z', 'after that');
SELECT is(kv.zrank('z', repeat('long', 25000) || 'x') - kv.zrank('z', repeat('long', 25000)), 1::bigint, 'ranks of names of 100 kB');
SELECT is(kv.hset('h', repeat('f', 100000), repeat('v', 100000)) || md5(kv.hget('h', repeat('f', 100000))), '1' || md5(repeat('v', 100000)), 'a field of 100 kB with a value of 100 kB');
SELECT is(kv.hset('h', repeat('f', 99999) || 'g', 'other') || kv.hget('h', repeat('f', 99999) || 'g') || kv.hdel('h', repeat('f', 100000)) || kv.hexists('h', repeat('f', 99999) || 'g')::text, '1other1true', 'and one that differs in its last byte');
SELECT is(kv.rpush('l', (SELECT array_agg(repeat(i::text, 100000)) FROM generate_series(1, 9) AS i)) || ' ' || length(kv.lindex('l', 4)) || ' ' || left(kv.rpop('l'), 3), '9 100000 999', 'items of 100 kB');
SELECT is_empty('SELECT * FROM kv.check()', 'kv.check() finds nothing');

-- DUMP and RESTORE, COPY
SELECT kv.rpush('l', 'item ' || i) FROM generate_series(1, 500) AS i \g /dev/null
SELECT is(kv.restore('r:' || key, 0, kv.dump(key::bytea)), 'OK', 'RESTORE of what DUMP gave: ' || key) FROM unnest(ARRAY['h', 'l', 's', 'z']) AS key;
SELECT bag_eq('SELECT * FROM kv.hgetall(''r:h'')', 'SELECT * FROM kv.hgetall(''h'')', 'the hash');
SELECT results_eq('SELECT * FROM kv.lrange(''r:l'', 0, -1)', 'SELECT * FROM kv.lrange(''l'', 0, -1)', 'the list');
SELECT bag_eq('SELECT * FROM kv.smembers(''r:s'')', 'SELECT * FROM kv.smembers(''s'')', 'the set');
SELECT pg_temp.same_as_model('r:z', 'the sorted set');
SELECT ok(kv.copy('z', 'c:z') AND kv.copy('h', 'c:h') AND kv.copy('l', 'c:l') AND kv.copy('s', 'c:s'), 'COPY');
SELECT is(kv.hdel('c:h', 'long') || ' ' || kv.zrem('c:z', 'long') || ' ' || kv.srem('c:s', 'long') || ' ' || kv.lrem('c:l', 1, 'item 7'), '1 1 1 1', 'a copy is changed');
SELECT is(kv.hexists('h', 'long') AND kv.sismember('s', 'long') AND kv.lpos('l', 'item 7') IS NOT NULL, true, 'and not what it was copied from');
SELECT pg_temp.same_as_model('z', 'the original');
SELECT is((SELECT count(collection) - count(DISTINCT collection) FROM (SELECT kv.collection_of(type, key, value) AS collection FROM kv.durable_key) AS collections), 0::bigint, 'no two keys have a collection in common');
SELECT is_empty('SELECT * FROM kv.check()', 'kv.check() finds nothing');

-- an administrator's own indexes
SELECT kv.flushdb() \g /dev/null
CREATE INDEX own_expression ON kv.durable_field (md5(value));
CREATE INDEX own_partial ON kv.durable_field (name) WHERE value > '';
CREATE UNIQUE INDEX own_unique ON kv.durable_item (collection, position);
CREATE UNIQUE INDEX own_member ON kv.durable_member (collection, md5(name || rest));
CREATE INDEX own_score ON kv.durable_member (score) WHERE score > 50;
SELECT kv.hset('h', 'f' || i, 'v' || i), kv.rpush('l', i), kv.zadd('z', i, 'm' || i) FROM generate_series(1, 400) AS i \g /dev/null
SELECT kv.hset('h', 'f' || i, 'changed ' || i), kv.hdel('h', 'f' || i + 1), kv.zincrby('z', 1000, 'm' || i), kv.zrem('z', 'm' || i + 1), kv.lset('l', i, 'set') FROM generate_series(1, 200, 2) AS i \g /dev/null
SELECT kv.linsert('l', 'before', '300', 'inserted'), kv.lrem('l', 5, 'set'), kv.ltrim('l', 3, -4), kv.lpush('l', 'first') \g /dev/null
SAVEPOINT undone;
SELECT kv.hset('h', 'f' || i, 'undone'), kv.zincrby('z', 5, 'm' || i), kv.lpop('l') FROM generate_series(1, 100) AS i \g /dev/null
ROLLBACK TO undone;
SET LOCAL enable_seqscan = off;
SELECT is((SELECT count(*) FROM kv.durable_field WHERE md5(value) IN (SELECT md5('changed ' || i) FROM generate_series(1, 200) AS i)), 100::bigint, 'an index on an expression finds what was changed');
SELECT is((SELECT count(*) FROM kv.durable_field WHERE md5(value) = md5('undone')), 0::bigint, 'and not what was undone');
SELECT is((SELECT count(*) FROM kv.durable_field WHERE name >= 'f' AND value > '' AND collection = (SELECT max(collection) FROM kv.durable_field)), (SELECT kv.hlen('h')), 'a partial index has each field');
SELECT is((SELECT count(*) FROM kv.durable_member WHERE score > 1000), 100::bigint, 'a partial index on scores');
RESET enable_seqscan;
SELECT is_empty('SELECT * FROM kv.check()', 'kv.check() finds nothing');
CREATE UNIQUE INDEX own_forbidding ON kv.durable_field (collection, value) WHERE value = 'only one';
SELECT is(kv.hset('h', 'a', 'only one'), 1::bigint, 'the first of its value');
SELECT throws_ok($$ SELECT kv.hset('h', 'b', 'only one') $$, '23505', NULL, 'an index that forbids a second');
SELECT is(kv.hexists('h', 'b'), false, 'which is not there');
SELECT is_empty('SELECT * FROM kv.check()', 'and nothing is wrong');

SELECT * FROM finish();
ROLLBACK;
