-- kv.mirror_keys: which changes of keys stand in the outbox once a transaction has committed; in a
-- database whose outbox no worker empties.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
\set home :DBNAME
CREATE DATABASE pg_kv_mirror;
\connect pg_kv_mirror
SET client_min_messages = warning;
CREATE EXTENSION pg_kv;
CREATE EXTENSION pgtap;

-- Takes what stands in the outbox: each row's pattern, operation and keys.
CREATE FUNCTION pg_temp.told(OUT text) RETURNS SETOF text LANGUAGE sql AS $$
    WITH first AS (DELETE FROM kv.relay_outbox_0 RETURNING *),
    second AS (DELETE FROM kv.relay_outbox_1 RETURNING *)
    SELECT concat_ws(' ', pattern, operation, (SELECT string_agg(encode(name, 'escape'), ' ' ORDER BY name) FROM unnest(keys) AS name))
    FROM (TABLE first UNION ALL TABLE second) AS outbox JOIN kv.watch ON id = watch
    ORDER BY 1
$$;

SELECT plan(67);
SELECT kv.add_target('default', '127.0.0.1', 1) \g /dev/null
SELECT kv.set('a:old', '1'), kv.set('b:old', '1'), kv.set('a:lapsed', '1', px => 1) \g /dev/null
SELECT pg_sleep(0.01) \g /dev/null

-- setting up
SELECT ok(kv.mirror_keys('a:*') > 0, 'a mirror has an id');
SELECT results_eq($$ SELECT db, pattern, mode, target, lease, channel FROM kv.mirrored_keys $$,
    $$ VALUES (0, 'a:*', 'refresh', 'default', NULL::interval, NULL::text) $$, 'and is shown');
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* u a:old'], 'the keys that are there are told first');
SELECT is((SELECT count(*) FROM kv.cached_tables), 0::bigint, 'it is no table');
SELECT throws_ok($$ SELECT kv.mirror_keys('a:*') $$, '42710', 'keys "a:*" of database 0 are mirrored already', 'not twice');
SELECT throws_ok($$ SELECT kv.mirror_keys('c:*', target => 'elsewhere') $$, '42704', 'relay target "elsewhere" does not exist', 'the target must be known');
SELECT throws_ok($$ SELECT kv.mirror_keys('c:*', target => NULL) $$, '22023', 'target must not be NULL', 'and given');
SELECT throws_ok($$ SELECT kv.mirror_keys('') $$, '22023', 'pattern must not be NULL or empty', 'so must the pattern');
SELECT throws_ok($$ SELECT kv.mirror_keys(NULL) $$, '22023', 'pattern must not be NULL or empty', 'which is not NULL');
SELECT throws_ok($$ SELECT kv.mirror_keys('c:*', 'read') $$, '22023', 'unknown mode "read"', 'mode read is for rows');
SELECT throws_ok($$ SELECT kv.mirror_keys('c:*', NULL) $$, '22023', 'mode must not be NULL', 'a mode is needed');
SELECT throws_ok($$ SELECT kv.mirror_keys('c:*', db => 16) $$, '22023', 'DB index is out of range', 'the database must exist');
SELECT throws_ok($$ SELECT kv.mirror_keys('c:*', channel => 'c') $$, '22023', 'channel goes with mode publish', 'a channel without publish is a mistake');
SELECT throws_ok($$ SELECT kv.mirror_keys('c:*', lease => '-1 s') $$, '22023', 'lease must not be negative', 'and a negative lease');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT throws_ok($$ SELECT kv.mirror_keys('c:*') $$, '0A000', NULL, 'not with an old snapshot');
ROLLBACK;
SELECT throws_ok($$ SELECT kv.unmirror_keys('c:*') $$, '42704', 'keys "c:*" of database 0 are not mirrored', 'what is not mirrored cannot end');
BEGIN;
SELECT kv.mirror_keys('*'), kv.set('b:1', '1') \g /dev/null
ROLLBACK;
SELECT kv.set('b:2', '1') \g /dev/null
SELECT is_empty('SELECT pg_temp.told()', 'a mirror that is rolled back tells nothing');

