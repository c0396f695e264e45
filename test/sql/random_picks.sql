-- Random picks are fair: the chi-squared statistic of 100,000 draws stays below a bound that chance
-- exceeds once in a thousand million runs.
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

-- The quantile of 1 - 1e-9 of the chi-squared distribution (Wilson and Hilferty).
CREATE FUNCTION pg_temp.bound(members integer) RETURNS float8 LANGUAGE sql AS $$
    SELECT (members - 1) * (1 - 2 / (9.0 * (members - 1)) + 5.9978 * sqrt(2 / (9.0 * (members - 1)))) ^ 3 $$;
-- The statistic of what a query draws.
CREATE FUNCTION pg_temp.statistic(draws text, members integer) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
    answer float8;
BEGIN
    EXECUTE format('SELECT sum((coalesce(drawn, 0) - total / %2$s.0) ^ 2 / (total / %2$s.0))
        FROM (SELECT ''m'' || i AS member FROM generate_series(1, %2$s) AS i) AS every
        LEFT JOIN (SELECT member, count(*) AS drawn FROM (%1$s) AS draw (member) GROUP BY member) AS counted USING (member),
        (SELECT 100000.0 AS total) AS total', draws, members) INTO answer;
    RETURN answer;
END
$$;
CREATE FUNCTION pg_temp.is_fair(draws text, members integer, what text) RETURNS text LANGUAGE sql AS $$
    SELECT cmp_ok(pg_temp.statistic(draws, members), '<', pg_temp.bound(members), what) $$;

-- The test itself can fail: an even draw passes, one that is a tenth off does not, nor one without a member.
SELECT pg_temp.is_fair('SELECT ''m'' || 1 + floor(random() * 1000) FROM generate_series(1, 100000)', 1000, 'an even draw is fair');
SELECT cmp_ok(pg_temp.statistic('SELECT ''m'' || 1 + floor(random() ^ 1.1 * 1000) FROM generate_series(1, 100000)', 1000), '>', pg_temp.bound(1000), 'an uneven one is not');
SELECT cmp_ok(pg_temp.statistic('SELECT ''m'' || 1 + floor(random() * 990) FROM generate_series(1, 100000)', 1000), '>', pg_temp.bound(1000), 'nor one that leaves some out');

SELECT kv.sadd('s' || size, array_agg('m' || i)), kv.hset('h' || size, array_agg('m' || i), array_agg('v' || i)), kv.zadd('z' || size, array_agg((i % 7)::float8), array_agg('m' || i))
FROM unnest(ARRAY[10, 128, 1000]) AS size, generate_series(1, size) AS i GROUP BY size \g /dev/null
SELECT is((SELECT count(*) FROM kv.durable_key WHERE kv.collection_of(type, key, value) IS NOT NULL AND kv.key_name(key, value) IN ('s1000', 'h1000', 'z1000')
    AND keyspace = (SELECT keyspace FROM kv.database_map WHERE number = 0)), 3::bigint, 'those of 1,000 are in rows');
SELECT pg_temp.is_fair(format('SELECT kv.srandmember(%L) FROM generate_series(1, 100000)', 's' || size), size, 'SRANDMEMBER of ' || size) FROM unnest(ARRAY[10, 128, 1000]) AS size;
SELECT pg_temp.is_fair(format('SELECT kv.hrandfield(%L) FROM generate_series(1, 100000)', 'h' || size), size, 'HRANDFIELD of ' || size) FROM unnest(ARRAY[10, 128, 1000]) AS size;
SELECT pg_temp.is_fair(format('SELECT kv.zrandmember(%L) FROM generate_series(1, 100000)', 'z' || size), size, 'ZRANDMEMBER of ' || size) FROM unnest(ARRAY[10, 128, 1000]) AS size;
SELECT pg_temp.is_fair(format('SELECT kv.srandmember_many(%L, -100000)', 's' || size), size, 'SRANDMEMBER with repeats, of ' || size) FROM unnest(ARRAY[10, 1000]) AS size;
SELECT pg_temp.is_fair(format('SELECT field FROM kv.hrandfield_many(%L, -100000)', 'h' || size), size, 'HRANDFIELD with repeats, of ' || size) FROM unnest(ARRAY[10, 1000]) AS size;
SELECT pg_temp.is_fair(format('SELECT member FROM kv.zrandmember_many(%L, -100000)', 'z' || size), size, 'ZRANDMEMBER with repeats, of ' || size) FROM unnest(ARRAY[10, 1000]) AS size;

-- different ones: each as often as any other, and none twice
CREATE FUNCTION pg_temp.draws(call text, times integer) RETURNS TABLE (member text, draw integer) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. times LOOP
        RETURN QUERY EXECUTE format('SELECT member, %s FROM (%s) AS drawn (member)', i, call);
    END LOOP;
END
$$;
CREATE TEMPORARY TABLE drawn AS
    SELECT 's' AS type, * FROM pg_temp.draws('SELECT kv.srandmember_many(''s1000'', 50)', 2000)
    UNION ALL SELECT 'h', * FROM pg_temp.draws('SELECT field FROM kv.hrandfield_many(''h1000'', 50)', 2000)
    UNION ALL SELECT 'z', * FROM pg_temp.draws('SELECT member FROM kv.zrandmember_many(''z1000'', 50)', 2000);
SELECT is((SELECT count(*) FROM drawn), 300000::bigint, 'so many as were asked for');
SELECT is_empty('SELECT FROM drawn GROUP BY type, draw, member HAVING count(*) > 1', 'none twice in a draw');
SELECT pg_temp.is_fair(format('SELECT member FROM drawn WHERE type = %L', type), 1000, 'several different ones: ' || type) FROM unnest(ARRAY['s', 'h', 'z']) AS type;
SELECT is((SELECT count(DISTINCT member) FROM kv.srandmember_many('s1000', 5000) AS member), 1000::bigint, 'all, if more are asked for than there are');

-- SPOP: which of the members goes first
SELECT pg_temp.is_fair('SELECT member FROM (SELECT kv.spop(''s128'') AS member FROM generate_series(1, 100000) OFFSET 0) AS popped WHERE kv.sadd(''s128'', member) = 1', 128, 'SPOP of a small set');
SELECT pg_temp.is_fair('SELECT kv.spop(''s'' || set) FROM (SELECT set, kv.sunionstore(''s'' || set, ''s1000'') FROM generate_series(2001, 2500) AS set OFFSET 0) AS sets, generate_series(1, 200)', 1000, 'SPOP of a fifth of the members of 500 large sets');
SELECT is(kv.scard('s128') || ' ' || kv.scard('s1000'), '128 1000', 'nothing is lost');
-- after removals, which leave gaps
SELECT kv.srem('s1000', array_agg('m' || i), db => 0), kv.hdel('h1000', array_agg('m' || i), db => 0), kv.zrem('z1000', array_agg('m' || i), db => 0) FROM generate_series(501, 1000) AS i \g /dev/null
SELECT pg_temp.is_fair('SELECT kv.srandmember(''s1000'') FROM generate_series(1, 100000)', 500, 'SRANDMEMBER after removals');
SELECT pg_temp.is_fair('SELECT kv.hrandfield(''h1000'') FROM generate_series(1, 100000)', 500, 'HRANDFIELD after removals');
SELECT pg_temp.is_fair('SELECT kv.zrandmember(''z1000'') FROM generate_series(1, 100000)', 500, 'ZRANDMEMBER after removals');

SELECT * FROM finish();
ROLLBACK;
