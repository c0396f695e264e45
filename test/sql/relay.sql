-- Targets of the relay, rights to them, and what is done by hand. What is sent is tested in
-- test/process/test_relay*.py.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT no_plan();

SELECT is_empty('SELECT * FROM kv.relay_targets', 'no targets');
SELECT lives_ok($$SELECT kv.add_target('one')$$, 'a target has defaults');
SELECT lives_ok($$SELECT kv.add_target('two', 'redis.example', 7000, 3, 'user', 'secret', false, NULL, 'app:')$$, 'and more');
SELECT results_eq($$SELECT name, host, port, database, username, has_password, tls, prefix, paused FROM kv.relay_targets ORDER BY name$$,
    $$VALUES ('one', '127.0.0.1', 6379, 0, NULL, false, false, '', false),
             ('two', 'redis.example', 7000, 3, 'user', true, false, 'app:', false)$$, 'kv.relay_targets shows them');
SELECT throws_ok($$SELECT kv.add_target('one')$$, '42710', 'target "one" already exists');
SELECT throws_ok($$SELECT kv.add_target('')$$, '22004');
SELECT throws_ok($$SELECT kv.add_target('three', port => 70000)$$, '22023');
SELECT throws_ok($$SELECT kv.add_target('three', database => -1)$$, '22023');
SELECT throws_ok($$SELECT kv.alter_target('three', port => 1)$$, '42704', 'target "three" does not exist');
SELECT throws_ok($$SELECT kv.alter_target('one', port => 0)$$, '22023');
SELECT throws_ok($$SELECT kv.drop_target('three')$$, '42704');
SELECT throws_ok($$SELECT kv.relay_pause('three')$$, '42704');
SELECT throws_ok($$SELECT kv.relay_resume('three')$$, '42704');

SELECT lives_ok($$SELECT kv.alter_target('two', host => '/run/redis.sock', password => '')$$, 'a target can be changed');
SELECT results_eq($$SELECT host, port, has_password, username FROM kv.relay_targets WHERE name = 'two'$$,
    $$VALUES ('/run/redis.sock', 7000, false, 'user')$$, 'in part');
SELECT lives_ok($$SELECT kv.relay_pause('two')$$, 'paused');
SELECT results_eq('SELECT name, paused FROM kv.relay_targets ORDER BY name', $$VALUES ('one', false), ('two', true)$$, 'one is');
SELECT lives_ok('SELECT kv.relay_pause()', 'all can be');
SELECT lives_ok('SELECT kv.relay_resume()', 'and resumed');
SELECT is((SELECT count(*) FROM kv.relay_targets WHERE paused), 0::bigint, 'none is paused');

-- What uses a target
CREATE TABLE relayed (id integer PRIMARY KEY);
SELECT kv.cache_table('relayed', 'r:{id}', target => 'one') AS watch \gset
SELECT throws_ok($$SELECT kv.drop_target('one')$$, '2BP01', 'target "one" is in use');
INSERT INTO relayed VALUES (1), (2);
SELECT is((SELECT backlog FROM kv.relay_targets WHERE name = 'one'), 0::bigint, 'what is not committed is no backlog');

-- Dead letters
INSERT INTO kv.relay_dead (watch, key, operation, since, tries, reason, died_at)
SELECT :watch, key::bytea, operation::"char", now(), 10, 'ERR no', now() FROM (VALUES ('r:1', 'u'), ('r:1', 'd'), ('', 't')) AS dead (key, operation);
SELECT results_eq('SELECT target, "table", key, operation, reason, tries FROM kv.relay_dead_letters ORDER BY id',
    $$VALUES ('one', 'relayed'::regclass, 'r:1'::bytea, 'update', 'ERR no', 10),
             ('one', 'relayed', 'r:1', 'delete', 'ERR no', 10), ('one', 'relayed', '', 'truncate', 'ERR no', 10)$$, 'dead letters are shown');
SELECT is(kv.relay_requeue(target => 'two'), 0::bigint, 'none of another target');
SELECT is(kv.relay_requeue((SELECT min(id) FROM kv.relay_dead)), 1::bigint, 'one is sent again');
SELECT is(kv.relay_requeue(), 2::bigint, 'or all');
SELECT is((SELECT count(*) FROM kv.relay_pending), 2::bigint, 'once for each key');
SELECT is((SELECT backlog FROM kv.relay_targets WHERE name = 'one'), 2::bigint, 'which is backlog');

-- For who fills caches
SELECT matches(kv.fill_version(), '^[0-9A-F]{24}$', 'a version');
SELECT cmp_ok(kv.fill_version(), '<', kv.fill_version(), 'and a greater one');
SELECT matches(kv.fill_script(), 'KEYS', 'the script');