-- each kind of command
SELECT kv.set('a:1', '1'), kv.set('b:1', '1') \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* u a:1'], 'SET of keys that match');
SELECT kv.set('a:1', '2', nx => true), kv.get('a:1') \g /dev/null
SELECT is_empty('SELECT pg_temp.told()', 'what writes nothing tells nothing');
SELECT kv.mset('a:1', '2', 'a:2', '2', 'b:2', '2') \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* u a:1 a:2'], 'MSET');
SELECT kv.del('a:1', 'b:1', 'a:nothing', 'a:lapsed') \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* d a:1'], 'DEL of what was there');
SELECT kv.expire('a:2', 1000) \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* u a:2'], 'EXPIRE');
SELECT kv.persist('a:2') \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* u a:2'], 'PERSIST');
SELECT kv.rename('a:2', 'a:3') \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* d a:2', 'a:* u a:3'], 'RENAME');
SELECT kv.rename('a:3', 'b:3') \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* d a:3'], 'RENAME away');
SELECT kv.copy('b:3', 'a:4') \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* u a:4'], 'COPY');
SELECT kv.move('a:4', 1) \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* d a:4'], 'MOVE');
SELECT kv.set('a:4', 'x', db => 1) \g /dev/null
SELECT is_empty('SELECT pg_temp.told()', 'other databases are not mirrored');
SELECT kv.rpush('a:l', '1', '2'), kv.sadd('a:s', '1'), kv.hset('a:h', 'f', 'v'), kv.zadd('a:z', 1, 'm') \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* u a:h a:l a:s a:z'], 'collections');
SELECT kv.rpush('a:l', variadic array_agg(i::text)) FROM generate_series(1, 2000) AS i \g /dev/null
SELECT kv.sadd('a:s', variadic array_agg('m' || i)) FROM generate_series(1, 2000) AS i \g /dev/null
SELECT count(*) FROM (SELECT kv.hset('a:h', 'f' || i, 'v'), kv.zadd('a:z', i, 'm' || i) FROM generate_series(1, 2000) AS i) AS filled \g /dev/null
SELECT isnt_empty('SELECT pg_temp.told()', 'that grow');
SELECT kv.lset('a:l', 1000, 'x'), kv.srem('a:s', 'm7'), kv.hset('a:h', 'f9', 'w'), kv.zincrby('a:z', 1, 'm9') \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* u a:h a:l a:s a:z'], 'single elements of large ones');
SELECT kv.lpop('a:l'), kv.hdel('a:h', 'f1'), kv.zpopmin('a:z'), kv.smove('a:s', 'a:t', 'm8') \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* u a:h a:l a:s a:t a:z'], 'elements that go');
SELECT kv.sinterstore('a:s', 'a:none', 'a:t'), kv.spop('a:t') \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* d a:s a:t'], 'sets that become empty');
SELECT kv.flushdb() \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* t'], 'FLUSHDB concerns all');
SELECT kv.flushdb(db => 3) \g /dev/null
SELECT is_empty('SELECT pg_temp.told()', 'of its database');
SELECT kv.flushall() \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* t'], 'so does FLUSHALL');
SELECT kv.swapdb(1, 0) \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* t'], 'and SWAPDB');
SELECT kv.set('a:1', 'after') \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* u a:1'], 'the mirror stays with the number');
SELECT kv.set_storage(0, 'cache') \g /dev/null
SELECT is_empty('SELECT pg_temp.told()', 'the storage class changes no key');
SELECT kv.set('a:1', 'cached') \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* u a:1'], 'cache databases are mirrored as well');
TRUNCATE kv.cache_key;
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* t'], 'TRUNCATE of the keys concerns all');
SELECT kv.set_storage(0, 'durable') \g /dev/null

-- names
SET kv.prefix = 'a:';
SELECT kv.set('p', '1') \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* u a:p'], 'a session''s prefix is part of the name');
SELECT kv.flushdb() \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* d a:p'], 'FLUSHDB of a prefix removes keys');
SET kv.prefix = 'n';
SELECT kv.set('a:p', '1') \g /dev/null
SELECT is_empty('SELECT pg_temp.told()', 'and may keep a pattern from matching');
RESET kv.prefix;
SELECT kv.set('a:' || repeat('x', 20000), '1') \g /dev/null
SELECT is((SELECT length(told) FROM pg_temp.told()), 20008, 'a long name is whole');
SELECT kv.set('\x613a00ff'::bytea, '1') \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* u a:\000\377'], 'and bytes are bytes');

-- transactions
BEGIN;
SELECT kv.incr('a:n') FROM generate_series(1, 1000) \g /dev/null
SELECT kv.set('a:gone', '1'), kv.del('a:gone') \g /dev/null
SELECT is_empty('SELECT pg_temp.told()', 'nothing is told before the commit');
COMMIT;
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* d a:gone', 'a:* u a:n'], 'which tells of each key once');
BEGIN;
SELECT kv.set('a:1', 'x') \g /dev/null
ROLLBACK;
SELECT is_empty('SELECT pg_temp.told()', 'a rollback tells nothing');
BEGIN;
SELECT kv.set('a:1', 'x') \g /dev/null
SAVEPOINT one;
SELECT kv.set('a:2', 'x') \g /dev/null
SAVEPOINT two;
SELECT kv.set('a:3', 'x') \g /dev/null
RELEASE two;
ROLLBACK TO one;
SAVEPOINT three;
SELECT kv.set('a:4', 'x') \g /dev/null
RELEASE three;
COMMIT;
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* u a:1 a:4'], 'savepoints count as they end');
BEGIN;
SELECT kv.set('a:first', 'x') \g /dev/null
SAVEPOINT large;
SELECT count(kv.set('a:' || i, 'x')) FROM generate_series(1, 20000) AS i \g /dev/null
ROLLBACK TO large;
COMMIT;
SELECT results_eq('SELECT pg_temp.told()', ARRAY['a:* u a:first'], 'also where much was appended within one');
BEGIN;
SELECT count(kv.set('a:' || i, 'x')) FROM generate_series(1, 20000) AS i \g /dev/null
SAVEPOINT large;
SELECT count(kv.set('a:' || i, 'x')) FROM generate_series(20001, 40000) AS i \g /dev/null
RELEASE large;
COMMIT;
SELECT is((SELECT count(DISTINCT name) FROM (TABLE kv.relay_outbox_0 UNION ALL TABLE kv.relay_outbox_1) AS outbox, unnest(keys) AS name),
    40000::bigint, 'and forty thousand keys are all told');
