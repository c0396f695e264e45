-- Hash commands as SQL functions: what each returns, rows, jsonb, arrays, expiry, errors.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(85);

SELECT kv.flushall() \g /dev/null

-- fields
SELECT is(kv.hset('h', 'f', 'v'), 1::bigint, 'hset returns how many fields are new');
SELECT is(kv.hset('h', 'f', 'w', 'g', 'x'), 1::bigint, 'of several');
SELECT is(kv.hget('h', 'f'), 'w', 'hget');
SELECT is(kv.hget('h', 'missing'), NULL, 'hget of a missing field is NULL');
SELECT is(kv.hget('missing', 'f'), NULL, 'and of a missing key');
SELECT is(kv.hset('h', 'n', 1, 'b', true, 'j', '{"a": 1}'::jsonb), 3::bigint, 'hset takes values of any type');
SELECT is(kv.hget('h', 'j'), '{"a": 1}', 'as text');
SELECT is(kv.hset('h', 5, 6), 1::bigint, 'fields, too');
SELECT is(kv.hget('h', 5), '6', 'and hget takes any field');
SELECT is(kv.hlen('h'), 6::bigint, 'hlen');
SELECT is(kv.hlen('missing'), 0::bigint, 'hlen of a missing key');
SELECT is(kv.hexists('h', 'f'), true, 'hexists');
SELECT is(kv.hexists('h', 'missing'), false, 'of a missing field');
SELECT is(kv.hstrlen('h', 'j'), 8::bigint, 'hstrlen');
SELECT is(kv.hsetnx('h', 'f', 'other'), false, 'hsetnx leaves a field that is there');
SELECT is(kv.hsetnx('h', 'new', 7), true, 'hsetnx sets one that is missing');
SELECT is(kv.hdel('h', 'new', 'missing', 5), 2::bigint, 'hdel returns how many there were');
SELECT is(kv.hmset('m', 'a', '1', 'b', '2'), 'OK', 'hmset');
SELECT is(kv.type('m'), 'hash', 'type');
SELECT is(kv.object_encoding('m'), 'listpack', 'encoding');
SELECT is(kv.hincrby('m', 'a', 41), 42::bigint, 'hincrby');
SELECT is(kv.hincrby('m', 'new', -1), (-1)::bigint, 'hincrby of a missing field');
SELECT is(kv.hincrbyfloat('m', 'a', 0.5), 42.5, 'hincrbyfloat returns a numeric');
SELECT is(pg_typeof(kv.hincrbyfloat('m', 'a', '1e1')), 'numeric'::regtype, 'whatever the type of the increment');

-- rows
SELECT bag_eq('SELECT * FROM kv.hgetall(''m'')', $$ VALUES ('a', '52.5'), ('b', '2'), ('new', '-1') $$, 'hgetall is rows');
SELECT is_empty('SELECT * FROM kv.hgetall(''missing'')', 'none of a missing key');
SELECT bag_eq('SELECT kv.hkeys(''m'')', ARRAY['a', 'b', 'new'], 'hkeys');
SELECT bag_eq('SELECT kv.hvals(''m'')', ARRAY['52.5', '2', '-1'], 'hvals');
SELECT results_eq('SELECT * FROM kv.hmget(''m'', ''b'', ''missing'', ''a'', ''b'')',
    $$ VALUES ('b', '2'), ('missing', NULL), ('a', '52.5'), ('b', '2') $$, 'hmget has a row for each field asked');
SELECT results_eq('SELECT * FROM kv.hmget(''missing'', ''a'')', $$ VALUES ('a', NULL::text) $$, 'of a missing key, too');
SELECT results_eq('SELECT * FROM kv.hmget(''m'', ARRAY[''b'', ''x''], db => 0)', $$ VALUES ('b', '2'), ('x', NULL) $$, 'hmget with an array and a database');
SELECT is(kv.hgetall_json('m'), '{"a": "52.5", "b": "2", "new": "-1"}'::jsonb, 'hgetall_json is jsonb');
SELECT is(kv.hgetall_json('missing'), '{}'::jsonb, 'an empty object of a missing key');
SELECT is((SELECT count((pair).value) FROM (SELECT kv.hgetall('m') AS pair) AS pairs), 3::bigint, 'hgetall in the select list');
SELECT results_eq($$ SELECT name, value FROM (VALUES ('m')) AS keys (name), kv.hgetall(name) WHERE field = 'b' $$,
    $$ VALUES ('m', '2') $$, 'hgetall joins');
