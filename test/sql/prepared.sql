-- Prepared transactions; skipped, as prepared_1.out has it, where max_prepared_transactions is 0.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

SELECT plan(24);
SELECT current_setting('max_prepared_transactions')::integer > 0 AS enabled \gset
\if :enabled
SELECT kv.flushall(), kv.set('old', '1'), kv.set('gone', '1') \g /dev/null

BEGIN;
SELECT kv.incr('old'), kv.set('new', 'v', ex => 1000), kv.del('gone') \g /dev/null
PREPARE TRANSACTION 'kv_one';
SELECT is(kv.get('old'), '1', 'prepared: a change is not seen yet');
SELECT is(kv.get('new'), NULL, 'nor a new key');
SELECT is(kv.get('gone'), '1', 'nor a deletion');
SELECT is(kv.dbsize(), 2::bigint, 'dbsize right after PREPARE TRANSACTION');
SELECT is(kv.set('other', 'x'), 'OK', 'the session goes on with other keys');
SELECT is(kv.dbsize(), 3::bigint, 'and counts them');
COMMIT PREPARED 'kv_one';
SELECT is(kv.get('old'), '2', 'committed: the change is there');
SELECT is(kv.get('new'), 'v', 'and the new key');
SELECT ok(kv.ttl('new') > 900, 'with its expiry');
SELECT is(kv.get('gone'), NULL, 'and the deletion');
SELECT is(kv.dbsize(), 3::bigint, 'dbsize right after COMMIT PREPARED');
SELECT is(kv.incr('old'), 3::bigint, 'the key can be written again');

BEGIN;
SELECT kv.incr('old'), kv.set('never', 'v'), kv.del('new') \g /dev/null
SAVEPOINT one;
SELECT kv.set('still_less', 'v') \g /dev/null
ROLLBACK TO one;
PREPARE TRANSACTION 'kv_two';
ROLLBACK PREPARED 'kv_two';
SELECT is(kv.get('old'), '3', 'rolled back: the change is not there');
SELECT is(kv.exists('never', 'new'), 1::bigint, 'nor the new key; the deleted one is');
SELECT is(kv.dbsize(), 3::bigint, 'dbsize right after ROLLBACK PREPARED');
SELECT is(kv.incr('never'), 1::bigint, 'the name is free');

BEGIN;
SELECT kv.flushdb(), kv.set('fresh', 'v') \g /dev/null
PREPARE TRANSACTION 'kv_three';
SELECT is(kv.get('old'), '3', 'a prepared flush is not seen');
SELECT is(kv.dbsize(), 4::bigint, 'nor counted');
COMMIT PREPARED 'kv_three';
SELECT is(kv.get('old'), NULL, 'committed, it is seen');
SELECT is(kv.get('fresh'), 'v', 'with what came after it');
SELECT is(kv.dbsize(), 1::bigint, 'and counted');

BEGIN;
SELECT kv.swapdb(0, 1), kv.set('swapped', 'v') \g /dev/null
PREPARE TRANSACTION 'kv_four';
SELECT is(kv.get('fresh'), 'v', 'a prepared swap is not seen');
ROLLBACK PREPARED 'kv_four';
SELECT is(kv.get('fresh'), 'v', 'rolled back, it has not been');
SELECT is(kv.exists('swapped') + kv.exists(ARRAY['swapped'], db => 1), 0::bigint, 'nor what came after it');

SELECT kv.flushall() \g /dev/null
\else
SELECT * FROM skip('max_prepared_transactions is 0', 24);
\endif
SELECT * FROM finish();
