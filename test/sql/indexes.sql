-- An administrator's own indexes on a key table are maintained by every write.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(38);

SELECT kv.flushall() \g /dev/null
CREATE EXTENSION IF NOT EXISTS pg_trgm;
SELECT kv.set('early' || i, i) FROM generate_series(1, 20) AS i \g /dev/null
CREATE UNIQUE INDEX own_unique ON kv.durable_key (id);
CREATE INDEX own_expression ON kv.durable_key (md5(value));
CREATE INDEX own_partial ON kv.durable_key (key) WHERE type = 's' AND expires_at < 9223372036854775807;
CREATE INDEX own_include ON kv.durable_key (keyspace, version) INCLUDE (key);
CREATE INDEX own_hash ON kv.durable_key USING hash (value);
CREATE INDEX own_brin ON kv.durable_key USING brin (version) WITH (autosummarize = off);
CREATE INDEX own_gin ON kv.durable_key USING gin (encode(value, 'escape') gin_trgm_ops);

-- every kind of write, again and again
SELECT kv.set('k' || i, 'value ' || i) FROM generate_series(1, 200) AS i \g /dev/null
SELECT kv.incr('n' || i % 10) FROM generate_series(1, 300) AS i \g /dev/null
SELECT kv.append('k' || i, ' more'), kv.setrange('k' || i + 1, 0, 'VALUE') FROM generate_series(1, 100, 2) AS i \g /dev/null
SELECT kv.set('k' || i, 'again ' || i, ex => 1000), kv.expire('k' || i + 1, 1000 + i) FROM generate_series(101, 150) AS i \g /dev/null
SELECT kv.persist('k' || i) FROM generate_series(120, 130) AS i \g /dev/null
SELECT kv.del('k' || i) FROM generate_series(1, 200, 10) AS i \g /dev/null
SELECT kv.rename('k' || i, 'renamed' || i), kv.copy('renamed' || i, 'copy' || i) FROM generate_series(5, 200, 10) AS i \g /dev/null
SELECT kv.mset('m1', 'value m', 'k2', 'value m'), kv.msetnx('m2', 'value m', 'm3', repeat('large ', 10000)), kv.move('k3', 1), kv.getdel('k4'),
    kv.set('early1', 'late'), kv.incr('early2') \g /dev/null
SAVEPOINT undone;
SELECT kv.set('k' || i, 'undone') FROM generate_series(1, 200) AS i \g /dev/null
ROLLBACK TO undone;

-- What an index finds must be what a scan of the table finds.
CREATE FUNCTION pg_temp.same(query text, index text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    by_index text;
    by_scan text;
    line text;
    used boolean := false;
BEGIN
    SET LOCAL enable_seqscan = off;
    FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
        used := used OR line LIKE '%' || index || '%';
    END LOOP;
    EXECUTE 'SELECT string_agg(id::text, '' '' ORDER BY id) FROM (' || query || ') AS rows' INTO by_index;
    SET LOCAL enable_seqscan = on;
    SET LOCAL enable_indexscan = off;
    SET LOCAL enable_indexonlyscan = off;
    SET LOCAL enable_bitmapscan = off;
    EXECUTE 'SELECT string_agg(id::text, '' '' ORDER BY id) FROM (' || query || ') AS rows' INTO by_scan;
    RESET enable_indexscan;
    RESET enable_indexonlyscan;
    RESET enable_bitmapscan;
    RETURN NEXT ok(used, index || ' is used');
    RETURN NEXT ok(by_scan IS NOT NULL, index || ' has something to find');
    RETURN NEXT is(by_index, by_scan, index || ' finds what a scan finds');
END
$$;
SELECT pg_temp.same('SELECT id FROM kv.durable_key WHERE id = ANY (ARRAY(SELECT generate_series(1, 20000)::bigint))', 'own_unique');
SELECT pg_temp.same('SELECT id FROM kv.durable_key WHERE md5(value) = md5(''value m'')', 'own_expression');
SELECT pg_temp.same('SELECT id FROM kv.durable_key WHERE md5(value) IN (SELECT md5(''again '' || i) FROM generate_series(101, 150) AS i)', 'own_expression');
SELECT pg_temp.same('SELECT id FROM kv.durable_key WHERE type = ''s'' AND expires_at < 9223372036854775807 AND key > ''''', 'own_partial');
SELECT pg_temp.same('SELECT id FROM kv.durable_key WHERE value = ''30''', 'own_hash');
SELECT pg_temp.same('SELECT id FROM kv.durable_key WHERE value = ''value m''', 'own_hash');
SELECT pg_temp.same('SELECT id FROM kv.durable_key WHERE encode(value, ''escape'') LIKE ''%more%''', 'own_gin');
SELECT pg_temp.same('SELECT id FROM kv.durable_key WHERE encode(value, ''escape'') LIKE ''VALUE%''', 'own_gin');
SELECT is((SELECT count(*) FROM kv.durable_key WHERE md5(value) = md5('undone')), 0::bigint, 'what was undone is not found');
DROP INDEX kv.own_expression, kv.own_hash, kv.own_partial, kv.own_unique, kv.own_gin;
SELECT pg_temp.same('SELECT id FROM kv.durable_key WHERE keyspace >= 0 AND version > 0', 'own_include');
DROP INDEX kv.own_include;
SELECT pg_temp.same('SELECT id FROM kv.durable_key WHERE version > 0', 'own_brin');
SELECT is(kv.dbsize(), (SELECT count(*) FROM kv.keys('*')), 'the number of keys is right');

-- An index that forbids a write makes it fail, and nothing is left behind.
CREATE UNIQUE INDEX own_forbidding ON kv.durable_key (keyspace, md5(value)) WHERE position('only'::bytea IN key) > 0;
SELECT is(kv.set('only1', 'same'), 'OK', 'the first of its value');
SELECT throws_ok($$ SELECT kv.set('only2', 'same') $$, '23505', NULL, 'the second is refused');
SELECT is(kv.exists('only2'), 0::bigint, 'and is not there');
SELECT is(kv.set('only2', 'other'), 'OK', 'another value may be set');
SELECT throws_ok($$ SELECT kv.set('only2', 'same') $$, '23505', NULL, 'but not changed to the first''s');
SELECT is(kv.get('only2'), 'other', 'and stays');

SELECT * FROM finish();
ROLLBACK;