SELECT is(cursor, 0::bigint, 'hscan of a small hash is done at once') FROM kv.hscan('m', 0);
SELECT bag_eq('SELECT field, value FROM kv.hscan(''m'', 0), unnest(fields, "values") AS pair (field, value)', $$ VALUES ('a', '52.5'), ('b', '2'), ('new', '-1') $$,
    'with arrays of fields and values');
SELECT results_eq('SELECT fields, "values" FROM kv.hscan(''m'', 0, match => ''n*'', count => 5)', $$ VALUES (ARRAY['new'], ARRAY['-1']) $$, 'match');
SELECT results_eq('SELECT cursor, fields, "values" FROM kv.hscan(''missing'', 0)', $$ VALUES (0::bigint, '{}'::text[], '{}'::text[]) $$, 'empty arrays');
SELECT ok(kv.hrandfield('m') IN ('a', 'b', 'new'), 'hrandfield');
SELECT is(kv.hrandfield('missing'), NULL, 'of a missing key');
SELECT bag_eq('SELECT * FROM kv.hrandfield_many(''m'', 5)', $$ VALUES ('a', NULL::text), ('b', NULL), ('new', NULL) $$, 'hrandfield_many has fields alone');
SELECT bag_eq('SELECT * FROM kv.hrandfield_many(''m'', 5, withvalues => true)', $$ VALUES ('a', '52.5'), ('b', '2'), ('new', '-1') $$, 'or with values');
SELECT is((SELECT count(*) FROM kv.hrandfield_many('m', -10, true)), 10::bigint, 'a negative count repeats');
SELECT is_empty('SELECT * FROM kv.hrandfield_many(''missing'', 5)', 'no row of a missing key');

-- arrays and queries
SELECT is(kv.hset('q', array_agg('f' || i), array_agg(i::text)), 3::bigint, 'hset of a query') FROM generate_series(1, 3) AS i;
SELECT is(kv.hget('q', 'f2'), '2', 'in pairs');
SELECT is(kv.hset('q', ARRAY['f1', 'f9'], ARRAY['x', 'y'], db => 3), 2::bigint, 'in another database');
SELECT is(kv.hget('q', 'f9', db => 3), 'y', 'is there');
SELECT is(kv.hlen('q'), 3::bigint, 'and not here');
SELECT is(kv.hset('q', VARIADIC ARRAY['f1', 'z']), 0::bigint, 'VARIADIC');
SELECT is(kv.hdel('q', VARIADIC ARRAY['f1', 'f2']), 2::bigint, 'hdel VARIADIC');
SELECT is(kv.hdel('q', array_agg(f)), 1::bigint, 'hdel of an array is of its elements') FROM unnest(ARRAY['f2', 'f3']) AS f;
SELECT is(kv.exists('q'), 0::bigint, 'a hash without fields is gone');

-- bytea
SELECT is(kv.hset('b'::bytea, '\xff'::bytea, '\x00'::bytea), 1::bigint, 'hset of bytea');
SELECT is(kv.hget('b'::bytea, '\xff'::bytea), '\x00'::bytea, 'hget of bytea');
SELECT results_eq('SELECT * FROM kv.hgetall(''b''::bytea)', $$ VALUES ('\xff'::bytea, '\x00'::bytea) $$, 'hgetall of bytea');
SELECT results_eq('SELECT * FROM kv.hmget(''b''::bytea, ''\xff''::bytea, ''x'')', $$ VALUES ('\xff'::bytea, '\x00'::bytea), ('x', NULL) $$, 'hmget of bytea');
SELECT throws_ok('SELECT * FROM kv.hgetall(''b'')', '22021', NULL, 'what is no text is told as such');
SELECT throws_ok('SELECT kv.hgetall_json(''b'')', '22021', NULL, 'in jsonb, too');
SELECT is(kv.hset('b'::bytea, ARRAY['f']::bytea[], ARRAY['\x01']::bytea[]), 1::bigint, 'hset with arrays of bytea');
SELECT bag_eq('SELECT unnest(fields) FROM kv.hscan(''b''::bytea, 0)', ARRAY['\xff', 'f']::bytea[], 'hscan of bytea');