SELECT pg_temp.told() \g /dev/null

-- several mirrors, and their ends
SELECT kv.mirror_keys('?:[12]', 'publish, invalidate', channel => 'c'), kv.mirror_keys('*', 'invalidate', db => 1, lease => '5 s') \g /dev/null
SELECT results_eq($$ SELECT db, pattern, mode, lease, channel FROM kv.mirrored_keys ORDER BY id $$,
    $$ VALUES (0, 'a:*', 'refresh', NULL::interval, NULL), (0, '?:[12]', 'invalidate,publish', NULL, 'c'), (1, '*', 'invalidate', '5 s', NULL) $$, 'there are three');
SELECT is_empty('SELECT pg_temp.told()', 'only refresh begins with the keys that are there');
SELECT kv.set('a:1', 'x'), kv.set('b:2', 'x'), kv.set('b:3', 'x'), kv.set('any', 'x', db => 1) \g /dev/null
SELECT results_eq('SELECT pg_temp.told()', ARRAY['* u any', '?:[12] u a:1 b:2', 'a:* u a:1'], 'each is told of what it matches');
SELECT kv.unmirror_keys('a:*'), kv.unmirror_keys('?:[12]'), kv.unmirror_keys('*', 1) \g /dev/null
SELECT kv.set('a:1', 'x'), kv.set('any', 'x', db => 1) \g /dev/null
SELECT is((SELECT count(*) FROM kv.relay_outbox_0) + (SELECT count(*) FROM kv.relay_outbox_1), 0::bigint, 'and of nothing once they have ended');

-- rights
CREATE ROLE kv_test_admin;
CREATE ROLE kv_test_writer;
SELECT kv.grant_admin('kv_test_admin'), kv.grant_write('kv_test_writer') \g /dev/null
SET ROLE kv_test_writer;
SELECT throws_ok($$ SELECT kv.mirror_keys('w:*') $$, '42501', NULL, 'who may write, may not mirror');
RESET ROLE;
SET ROLE kv_test_admin;
SELECT lives_ok($$ SELECT kv.mirror_keys('w:*') $$, 'who may administer, may');
SELECT is((SELECT count(*) FROM kv.mirrored_keys), 1::bigint, 'and sees it');
SELECT throws_ok($$ SELECT kv.add_mirror('w:*', 'publish', 'default', 1, NULL, NULL) $$, '42501', NULL, 'but does not get past the check of rights');
RESET ROLE;
SELECT kv.mirror_keys('w:*', db => 1) \g /dev/null
REVOKE SELECT ON kv.db1 FROM kv_test_admin;
SET ROLE kv_test_admin;
SELECT throws_ok($$ SELECT kv.mirror_keys('x:*', db => 1) $$, '42501', 'permission denied to read database 1 of pg_kv', 'who may not read a database, may not mirror it');
SELECT throws_ok($$ SELECT kv.unmirror_keys('w:*', 1) $$, '42501', 'permission denied to read database 1 of pg_kv', 'nor end its mirrors');
SET kv.database = 1;
SELECT throws_ok($$ SELECT kv.mirror_keys('x:*') $$, '42501', 'permission denied to read database 1 of pg_kv', 'nor if it is the session''s');
SELECT lives_ok($$ SELECT kv.mirror_keys('x:*', db => 0), kv.unmirror_keys('x:*', 0) $$, 'but the others');
RESET kv.database;
RESET ROLE;
SELECT lives_ok($$ SELECT kv.unmirror_keys('w:*', 1) $$, 'the owner may');
SET ROLE kv_test_writer;
SELECT kv.set('w:1', 'x') \g /dev/null
RESET ROLE;
SELECT results_eq('SELECT pg_temp.told()', ARRAY['w:* u w:1'], 'a change by a role without rights to the outbox is told');
SELECT kv.unmirror_keys('w:*') \g /dev/null
SELECT kv.revoke('kv_test_admin'), kv.revoke('kv_test_writer') \g /dev/null
DROP OWNED BY kv_test_admin, kv_test_writer;
DROP ROLE kv_test_admin, kv_test_writer;

SELECT throws_ok($$ SELECT kv.mirror_keys('w:*', db => 1), kv.drop_target('default') $$, '2BP01', 'target "default" is in use', 'a target stays while something is sent there');

SELECT * FROM finish();
\connect :home
DROP DATABASE pg_kv_mirror;
