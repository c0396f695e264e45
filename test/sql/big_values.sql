-- Large values: out of line and compressed, whole and in parts.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(257);

SELECT kv.flushall() \g /dev/null
-- text that compresses, and bytes that do not
CREATE FUNCTION pg_temp.even(size integer) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT convert_to(left(repeat('all work and no play ', size / 21 + 1), size), 'UTF8') $$;
CREATE FUNCTION pg_temp.odd(size integer) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT substr(string_agg(sha256(i::text::bytea), ''::bytea ORDER BY i), 1, size) FROM generate_series(1, size / 32 + 1) AS i $$;
CREATE TEMPORARY TABLE sample AS
SELECT kind || size AS name, convert_to(kind || size, 'UTF8') AS key, size,
       CASE kind WHEN 'even' THEN pg_temp.even(size) ELSE pg_temp.odd(size) END AS value
FROM unnest(ARRAY['even', 'odd']) AS kind, unnest(ARRAY[1900, 2048, 8000, 8192, 70000, 1048576]) AS size;

SELECT kv.set(key, value, ex => 1000) FROM sample \g /dev/null
SELECT is(md5(kv.get(key)), md5(value), name || ': get') FROM sample ORDER BY name;
SELECT is(kv.strlen(key), size::bigint, name || ': strlen') FROM sample ORDER BY name;
SELECT is(kv.getrange(key, 0, 9), substr(value, 1, 10), name || ': its beginning') FROM sample ORDER BY name;
SELECT is(kv.getrange(key, size / 2, size / 2 + 999), substr(value, size / 2 + 1, 1000), name || ': its middle') FROM sample ORDER BY name;
SELECT is(kv.getrange(key, -10, -1), substr(value, size - 9), name || ': its end') FROM sample ORDER BY name;
SELECT is(kv.getrange(key, size, size + 10), ''::bytea, name || ': behind its end') FROM sample ORDER BY name;
SELECT is(kv.persist(key), true, name || ': persist') FROM sample ORDER BY name;
SELECT is(md5(kv.getex(key, ex => 500)), md5(value), name || ': getex') FROM sample ORDER BY name;
SELECT is(md5(kv.get(key)), md5(value), name || ': the value after changes of the expiry') FROM sample ORDER BY name;
SELECT is(kv.append(key, '\x0102'::bytea), size + 2::bigint, name || ': append') FROM sample ORDER BY name;
SELECT is(md5(kv.get(key)), md5(value || '\x0102'::bytea), name || ': the value after append') FROM sample ORDER BY name;
SELECT is(kv.setrange(key, size / 2, '\xffff'::bytea), size + 2::bigint, name || ': setrange') FROM sample ORDER BY name;
SELECT is(md5(kv.get(key)), md5(overlay(value PLACING '\xffff'::bytea FROM size / 2 + 1) || '\x0102'::bytea), name || ': the value after setrange')
FROM sample ORDER BY name;
SELECT ok(kv.ttl(key) BETWEEN 400 AND 500, name || ': the expiry') FROM sample ORDER BY name;
SELECT is(kv.copy(key, key || '-copy'::bytea), true, name || ': copy') FROM sample ORDER BY name;
SELECT is(kv.rename(key || '-copy'::bytea, key || '-new'::bytea), 'OK', name || ': rename') FROM sample ORDER BY name;
SELECT is(md5(kv.get(key || '-new'::bytea)), md5(kv.get(key)), name || ': the value after copy and rename') FROM sample ORDER BY name;
SELECT is((SELECT value_bytes FROM kv.strings WHERE key_bytes = sample.key), kv.get(key), name || ': in the view') FROM sample ORDER BY name;
SELECT is(md5(kv.getset(key, ''::bytea)), md5(kv.get(key || '-new'::bytea)), name || ': getset') FROM sample ORDER BY name;
SELECT is(kv.strlen(key), 0::bigint, name || ': a small value in its place') FROM sample ORDER BY name;
SELECT is(md5(kv.getdel(key || '-new'::bytea)), md5(overlay(value PLACING '\xffff'::bytea FROM size / 2 + 1) || '\x0102'::bytea), name || ': getdel')
FROM sample ORDER BY name;
SELECT is(kv.lcs_len('lcs', 'lcs'), 8000::bigint, 'lcs of a large value') FROM kv.set('lcs', repeat('ab', 4000));
SELECT is(kv.setrange('sparse', 5000000, 'x'), 5000001::bigint, 'setrange far behind the end');
SELECT is(kv.getrange('sparse'::bytea, 4999999, 5000000), '\x0078'::bytea, 'pads with zero bytes');
SELECT is(kv.incr('n'), 1::bigint, 'a counter') FROM kv.set('n', '0');
SELECT throws_ok($$ SELECT kv.incr('sparse') $$, '22P02', NULL, 'incr of five million bytes');

SELECT * FROM finish();
ROLLBACK;
