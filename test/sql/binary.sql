-- Keys and values that are not valid text: the bytea forms keep them, the text forms say so.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(34);

SELECT kv.flushall() \g /dev/null
-- an error's message and hint
CREATE FUNCTION pg_temp.error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN sqlstate || ' ' || sqlerrm || ' ' || hint;
END
$$;
\set complaint '22021 a key or value is not valid text in the database''s encoding "UTF8" Call the function with bytea arguments, which returns bytea: kv.get(''key''::bytea).'

SELECT kv.set('nul', '\x610062'::bytea), kv.set('invalid', '\xc328'::bytea), kv.set('half', '\xe282'::bytea) \g /dev/null
SELECT is(kv.get('nul'::bytea), '\x610062'::bytea, 'a value with a NUL byte');
SELECT is(kv.strlen('nul'), 3::bigint, 'has three bytes');
SELECT is(pg_temp.error_of('SELECT kv.get(''nul'')'), :'complaint', 'but is no text');
SELECT is(pg_temp.error_of('SELECT kv.get(''invalid'')'), :'complaint', 'nor is invalid UTF-8');
SELECT is(pg_temp.error_of('SELECT kv.get(''half'')'), :'complaint', 'nor half a character');
SELECT is(pg_temp.error_of('SELECT kv.getset(''nul'', ''x'')'), :'complaint', 'getset complains');
SELECT is(kv.get('nul'::bytea), '\x610062'::bytea, 'and has not set');
SELECT is(pg_temp.error_of('SELECT kv.getdel(''nul'')'), :'complaint', 'getdel complains');
SELECT is(kv.exists('nul'), 1::bigint, 'and has not deleted');
SELECT is(pg_temp.error_of('SELECT kv.set(''nul'', ''x'', get => true)'), :'complaint', 'set with get complains');
SELECT is(pg_temp.error_of('SELECT * FROM kv.mget(''nul'')'), :'complaint', 'mget complains');
SELECT is(pg_temp.error_of('SELECT kv.get_json(''nul'')'), :'complaint', 'get_json complains');
SELECT is(kv.set('euro', '€'), 'OK', 'a character of three bytes');
SELECT is(pg_temp.error_of('SELECT kv.getrange(''euro'', 0, 1)'), :'complaint', 'getrange that cuts it complains');
SELECT is(kv.getrange('euro'::bytea, 0, 1), '\xe282'::bytea, 'as bytea it does not');
SELECT is(kv.append('half', '\xac'::bytea), 3::bigint, 'half a character completed');
SELECT is(kv.get('half'), '€', 'is text');
SELECT is(kv.getdel('nul'::bytea), '\x610062'::bytea, 'getdel as bytea');

SELECT kv.flushall() \g /dev/null
SELECT kv.mset('\x6b00'::bytea, '1'::bytea, '\x6b00ff'::bytea, '2'::bytea, '\x6b01'::bytea, '3'::bytea, '\xff'::bytea, '4'::bytea,
    'k'::bytea, '5'::bytea) \g /dev/null
SELECT is(kv.dbsize(), 5::bigint, 'names that differ in bytes that are no text');
SELECT is(kv.get('\x6b00'::bytea), '1'::bytea, 'a name with a NUL byte');
SELECT is(kv.get('\x6b00ff'::bytea), '2'::bytea, 'is not cut there');
SELECT is(kv.get('k'), '5', 'nor is it the name before it');
SELECT bag_eq($$ SELECT kv.keys('\x6b002a'::bytea) $$, $$ VALUES ('\x6b00'::bytea), ('\x6b00ff'::bytea) $$, 'keys with a NUL byte in the pattern');
SELECT bag_eq($$ SELECT kv.keys('k?'::bytea) $$, $$ VALUES ('\x6b00'::bytea), ('\x6b01'::bytea) $$, 'a question mark is a byte');
SELECT is(pg_temp.error_of('SELECT kv.keys(''*'')'), :'complaint', 'keys as text complains');
SELECT is(pg_temp.error_of('SELECT kv.scan(0)'), :'complaint', 'scan as text complains');
SELECT is((SELECT cardinality(keys) FROM kv.scan(0, '*'::bytea)), 5, 'scan as bytea does not');
SELECT is(kv.rename('\x6b00'::bytea, '\x00'::bytea), 'OK', 'rename');
SELECT is(kv.exists('\x00'::bytea, '\x6b00'::bytea), 1::bigint, 'exists');
SELECT is(kv.del('\xff'::bytea), 1::bigint, 'del');
SELECT bag_eq($$ SELECT key_bytes, key FROM kv.keys $$,
    $$ VALUES ('\x00'::bytea, '\x00'), ('\x6b00ff', '\x6b00ff'), ('\x6b01', E'k\x01'), ('k', 'k') $$,
    'the view shows what is no text in hexadecimal');
SELECT is(kv.call('GET', '\x00'::bytea), convert_to(E'$1\r\n1\r\n', 'UTF8'), 'kv.call takes bytes');
SELECT is(kv.display('\xff'), '\xff', 'kv.display of bytes that are no text');
SELECT is(kv.display('text'), 'text', 'kv.display of text');

SELECT * FROM finish();
ROLLBACK;
