-- What a session remembers of the blocks of sorted sets and of the leaves of indexes does no harm once
-- it was rolled back, or the tables were emptied or rebuilt.
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

-- One by one, so that each looks for its place.
CREATE FUNCTION pg_temp.add(first float8, count integer) RETURNS bigint LANGUAGE sql AS $$
    SELECT sum(kv.zadd('board', first + i % 97 / 100.0, 'new:' || first || ':' || i)) + sum(kv.hset('hash', 'f' || first || ':' || i, 'v'))
    FROM generate_series(1, count) AS i $$;
CREATE FUNCTION pg_temp.load() RETURNS bigint LANGUAGE sql AS $$
    SELECT kv.zadd('board', array_agg(i::float8), array_agg('m' || i)) + kv.hset('hash', array_agg('f' || i), array_agg('v'::text))
    FROM generate_series(1, 2000) AS i $$;
CREATE FUNCTION pg_temp.wrong_ranks() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM (SELECT member, row_number() OVER () - 1 AS rank FROM kv.zrange('board', 0, -1)) AS ranked
    WHERE kv.zrank('board', member) IS DISTINCT FROM rank $$;

SELECT is(pg_temp.load(), 4000::bigint, 'a sorted set and a hash');
SELECT is(pg_temp.wrong_ranks(), 0::bigint, 'its members have their ranks');

BEGIN;
SAVEPOINT before;
SELECT is(pg_temp.add(100, 500), 1000::bigint, 'blocks are split');
SELECT is(pg_temp.wrong_ranks(), 0::bigint, 'and known by where they begin');
ROLLBACK TO before;
SELECT is(pg_temp.add(1500, 500), 1000::bigint, 'after a rollback others get the same ids');
SELECT is(pg_temp.add(100, 500), 1000::bigint, 'and begin elsewhere');
SELECT is(pg_temp.wrong_ranks(), 0::bigint, 'the ranks are right');
COMMIT;
SELECT is(pg_temp.wrong_ranks(), 0::bigint, 'and stay so');
SELECT is_empty('SELECT * FROM kv.check()', 'nothing is wrong');

BEGIN;
SELECT is(pg_temp.add(700, 500), 1000::bigint, 'a transaction splits blocks');
ROLLBACK;
SELECT is(pg_temp.add(900, 500), 1000::bigint, 'after it was rolled back others are split');
SELECT is(pg_temp.add(700, 500), 1000::bigint, 'and then the same');
SELECT is(pg_temp.wrong_ranks(), 0::bigint, 'the ranks are right');
SELECT is_empty('SELECT * FROM kv.check()', 'nothing is wrong');

REINDEX TABLE kv.durable_member;
REINDEX TABLE kv.durable_field;
SELECT is(pg_temp.add(300, 500), 1000::bigint, 'rebuilt indexes');
VACUUM FULL kv.durable_member;
VACUUM FULL kv.durable_field;
VACUUM FULL kv.durable_block;
SELECT is(pg_temp.add(400, 500), 1000::bigint, 'rebuilt tables');
SELECT is(pg_temp.wrong_ranks(), 0::bigint, 'the ranks are right');
SELECT is(kv.hlen('hash'), (SELECT count(*) FROM kv.hgetall('hash')), 'all fields are found');
SELECT is_empty('SELECT * FROM kv.check()', 'nothing is wrong');

TRUNCATE kv.durable_key;
SELECT is(pg_temp.load(), 4000::bigint, 'emptied tables');
SELECT is(pg_temp.add(100, 500), 1000::bigint, 'are filled again');
SELECT is(pg_temp.wrong_ranks(), 0::bigint, 'the ranks are right');

-- Pages of an index that lose all entries are used again for others.
SELECT kv.zadd('kept', 1, 'member'), kv.zremrangebyrank('board', 0, -2) \g /dev/null
VACUUM kv.durable_member;
VACUUM kv.durable_field;
VACUUM kv.durable_member;
SELECT is(pg_temp.add(100, 700), 900::bigint, 'what was removed comes again, fields beside those that stayed');
SELECT is(pg_temp.wrong_ranks(), 0::bigint, 'the ranks are right');
SELECT is_empty('SELECT * FROM kv.check()', 'nothing is wrong');

TRUNCATE kv.durable_key;
SELECT * FROM finish();
