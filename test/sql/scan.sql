-- SCAN's guarantee: what is there from beginning to end is returned, whatever happens meanwhile.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(43);

-- Walks from cursor 0 to cursor 0 and returns all keys; runs a statement after each call, in which
-- %s stands for the number of the call.
CREATE FUNCTION pg_temp.walk(match text, meanwhile text DEFAULT NULL, count bigint DEFAULT 7, type text DEFAULT NULL)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    next bigint := 0;
    found text[];
    calls integer := 0;
BEGIN
    LOOP
        SELECT scan."cursor", scan.keys INTO next, found FROM kv.scan(next, match, count, type) AS scan;
        RETURN QUERY SELECT unnest(found);
        EXIT WHEN next = 0;
        calls := calls + 1;
        IF calls > 2000 THEN
            RAISE EXCEPTION 'the walk does not end';
        END IF;
        IF meanwhile IS NOT NULL THEN
            EXECUTE replace(meanwhile, '%s', calls::text);
        END IF;
    END LOOP;
END
$$;
-- Sixty keys to stay among sixty to disturb.
CREATE FUNCTION pg_temp.fill() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM kv.flushdb();
    PERFORM kv.set('p:stay' || i, 'v'), kv.set('p:go' || i, 'v') FROM generate_series(1, 60) AS i;
