-- kv.* in queries within queries: loops and functions inside one statement.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(18);

SELECT kv.flushall() \g /dev/null
SELECT kv.set('k' || i, i) FROM generate_series(1, 100) AS i \g /dev/null

CREATE FUNCTION pg_temp.sum_of_loop() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    total bigint := 0;
    line record;
BEGIN
    FOR line IN SELECT kv.get('k' || i)::bigint AS value FROM generate_series(1, 100) AS i LOOP
        total := total + line.value;
    END LOOP;
    RETURN total;
END
$$;
SELECT is(pg_temp.sum_of_loop(), 5050::bigint, 'a loop over a query that reads, in a statement');
SELECT results_eq('SELECT pg_temp.sum_of_loop() FROM generate_series(1, 3)', ARRAY[5050, 5050, 5050]::bigint[], 'again and again');
SELECT results_eq($$ SELECT kv.get('k1'), pg_temp.sum_of_loop(), kv.get('k2') $$, $$ VALUES ('1', 5050::bigint, '2') $$,
    'beside reads of the statement''s own');
SELECT results_eq($$ SELECT pg_temp.sum_of_loop(), kv.incr('k1'), kv.get('k2') $$, $$ VALUES (5050::bigint, 2::bigint, '2') $$,
    'before a write of the statement''s own');

CREATE FUNCTION pg_temp.left_early() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line record;
BEGIN
    FOR line IN SELECT kv.incr('early') AS number FROM generate_series(1, 1000) LOOP
        EXIT WHEN line.number >= 3;
    END LOOP;
    PERFORM kv.append('early', '!');
    RETURN kv.getrange('early', -1, -1);
END
$$;
SELECT is(pg_temp.left_early(), '!', 'a loop over a query that writes, left early');
SELECT ok(kv.exists('early') = 1, 'and the statement after it');

CREATE FUNCTION pg_temp.write_while_reading() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    key text;
BEGIN
    FOR key IN SELECT * FROM kv.keys('k*') LOOP
        PERFORM kv.incr(key);
        PERFORM kv.set('copy:' || key, kv.get(key));
    END LOOP;
    RETURN kv.get('copy:k50');
END
$$;
SELECT is(pg_temp.write_while_reading(), '51', 'a loop over keys that writes keys');
SELECT is(kv.dbsize(), 201::bigint, 'writes each once');

CREATE FUNCTION pg_temp.loop_with_errors() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line record;
    errors integer := 0;
BEGIN
    FOR line IN SELECT i, kv.get('k' || i) AS value FROM generate_series(1, 10) AS i LOOP
        BEGIN
            PERFORM kv.set('error', line.value);
            PERFORM kv.incrby('error', 9223372036854775807);
        EXCEPTION WHEN numeric_value_out_of_range THEN
            errors := errors + 1;
        END;
    END LOOP;
    RETURN errors || coalesce(kv.get('error'), ' none');
END
$$;
SELECT is(pg_temp.loop_with_errors(), '10 none', 'a loop with an EXCEPTION block that fails each time');
SELECT is(pg_temp.loop_with_errors(), '10 none', 'and again');

CREATE FUNCTION pg_temp.fails_in_loop() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    line record;
BEGIN
    FOR line IN SELECT kv.incr('k' || i) FROM generate_series(1, 10) AS i LOOP
        PERFORM kv.incr('copy:k1') / 0;
    END LOOP;
END
$$;
SELECT throws_ok('SELECT pg_temp.fails_in_loop()', '22012', NULL, 'an error within a loop');
SELECT is(kv.get('k1'), '3', 'takes back what the loop''s query wrote');

CREATE FUNCTION pg_temp.nested(depth integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line record;
BEGIN
    FOR line IN SELECT kv.append('deep', depth::text) LOOP
        IF depth > 1 THEN
            PERFORM pg_temp.nested(depth - 1);
        END IF;
    END LOOP;
    RETURN kv.get('deep');
END
$$;
SELECT is(pg_temp.nested(9), '987654321', 'loops nine deep');

CREATE FUNCTION pg_temp.rows_of(prefix text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT kv.get(key) FROM kv.keys(prefix || '*') AS key ORDER BY key $$;
SELECT is((SELECT count(*) FROM pg_temp.rows_of('k') AS value WHERE kv.exists('copy:k' || 1) = 1), 100::bigint, 'a set-returning function in SQL');
SELECT is((SELECT count(*) FROM (SELECT pg_temp.rows_of('k') LIMIT 3) AS three), 3::bigint, 'that is not read to its end');

-- utility commands while the statement has the key table at hand
CREATE FUNCTION pg_temp.explains() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXPLAIN SELECT kv.get('k1') LOOP
        PERFORM kv.incr('lines');
    END LOOP;
    RETURN kv.exists('lines');
END
$$;
SELECT results_eq($$ SELECT kv.get('k3'), pg_temp.explains(), kv.get('k4') $$, $$ VALUES ('4', 1::bigint, '5') $$, 'a loop over a utility command');
CREATE FUNCTION pg_temp.utility_in_block(fails boolean) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        CREATE TEMPORARY TABLE made_in_block (id integer);
        PERFORM kv.set('block', 'in');
        DROP TABLE made_in_block;
        PERFORM kv.append('block', '!') / CASE WHEN fails THEN 0 ELSE 1 END;
    EXCEPTION WHEN division_by_zero THEN
        PERFORM kv.set('block', 'failed');
    END;
    RETURN kv.get('block');
END
$$;
SELECT results_eq($$ SELECT kv.get('k3'), pg_temp.utility_in_block(false), pg_temp.utility_in_block(true), kv.get('k4') $$,
    $$ VALUES ('4', 'in!', 'failed', '5') $$, 'a utility command in an EXCEPTION block');

CREATE FUNCTION pg_temp.truncates() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM kv.set('t', '1');
    TRUNCATE kv.durable_key;
    PERFORM kv.set('t', '2');
    RETURN kv.get('t') || kv.exists('k1');
END
$$;
SELECT is(kv.exists('k1') || pg_temp.truncates(), '120', 'TRUNCATE in the middle of a statement');

SELECT * FROM finish();
ROLLBACK;
