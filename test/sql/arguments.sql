-- Every form of call: text, bytea, values of any type, arrays, NULLs, named options, parameters, variables, domains.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(119);

SELECT kv.flushall() \g /dev/null

-- values of any type are as a cast to text has them, bytea as it is
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO';
CREATE DOMAIN name_of_key AS text;
CREATE DOMAIN amount AS integer CHECK (value >= 0);
-- what is stored for a value, given as an expression
CREATE FUNCTION pg_temp.stored(expression text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT kv.set(''t'', ' || expression || ')';
    RETURN kv.get('t');
END
$$;
CREATE TYPE mood AS ENUM ('glad', 'sad');
SELECT is(pg_temp.stored($$ 'text'::text $$), 'text', 'text');
SELECT is(pg_temp.stored($$ 'varchar'::varchar $$), 'varchar', 'varchar');
SELECT is(pg_temp.stored($$ 'c'::char(3) $$), 'c', 'char(n), which as text has no padding');
SELECT is(pg_temp.stored($$ 'name'::name $$), 'name', 'name');
SELECT is(pg_temp.stored($$ 7::smallint $$), '7', 'smallint');
SELECT is(pg_temp.stored($$ -5 $$), '-5', 'integer');
SELECT is(pg_temp.stored($$ 9223372036854775807 $$), '9223372036854775807', 'bigint');
SELECT is(pg_temp.stored($$ 12345678901234567890.50 $$), '12345678901234567890.50', 'numeric');
SELECT is(pg_temp.stored($$ 0.1::float8 $$), '0.1', 'float8');
SELECT is(pg_temp.stored($$ true $$), 'true', 'boolean');
SELECT is(pg_temp.stored($$ '2024-02-29 12:00:00.5+00'::timestamptz $$), '2024-02-29 12:00:00.5+00', 'timestamptz');
SELECT is(pg_temp.stored($$ '2024-02-29'::date $$), '2024-02-29', 'date');
SELECT is(pg_temp.stored($$ '{"a":1}'::jsonb $$), '{"a": 1}', 'jsonb');
SELECT is(pg_temp.stored($$ '{"a":1}'::json $$), '{"a":1}', 'json');
SELECT is(pg_temp.stored($$ '00000000-0000-0000-0000-00000000000A'::uuid $$), '00000000-0000-0000-0000-00000000000a', 'uuid');
SELECT is(pg_temp.stored($$ ARRAY[1, 2] $$), '{1,2}', 'an array as one value');
SELECT is(pg_temp.stored($$ ROW(1, 'x') $$), '(1,x)', 'a row');
SELECT is(pg_temp.stored($$ 'sad'::mood $$), 'sad', 'an enum');
SELECT results_eq(
    $$ SELECT kv.set('t'::text, '\xff00'::bytea), kv.get('t'::bytea) $$, $$ VALUES ('OK', '\xff00'::bytea) $$, 'bytea with a text key');
SELECT results_eq(
    $$ SELECT kv.set('t'::bytea, '\xff00'::bytea), kv.get('t'::bytea) $$, $$ VALUES ('OK'::bytea, '\xff00'::bytea) $$,
    'bytea with a bytea key, which answers in bytea');
SELECT results_eq(
    $$ SELECT kv.set('t'::name_of_key, 5::amount), kv.get('t'::name_of_key) $$, $$ VALUES ('OK', '5') $$, 'domains');
SELECT results_eq(
    $$ SELECT kv.set('t'::varchar, 'v'::varchar), kv.get('t'::varchar) $$, $$ VALUES ('OK', 'v') $$, 'varchar keys');

-- each command that takes a value takes any
SELECT is(kv.append('any', 12), 2::bigint, 'append of an integer');
SELECT is(kv.getset('any', 1.5), '12', 'getset with a numeric');
SELECT is(kv.setnx('any', false), false, 'setnx with a boolean');
SELECT is(kv.setrange('any', 3, 7), 4::bigint, 'setrange with an integer');
SELECT is(kv.get('any'), '1.57', 'what these wrote');
SELECT is(kv.setex('any', 100, '1 hour'::interval), 'OK', 'setex with an interval');
SELECT is(kv.psetex('any', 100000, 42), 'OK', 'psetex with an integer');
SELECT is(kv.incrbyfloat('any', 0.5::float8), 42.5, 'incrbyfloat with a float8');
SELECT is(kv.mset('x', 1, 'y', true, 'z', '{}'::jsonb), 'OK', 'mset with values of several types');
SELECT results_eq($$ SELECT value FROM kv.mget('x', 'y', 'z') $$, ARRAY['1', 'true', '{}'], 'each as text');
SELECT is(kv.msetnx('n1', 1, 'n2', 'two'), true, 'msetnx with values of several types');
SELECT is(kv.mset('b'::bytea, '\x00'::bytea), 'OK', 'mset with bytea');
SELECT is(kv.mset('b', '\x00ff'::bytea, 'i', 5), 'OK', 'mset with bytea among others');
SELECT is(kv.get('b'::bytea), '\x00ff'::bytea, 'takes the bytes as they are');

-- arrays
SELECT is(kv.mset(VARIADIC ARRAY['v1', '1', 'v2', '2']), 'OK', 'mset VARIADIC text[]');
SELECT is(kv.mset(VARIADIC ARRAY['v3', '3']::bytea[]), 'OK', 'mset VARIADIC bytea[]');
SELECT is(kv.exists(VARIADIC ARRAY['v1', 'v2', 'v3']), 3::bigint, 'exists VARIADIC text[]');
SELECT is(kv.exists(VARIADIC ARRAY['v1', 'v2']::bytea[]), 2::bigint, 'exists VARIADIC bytea[]');
SELECT is(kv.exists(ARRAY['v1', 'v1'], 0), 2::bigint, 'exists with an array and a database');
SELECT is(kv.exists(ARRAY['v1', 'v1'], db => 7), 0::bigint, 'by name');
SELECT is(kv.mset(ARRAY['a1', 'a2'], ARRAY['1', '2']), 'OK', 'mset with an array of keys and one of values');
SELECT is(kv.get('a2'), '2', 'in pairs');
SELECT is(kv.mset(ARRAY['a1', 'a2'], ARRAY['x', 'y'], db => 7), 'OK', 'in another database');
SELECT results_eq($$ SELECT value FROM kv.mget(ARRAY['a1', 'a2'], db => 7) $$, ARRAY['x', 'y'], 'mget from there');
SELECT is(kv.mset(ARRAY['a1']::bytea[], ARRAY['\x00']::bytea[], db => 7), 'OK', 'arrays of bytea');
SELECT results_eq($$ SELECT key, value FROM kv.mget(ARRAY['a1']::bytea[], db => 7) $$,
    $$ VALUES ('a1'::bytea, '\x00'::bytea) $$, 'mget of bytea');
SELECT is(kv.msetnx(ARRAY['a2', 'a3'], ARRAY['1', '2'], db => 7), false, 'msetnx with arrays');
SELECT is(kv.touch(ARRAY['a1', 'a2'], db => 7), 2::bigint, 'touch with an array');
SELECT is(kv.del(ARRAY['a1'], db => 7), 1::bigint, 'del with an array');
SELECT is(kv.unlink(ARRAY['a2'], db => 7), 1::bigint, 'unlink with an array');
SELECT is(kv.del(VARIADIC ARRAY[['v1', 'v2'], ['v3', 'v4']]), 3::bigint, 'an array of two dimensions is all its elements');
SELECT throws_ok($$ SELECT kv.mset(ARRAY['a', 'b'], ARRAY['1']) $$, '2202E', 'there are 2 keys but 1 values', 'arrays of different lengths');
SELECT throws_ok($$ SELECT kv.del(VARIADIC '{}'::text[]) $$, '42601', 'wrong number of arguments for ''del'' command', 'an empty array');
SELECT throws_ok($$ SELECT kv.del('{}'::text[], 0) $$, '42601', 'wrong number of arguments for ''del'' command', 'with a database, too');
SELECT throws_ok($$ SELECT kv.mget(VARIADIC '{}'::bytea[]) $$, '42601', 'wrong number of arguments for ''mget'' command', 'of bytea, too');
SELECT throws_ok($$ SELECT kv.mset('{}'::text[], '{}'::text[]) $$, '42601', 'wrong number of arguments for ''mset'' command', 'empty arrays of keys and values');
SELECT throws_ok($$ SELECT kv.mset('a', '1', 'b') $$, '42601', 'wrong number of arguments for ''mset'' command', 'a key without a value');
SELECT throws_ok($$ SELECT kv.mset('a', 1, 'b') $$, '42601', 'wrong number of arguments for ''mset'' command', 'of any type');
SELECT throws_ok($$ SELECT kv.mset() $$, '42883', NULL, 'no argument at all is no function');

-- NULL, in each position that must not be
SELECT throws_ok(call, '22004', message, call)
FROM (VALUES
    ('SELECT kv.get(NULL::text)', 'key must not be null'),
    ('SELECT kv.get(NULL::bytea)', 'key must not be null'),
    ('SELECT kv.set(NULL, ''v'')', 'key must not be null'),
    ('SELECT kv.set(''k'', NULL::text)', 'value must not be null'),
    ('SELECT kv.set(''k''::bytea, NULL::bytea)', 'value must not be null'),
    ('SELECT kv.set(''k'', NULL::integer)', 'value must not be null'),
    ('SELECT kv.set(NULL::text, 5)', 'key must not be null'),
    ('SELECT kv.incrby(''k'', NULL)', 'increment must not be null'),
    ('SELECT kv.incrbyfloat(''k'', NULL::float8)', 'increment must not be null'),
    ('SELECT kv.setex(''k'', NULL, ''v'')', 'seconds must not be null'),
    ('SELECT kv.psetex(''k'', NULL, ''v'')', 'milliseconds must not be null'),
    ('SELECT kv.getrange(''k'', NULL, 1)', 'start must not be null'),
    ('SELECT kv.getrange(''k'', 1, NULL)', 'end must not be null'),
    ('SELECT kv.setrange(''k'', NULL, ''v'')', 'offset must not be null'),
    ('SELECT kv.expire(''k'', NULL)', 'seconds must not be null'),
    ('SELECT kv.expire_in(''k'', NULL)', 'ttl must not be null'),
    ('SELECT kv.expire_at(''k'', NULL)', 'expires_at must not be null'),
    ('SELECT kv.rename(NULL::text, ''k'')', 'key must not be null'),
    ('SELECT kv.rename(''k'', NULL)', 'newkey must not be null'),
    ('SELECT kv.copy(''k'', NULL)', 'destination must not be null'),
    ('SELECT kv.move(''k'', NULL)', 'destination_db must not be null'),
    ('SELECT kv.swapdb(NULL, 1)', 'db1 must not be null'),
    ('SELECT kv.keys(NULL::text)', 'pattern must not be null'),
    ('SELECT kv.scan(NULL)', 'cursor must not be null'),
    ('SELECT kv.lcs(''a'', NULL)', 'key2 must not be null'),
    ('SELECT kv.del(''a'', NULL)', 'a key must not be null'),
    ('SELECT kv.del(VARIADIC NULL::text[])', 'keys must not be null'),
    ('SELECT kv.del(VARIADIC ARRAY[''a'', NULL])', 'a key must not be null'),
    ('SELECT kv.mget(ARRAY[NULL::bytea], db => 0)', 'a key must not be null'),
    ('SELECT kv.mset(''a'', NULL::text)', 'a key or value must not be null'),
    ('SELECT kv.mset(''a'', NULL::integer)', 'a key or value must not be null'),
    ('SELECT kv.mset(VARIADIC ARRAY[''a'', NULL])', 'a key or value must not be null'),
    ('SELECT kv.mset(NULL::text[], ARRAY[''a''])', 'keys must not be null'),
    ('SELECT kv.mset(ARRAY[''a''], NULL::text[])', 'values must not be null'),
    ('SELECT kv.mset(ARRAY[''a''], ARRAY[NULL::text])', 'a value must not be null'),
    ('SELECT kv.call(''GET'', NULL)', 'a command''s argument must not be null'))
    AS calls (call, message);
SELECT throws_ok($$ SELECT kv.set('k', NULL) $$, '22004', 'value must not be null', 'an untyped NULL');
-- options that are NULL are not given
SELECT is(kv.set('o', 'v', ex => NULL, px => 50000, ttl => NULL, nx => NULL), 'OK', 'options that are NULL');
SELECT ok(kv.ttl('o') BETWEEN 45 AND 50, 'are as if not given');
SELECT is(kv.expire('o', 100, nx => NULL), true, 'flags that are NULL, too');
SELECT is((SELECT count(*) > 0 FROM kv.scan(0, match => NULL::text, count => NULL, type => NULL)), true, 'for scan, too');

-- parameters whose types nobody names
PREPARE put AS SELECT kv.set($1, $2);
EXECUTE put('p', 'prepared') \g /dev/null
PREPARE look AS SELECT kv.get($1);
SELECT is(kv.get('p'), 'prepared', 'set with untyped parameters');
PREPARE put_for AS SELECT kv.set($1, $2, ex => $3);
EXECUTE put_for('p', 'again', 100) \g /dev/null
SELECT ok(kv.ttl('p') BETWEEN 95 AND 100, 'with an untyped option');
PREPARE pairs AS SELECT kv.mset($1, $2, $3, $4);
EXECUTE pairs('p1', '1', 'p2', '2') \g /dev/null
SELECT is(kv.get('p2'), '2', 'mset with untyped parameters');
PREPARE gone AS SELECT kv.del($1, $2);
EXECUTE gone('p1', 'p2') \g /dev/null
SELECT is(kv.exists('p1', 'p2'), 0::bigint, 'del with untyped parameters');
SELECT is((SELECT parameter_types::text FROM pg_prepared_statements WHERE name = 'look'), '{text}', 'an untyped key is text');
PREPARE put_number(text, integer) AS SELECT kv.set($1, $2);
EXECUTE put_number('p', 17) \g /dev/null
SELECT is(kv.get('p'), '17', 'a typed parameter of another type');
SET LOCAL plan_cache_mode = force_generic_plan;
EXECUTE put('p', 'generic') \g /dev/null
EXECUTE put_number('p9', 18) \g /dev/null
SELECT is(kv.get('p'), 'generic', 'in a generic plan');
SELECT is(kv.get('p9'), '18', 'of any type, too');

-- PL/pgSQL
CREATE FUNCTION pg_temp.variables() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    k text := 'plpgsql';
    number integer := 3;
    price numeric := 9.90;
    flag boolean := true;
    record jsonb := '{"id": 1}';
    all_keys text[] := ARRAY['plpgsql', 'plpgsql2'];
    result text := '';
BEGIN
    PERFORM kv.set(k, number);
    result := result || kv.get(k);
    PERFORM kv.set(k, price, ttl => make_interval(secs => number));
    result := result || ' ' || kv.get(k);
    PERFORM kv.mset(k, flag, k || 2, record);
    FOR number IN 1 .. 2 LOOP
        result := result || ' ' || kv.get(all_keys[number]);
    END LOOP;
    RETURN result || ' ' || kv.del(VARIADIC all_keys);
END
$$;
SELECT is(pg_temp.variables(), '3 9.90 true {"id": 1} 2', 'variables of PL/pgSQL');

-- times
SELECT throws_ok($$ SELECT kv.set('t', 'v', expires_at => 'infinity') $$, '22008', 'an expiry must be finite', 'infinity is no expiry');
SELECT throws_ok($$ SELECT kv.expire_at('t', '-infinity') $$, '22008', 'an expiry must be finite', 'nor -infinity');
SELECT throws_ok($$ SELECT kv.set('t', 'v', ttl => '0 seconds') $$, '22023', 'invalid expire time in ''set'' command', 'an empty interval');
SELECT throws_ok($$ SELECT kv.set('t', 'v', ttl => '1 minute', ex => 60) $$, '42601', 'syntax error', 'two expiries');
SELECT is(kv.set('t', 'v', ttl => '1 month'), 'OK', 'a month');
SELECT ok(kv.ttl('t') BETWEEN 30 * 86400 - 5 AND 30 * 86400, 'has thirty days');

-- text as JSON, XML and the like has to be valid in the database's encoding, bytea need not
SELECT is(kv.set('\xff'::bytea, '\xfe'::bytea), convert_to('OK', 'UTF8'), 'bytes that are no text');
SELECT is(kv.get('\xff'::bytea), '\xfe'::bytea, 'are kept');

SELECT * FROM finish();
ROLLBACK;