END
$$;
-- All keys that stayed, each at least once.
CREATE FUNCTION pg_temp.keeps_its_promise(match text, meanwhile text, what text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.fill();
    RETURN is(
        (SELECT count(DISTINCT key) FROM pg_temp.walk(match, meanwhile) AS key WHERE key LIKE 'p:stay%'),
        60::bigint, what);
END
$$;

SELECT kv.flushall() \g /dev/null
SELECT is((SELECT "cursor" FROM kv.scan(0)), 0::bigint, 'an empty database ends at once');
SELECT is((SELECT keys FROM kv.scan(0)), '{}', 'with an empty array');

SELECT pg_temp.fill() \g /dev/null
SELECT is((SELECT count(*) FROM pg_temp.walk(NULL)), 120::bigint, 'undisturbed, each key comes once');
SELECT is((SELECT count(DISTINCT key) FROM pg_temp.walk(NULL) AS key), 120::bigint, 'and all come');
SELECT is((SELECT count(*) FROM pg_temp.walk('p:*')), 120::bigint, 'also through a prefix');
SELECT is((SELECT count(DISTINCT key) FROM pg_temp.walk('p:*') AS key), 120::bigint, 'all of them');
SELECT is((SELECT count(*) FROM pg_temp.walk('*1')), 12::bigint, 'a pattern without a literal prefix');
SELECT is((SELECT count(*) FROM pg_temp.walk('p:stay?')), 9::bigint, 'a pattern behind a prefix');
SELECT is((SELECT count(*) FROM pg_temp.walk('q:*')), 0::bigint, 'a prefix that no key has');
SELECT is((SELECT count(*) FROM pg_temp.walk(NULL, count => 1)), 120::bigint, 'COUNT 1');
SELECT is((SELECT count(*) FROM pg_temp.walk('p:*', count => 1)), 120::bigint, 'COUNT 1 with a prefix');
SELECT is((SELECT cardinality(keys) FROM kv.scan(0, count => 1000)), 120, 'a COUNT of more than there are');
SELECT is((SELECT "cursor" FROM kv.scan(0, count => 9223372036854775807)), 0::bigint, 'the largest COUNT');
SELECT is((SELECT cardinality(keys) FROM kv.scan(0, 'p:*', 9223372036854775807)), 120, 'the largest COUNT with a prefix');
SELECT ok((SELECT cardinality(keys) BETWEEN 1 AND 20 FROM kv.scan(0)), 'about ten without a COUNT');
SELECT is((SELECT count(*) FROM pg_temp.walk(NULL, type => 'string')), 120::bigint, 'TYPE string');
SELECT is((SELECT count(*) FROM pg_temp.walk(NULL, type => 'STRING')), 120::bigint, 'in capitals');
SELECT is((SELECT count(*) FROM pg_temp.walk('p:*', type => 'hash')), 0::bigint, 'TYPE hash');
SELECT is((SELECT pg_typeof(keys) FROM kv.scan(0, 'p:*'::bytea)), 'bytea[]'::regtype, 'a pattern of bytea brings keys of bytea');
SELECT throws_ok($$ SELECT kv.scan(0, count => 0) $$, '42601', 'syntax error', 'COUNT 0');

-- both ways of walking, whatever goes on
SELECT pg_temp.keeps_its_promise(match, meanwhile, format('%s, %s', how, what))
FROM (VALUES (1, NULL, 'by id'), (2, 'p:*', 'by hash')) AS way (place, match, how),
     (VALUES (1, 'keys overwritten', $$ SELECT kv.set('p:stay' || i, '%s') FROM generate_series(1, 60) AS i $$),
             (2, 'keys given an expiry', $$ SELECT kv.expire('p:stay' || i, 1000 + %s) FROM generate_series(1, 60) AS i $$),
             (3, 'others deleted', $$ SELECT kv.del('p:go' || (%s * 7 + i)) FROM generate_series(1, 7) AS i $$),
             (4, 'others inserted', $$ SELECT kv.set('p:new' || %s || ':' || i, 'v') FROM generate_series(1, 5) AS i $$),
             (5, 'others renamed', $$ SELECT kv.rename('p:go' || %s, 'p:went' || %s) WHERE %s <= 60 $$),
             (6, 'others deleted and set again', $$ SELECT kv.del('p:go' || %s), kv.set('p:go' || %s, 'again') $$),
             (7, 'others copied over them', $$ SELECT kv.copy('p:go1', 'p:stay' || %s, replace => true) WHERE %s <= 60 $$))
     AS disturbance (place, what, meanwhile)
ORDER BY way.place, disturbance.place;

-- New keys do not keep a walk from ending.
SELECT pg_temp.fill() \g /dev/null
SELECT lives_ok($$ SELECT pg_temp.walk(NULL, 'SELECT kv.set(''p:more'' || %s || '':'' || i, ''v'') FROM generate_series(1, 7) AS i') $$,
    'by id: a walk ends while seven keys come for each seven returned');
SELECT lives_ok($$ SELECT pg_temp.walk('p:*', 'SELECT kv.set(''p:even'' || %s || '':'' || i, ''v'') FROM generate_series(1, 7) AS i') $$,
    'by hash: a walk ends while seven keys come for each seven returned');

-- A range that is walked by id since it is large, and such whose size changes during the walk.
SELECT kv.flushdb() \g /dev/null
SELECT kv.set('p:' || i, 'v') FROM generate_series(1, 1500) AS i \g /dev/null
SELECT is((SELECT count(DISTINCT key) FROM pg_temp.walk('p:*', count => 100) AS key), 1500::bigint,
    'a large range is walked, too');
SELECT kv.del('p:' || i) FROM generate_series(951, 1500) AS i \g /dev/null
SELECT is((SELECT count(DISTINCT key) FROM pg_temp.walk('p:*',
        $$ SELECT kv.set('p:new' || %s || ':' || i, 'v') FROM generate_series(1, 100) AS i $$, count => 100) AS key
        WHERE key NOT LIKE 'p:new%'), 950::bigint,
    'a range that becomes large during the walk');
SELECT is((SELECT count(DISTINCT key) FROM pg_temp.walk('p:*',
        $$ SELECT kv.del('p:new%s:' || i) FROM generate_series(1, 100) AS i $$, count => 100) AS key
        WHERE key NOT LIKE 'p:new%'), 950::bigint, 'a range that becomes small during the walk');

-- expired keys
SELECT kv.flushdb() \g /dev/null
SELECT kv.set('e' || i, 'v', px => 1), kv.set('s' || i, 'v') FROM generate_series(1, 20) AS i \g /dev/null
SELECT pg_sleep(0.005) \g /dev/null
SELECT is((SELECT count(*) FROM pg_temp.walk(NULL)), 20::bigint, 'expired keys are not returned');
SELECT is((SELECT count(*) FROM pg_temp.walk('e*')), 0::bigint, 'nor by prefix');

-- cursors that no call returned
SELECT lives_ok($$ SELECT kv.scan(start) FROM unnest(ARRAY[1, -1, 9223372036854775807, -9223372036854775808, 4611686018427387904, 4611686018427387905]) AS start $$,
    'any cursor is answered');
SELECT is((SELECT "cursor" FROM kv.scan(1)), 0::bigint, 'below the first row the walk ends');

SELECT * FROM finish();
ROLLBACK;