-- the expiry stays
SELECT kv.expire('m', 100) \g /dev/null
SELECT kv.hset('m', 'c', '3'), kv.hincrby('m', 'c', 1), kv.hdel('m', 'a') \g /dev/null
SELECT ok(kv.ttl('m') BETWEEN 95 AND 100, 'writing fields keeps the expiry');
SELECT kv.hdel('m', VARIADIC ARRAY(SELECT kv.hkeys('m'))) \g /dev/null
SELECT is(kv.ttl('m'), (-2)::bigint, 'which goes with the last field');

-- errors
SELECT kv.set('s', 'v'), kv.hset('h', 'text', 'x') \g /dev/null
SELECT throws_ok(call, state, message, call)
FROM (VALUES
    ('SELECT kv.hget(''s'', ''f'')', '42809', 'WRONGTYPE Operation against a key holding the wrong kind of value'),
    ('SELECT kv.hset(''s'', ''f'', ''v'')', '42809', 'WRONGTYPE Operation against a key holding the wrong kind of value'),
    ('SELECT kv.get(''h'')', '42809', 'WRONGTYPE Operation against a key holding the wrong kind of value'),
    ('SELECT kv.hset(''h'', ''f'')', '42601', 'wrong number of arguments for ''hset'' command'),
    ('SELECT kv.hset(''h'', ''f'', 1, ''g'')', '42601', 'wrong number of arguments for ''hset'' command'),
    ('SELECT kv.hset(''h'', ''{}''::text[], ''{}''::text[])', '42601', 'wrong number of arguments for ''hset'' command'),
    ('SELECT kv.hset(''h'', ARRAY[''f'', ''g''], ARRAY[''v''])', '2202E', 'there are 2 fields but 1 values'),
    ('SELECT kv.hset(''h'', NULL::text[], ARRAY[''v''])', '22004', 'fields must not be null'),
    ('SELECT kv.hset(''h'', ARRAY[''f''], ARRAY[NULL::text])', '22004', 'a value must not be null'),
    ('SELECT kv.hset(''h'', ARRAY[NULL::text], ARRAY[''v''])', '22004', 'a field must not be null'),
    ('SELECT kv.hset(''h'', ''f'', NULL)', '22004', 'a field or value must not be null'),
    ('SELECT kv.hset(''h'', ''f'', NULL::integer)', '22004', 'a field or value must not be null'),
    ('SELECT kv.hset(NULL, ''f'', ''v'')', '22004', 'key must not be null'),
    ('SELECT kv.hget(''h'', NULL)', '22004', 'field must not be null'),
    ('SELECT kv.hmget(''h'', ''f'', NULL)', '22004', 'a field must not be null'),
    ('SELECT kv.hdel(''h'', VARIADIC NULL::text[])', '22004', 'fields must not be null'),
    ('SELECT kv.hincrby(''h'', ''text'', 1)', '22P02', 'hash value is not an integer'),
    ('SELECT kv.hincrbyfloat(''h'', ''text'', 1)', '22P02', 'hash value is not a float'),
    ('SELECT kv.hincrbyfloat(''h'', ''f'', ''x'')', '22P02', 'value is not a valid float'),
    ('SELECT kv.hset(''h'', ARRAY[''f''], ARRAY[''v''], db => 16)', '22023', 'DB index is out of range'),
    ('SELECT kv.hset(''h'', ARRAY[''f''], ARRAY[1])', '42804', 'a key or field must not be an array'))
    AS calls (call, state, message);

SELECT * FROM finish();
ROLLBACK;
