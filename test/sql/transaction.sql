-- kv.* within SQL's transactions: what is seen, what is undone, what is refused.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(39);

SELECT kv.flushall() \g /dev/null

-- a call sees what earlier calls of the same statement did
SELECT results_eq($$ SELECT kv.set('a', '1'), kv.incr('a'), kv.get('a') $$, $$ VALUES ('OK', 2::bigint, '2') $$, 'in the order of the select list');
SELECT results_eq($$ SELECT kv.incr('n') FROM generate_series(1, 3) $$, ARRAY[1, 2, 3]::bigint[], 'from row to row');
WITH written AS MATERIALIZED (SELECT kv.set('w', 'cte') AS answer)
SELECT is((SELECT kv.get('w') FROM written WHERE answer = 'OK'), 'cte', 'from a CTE to the query');
SELECT is(kv.get('w') || kv.del('w')::text || coalesce(kv.get('w'), '-'), 'cte1-', 'within an expression');
SELECT is((SELECT sum(kv.incr('hot')) FROM generate_series(1, 2000)), 2001000::numeric, 'two thousand increments of a key in a statement');
SELECT is(kv.get('hot'), '2000', 'count to two thousand');
SELECT is(kv.dbsize(), 3::bigint, 'and make one key');

-- savepoints and EXCEPTION blocks
SELECT kv.set('s', 'before', ex => 1000) \g /dev/null
SAVEPOINT one;
SELECT kv.set('s', 'changed'), kv.set('new', 'x'), kv.del('a'), kv.incr('hot') \g /dev/null
SELECT is(kv.get('s'), 'changed', 'within the savepoint the change is seen');
ROLLBACK TO one;
SELECT is(kv.get('s'), 'before', 'rolled back: a changed value is the old one');
SELECT ok(kv.ttl('s') > 900, 'with its expiry');
SELECT is(kv.get('new'), NULL, 'a new key is gone');
SELECT is(kv.get('a'), '2', 'a deleted key is back');
SELECT is(kv.incr('hot'), 2001::bigint, 'a counter goes on from where it was');
SAVEPOINT two;
SELECT kv.incr('hot') FROM generate_series(1, 10) \g /dev/null
RELEASE two;
SELECT is(kv.incr('hot'), 2012::bigint, 'a released savepoint counts');
SELECT throws_ok($$ DO 'BEGIN PERFORM kv.incr(''hot''); RAISE EXCEPTION ''no''; END' $$, 'P0001', 'no', 'an error after a write');
SELECT is(kv.incr('hot'), 2013::bigint, 'takes the write back');
CREATE FUNCTION pg_temp.try(key text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM kv.set(key, 'kept');
    BEGIN
        PERFORM kv.set(key, 'lost');
        PERFORM kv.incr(key);
    EXCEPTION WHEN invalid_text_representation THEN
        RETURN kv.get(key);
    END;
END
$$;
SELECT results_eq($$ SELECT pg_temp.try('try' || i), kv.get('try' || i) FROM generate_series(1, 3) AS i $$,
    $$ SELECT 'kept', 'kept' FROM generate_series(1, 3) $$, 'an EXCEPTION block that failed is undone, and the statement goes on');

-- a statement that fails is undone as a whole
SAVEPOINT whole;
SELECT kv.set('part' || i, 'v'), 1 / (5 - i) FROM generate_series(1, 10) AS i \g /dev/null
ROLLBACK TO whole;
SELECT is_empty($$ SELECT kv.keys('part*') $$, 'a statement that fails writes nothing');

-- the usual places
CREATE TEMPORARY TABLE visit (page text, id bigint DEFAULT kv.incr('visits'));
INSERT INTO visit (page) VALUES ('a'), ('b'), ('c');
SELECT bag_eq('SELECT id FROM visit', ARRAY[1, 2, 3]::bigint[], 'a column default');
CREATE FUNCTION pg_temp.count_page() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM kv.incr('page:' || NEW.page);
    RETURN NEW;
END
$$;
CREATE TRIGGER count_page BEFORE INSERT ON visit FOR EACH ROW EXECUTE FUNCTION pg_temp.count_page();
CREATE TRIGGER count_page_again AFTER INSERT ON visit FOR EACH ROW EXECUTE FUNCTION pg_temp.count_page();
CREATE CONSTRAINT TRIGGER count_page_late AFTER INSERT ON visit DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION pg_temp.count_page();
INSERT INTO visit (page) SELECT 'd' FROM generate_series(1, 5);
SELECT is(kv.get('page:d'), '10', 'triggers before and after a row');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is(kv.get('page:d'), '15', 'deferred triggers');
UPDATE visit SET page = kv.get('page:d') WHERE page = 'd';
SELECT is((SELECT count(*) FROM visit WHERE page = '15'), 5::bigint, 'in an UPDATE');
DO $$ BEGIN PERFORM kv.set('do', 'done'); PERFORM kv.append('do', '!'); END $$;
SELECT is(kv.get('do'), 'done!', 'a DO block');
CREATE TEMPORARY VIEW pages AS SELECT page, kv.get('page:' || page) AS visits FROM (VALUES ('d'), ('e')) AS list (page);
SELECT bag_eq('SELECT * FROM pages', $$ VALUES ('d', '15'), ('e', NULL) $$, 'a view');
CREATE FUNCTION pg_temp.in_sql(key text) RETURNS text LANGUAGE sql AS $$ SELECT kv.set(key, 'sql'); SELECT kv.get(key) $$;
SELECT is(pg_temp.in_sql('sql'), 'sql', 'a function in SQL');
CREATE TEMPORARY TABLE copied AS SELECT kv.incr('into') AS id FROM generate_series(1, 3);
SELECT is((SELECT max(id) FROM copied), 3::bigint, 'CREATE TABLE AS');
MERGE INTO visit USING (VALUES ('a')) AS source (page) ON visit.page = source.page
    WHEN MATCHED THEN UPDATE SET id = kv.incrby('merge', 7);
SELECT is((SELECT id FROM visit WHERE page = 'a'), 7::bigint, 'MERGE');

-- cursors
DECLARE counting CURSOR FOR SELECT kv.incr('cursor') FROM generate_series(1, 10);
FETCH 3 FROM counting \g /dev/null
SELECT is(kv.get('cursor'), '3', 'a cursor runs as far as it is fetched');
SELECT kv.set('cursor', '100') \g /dev/null
FETCH 1 FROM counting \g /dev/null
SELECT is(kv.get('cursor'), '101', 'and sees what was written between');
CLOSE counting;
SELECT is(kv.incr('cursor'), 102::bigint, 'and can be closed');

-- STABLE: evaluated once, and an index condition
CREATE TEMPORARY TABLE item (id bigint PRIMARY KEY);
INSERT INTO item SELECT generate_series(1, 10000);
ANALYZE item;
SELECT kv.set('chosen', '4711') \g /dev/null
SELECT results_eq($$ SELECT id FROM item WHERE id = kv.get('chosen')::bigint $$, ARRAY[4711]::bigint[], 'kv.get in a condition');
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query;
END
$$;
SELECT ok(EXISTS (SELECT FROM pg_temp.plan_of('SELECT * FROM item WHERE id = kv.get(''chosen'')::bigint') AS line
    WHERE line LIKE '%Index Cond:%kv.get%'), 'is an index condition');

-- parallel workers: a query of which a worker runs the select list
SET LOCAL force_parallel_mode = on;
SELECT ok(EXISTS (SELECT FROM pg_temp.plan_of('SELECT kv.get(''chosen''), kv.exists(''hot'')') AS line WHERE line LIKE 'Gather%'),
    'reads may run in a parallel worker');
SELECT kv.get('chosen') AS got, kv.exists('hot', 'missing') AS there \gset worker_
SELECT kv.dbsize() AS size, kv.database_size(0) AS size_of_0 \gset worker_
SELECT count(*) AS listed FROM kv.keys('*') \gset worker_
SELECT is(:'worker_got'::text, '4711', 'where get sees this transaction''s keys');
SELECT is(:worker_there, 1, 'and exists');
SET LOCAL force_parallel_mode = off;
SELECT is(:worker_listed::bigint, (SELECT count(*) FROM kv.keys('*')), 'and keys');
SELECT is(:worker_size::bigint, kv.dbsize(), 'and dbsize counts them');
SELECT is(:worker_size_of_0::bigint, kv.dbsize(), 'as does database_size');
CREATE FUNCTION pg_temp.pretends() RETURNS bigint LANGUAGE plpgsql PARALLEL SAFE AS $$ BEGIN RETURN kv.incr('p'); END $$;
SET LOCAL force_parallel_mode = on;
SAVEPOINT pretended;
\set VERBOSITY terse
SELECT pg_temp.pretends();
ROLLBACK TO pretended;
SET LOCAL force_parallel_mode = off;
SELECT is(kv.exists('p'), 0::bigint, 'a write in a parallel worker is refused');

SELECT * FROM finish();
ROLLBACK;