-- Draining
SELECT throws_ok('SELECT kv.relay_drain(0)', '22023');
SELECT throws_ok($$SELECT kv.relay_drain(timeout => '-1 second')$$, '22023');

-- Rights
CREATE ROLE kv_test_stranger;
GRANT USAGE ON SCHEMA kv TO kv_test_stranger;
SET LOCAL ROLE kv_test_stranger;
SELECT throws_ok(statement, '42501', NULL, 'a stranger may not: ' || statement)
FROM unnest(ARRAY['SELECT * FROM kv.relay_target', 'SELECT * FROM kv.relay_targets', 'SELECT * FROM kv.relay_pending',
                  'SELECT * FROM kv.relay_dead_letters', 'SELECT * FROM kv.relay_outbox_0', $$SELECT kv.add_target('x')$$,
                  $$SELECT kv.alter_target('one', port => 1)$$, $$SELECT kv.drop_target('two')$$, 'SELECT kv.relay_pause()',
                  'SELECT kv.relay_resume()', 'SELECT kv.relay_requeue()', 'SELECT kv.relay_drain()', 'SELECT kv.fill_version()']) AS statement;
RESET ROLE;
GRANT EXECUTE ON FUNCTION kv.relay_pause(text), kv.fill_version() TO kv_test_stranger;
SET LOCAL ROLE kv_test_stranger;
SELECT lives_ok('SELECT kv.relay_pause()', 'who is granted a function may call it');
SELECT lives_ok('SELECT kv.fill_version()', 'needs no right to the sequence');
RESET ROLE;

CREATE ROLE kv_test_monitor;
GRANT USAGE ON SCHEMA kv TO kv_test_monitor;
GRANT SELECT ON kv.relay_targets, kv.relay_dead_letters TO kv_test_monitor;
GRANT EXECUTE ON FUNCTION kv.relay_backlog(), kv.relay_figures() TO kv_test_monitor;
SET LOCAL ROLE kv_test_monitor;
SELECT is((SELECT count(*) FROM kv.relay_targets), 2::bigint, 'monitoring can be granted');
SELECT throws_ok('SELECT kv.relay_pause()', '42501', NULL, 'alone');
RESET ROLE;
CREATE ROLE kv_test_reader;
SELECT kv.grant_read('kv_test_reader') \g /dev/null
SET LOCAL ROLE kv_test_reader;
SELECT lives_ok('SELECT kv.fill_version(), kv.fill_script()', 'who may read may fill a cache');
SELECT throws_ok('SELECT * FROM kv.relay_targets', '42501', NULL, 'and knows no targets');
RESET ROLE;
CREATE ROLE kv_test_administrator;
SELECT kv.grant_admin('kv_test_administrator') \g /dev/null
SET LOCAL ROLE kv_test_administrator;
SELECT lives_ok(statement, 'an administrator may: ' || statement)
FROM unnest(ARRAY['SELECT * FROM kv.relay_targets', 'SELECT * FROM kv.relay_dead_letters', $$SELECT kv.add_target('three')$$,
                  $$SELECT kv.alter_target('three', port => 1)$$, $$SELECT kv.relay_pause('three')$$, $$SELECT kv.relay_resume('three')$$,
                  'SELECT kv.relay_requeue()', $$SELECT kv.relay_drain(timeout => '0')$$, $$SELECT kv.drop_target('three')$$]) AS statement;
SELECT throws_ok('SELECT * FROM kv.relay_target', '42501', NULL, 'and sees no password');
RESET ROLE;
SELECT kv.revoke('kv_test_administrator') \g /dev/null
SET LOCAL ROLE kv_test_administrator;
SELECT throws_ok(statement, '42501', NULL, 'and no more: ' || statement)
FROM unnest(ARRAY['SELECT * FROM kv.relay_targets', 'SELECT kv.relay_pause()', 'SELECT kv.fill_version()']) AS statement;
RESET ROLE;

-- Notifications
SELECT is(current_setting('kv.relay_notify'), 'off', 'key texts are not announced to everybody unasked');

SELECT kv.uncache_table('relayed') \g /dev/null
SELECT lives_ok($$SELECT kv.drop_target('one'), kv.drop_target('two')$$, 'what is not in use can be dropped');
SELECT is_empty('SELECT * FROM kv.relay_targets', 'none is left');
SELECT is_empty($$SELECT proname FROM pg_proc WHERE pronamespace = 'kv'::regnamespace AND proname ~ 'relay|target|fill'
    AND obj_description(oid, 'pg_proc') IS NULL$$, 'every function has a comment');

SELECT * FROM finish();
ROLLBACK;
