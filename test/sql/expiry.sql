-- Expiry: exact at read, by the clock at the call, and removed afterwards.
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

-- removal: nobody else sees uncommitted keys, so no worker is faster
SELECT kv.flushall() \g /dev/null
SELECT kv.expire_batch(100000) \g /dev/null
SELECT kv.set('e' || i, 'v', px => 1000), kv.set('s' || i, 'v', ex => 1000), kv.set('p' || i, 'v')
FROM generate_series(1, 30) AS i \g /dev/null
SELECT kv.expire('e1', 1000), kv.set('e2', 'again'), kv.persist('s1') \g /dev/null
SELECT is(kv.dbsize(), 90::bigint, 'ninety keys, of which thirty shall expire and two of these are refreshed');
-- Maintenance looks at a key up to a second after its expiry.
SELECT pg_sleep(2.6) \g /dev/null
SELECT is(kv.exists('e1', 'e2', 'e3'), 2::bigint, 'the refreshed keys are there');
SELECT kv.expire_batch(10) AS removed \gset
SELECT ok(:removed BETWEEN 8 AND 10, 'expire_batch looks at no more keys than told, and removes the expired ones');
SELECT is(kv.dbsize(), 90::bigint - :removed, 'and as many fewer are there');
SELECT kv.expire_batch() \g /dev/null
SELECT is(kv.expire_batch(), 0::bigint, 'expire_batch removes the rest');
SELECT is(kv.dbsize(), 62::bigint, 'and nothing else');
SELECT is((SELECT count(*) FROM kv.keys('*')), 62::bigint, 'all living keys are there');
SELECT is(kv.get('e2'), 'again', 'a refreshed one among them');
SELECT is((SELECT count(*) FROM kv.durable_key WHERE kv.key_name(key, value) LIKE 'e%'), 2::bigint, 'the others'' rows are gone');

SELECT kv.flushall() \g /dev/null

-- gone when the time has passed, for every kind of read
SELECT kv.set('k', 'v', px => 1000) \g /dev/null
SELECT is(kv.get('k'), 'v', 'there before its time has passed');
SELECT pg_sleep(1.1) \g /dev/null
SELECT is(kv.get('k'), NULL, 'get: gone');
SELECT is(kv.exists('k'), 0::bigint, 'exists: gone');
SELECT is(kv.type('k'), 'none', 'type: gone');
SELECT is(kv.strlen('k'), 0::bigint, 'strlen: gone');
SELECT is(kv.ttl('k'), (-2)::bigint, 'ttl: gone');
SELECT is(kv.pttl('k'), (-2)::bigint, 'pttl: gone');
SELECT is(kv.expiretime('k'), (-2)::bigint, 'expiretime: gone');
SELECT is(kv.pexpiretime('k'), (-2)::bigint, 'pexpiretime: gone');
SELECT is((SELECT value FROM kv.mget('k')), NULL, 'mget: gone');
SELECT is_empty($$ SELECT kv.keys('*') $$, 'keys: gone');
SELECT is((SELECT cardinality(keys) FROM kv.scan(0)), 0, 'scan: gone');
SELECT is(kv.randomkey(), NULL, 'randomkey: gone');
SELECT is_empty($$ SELECT FROM kv.keys $$, 'the view: gone');
SELECT is(kv.object_encoding('k'), NULL, 'object_encoding: gone');
-- and for every kind of write
SELECT is(kv.expire('k', 100), false, 'expire: gone');
SELECT is(kv.persist('k'), false, 'persist: gone');
SELECT is(kv.del('k'), 0::bigint, 'del: gone');
SELECT is(kv.getdel('k'), NULL, 'getdel: gone');
SELECT is(kv.getex('k', ex => 10), NULL, 'getex: gone');
SELECT is(kv.copy('k', 'k2'), false, 'copy: gone');
SELECT is(kv.move('k', 1), false, 'move: gone');
SELECT throws_ok($$ SELECT kv.rename('k', 'k2') $$, 'P0002', 'no such key', 'rename: gone');
SELECT is(kv.set('k', 'x', xx => true), NULL, 'set xx: gone');
-- Uncommitted, so that no worker can have removed it.
SELECT is(kv.dbsize(), 1::bigint, 'dbsize counts what is expired but not yet removed, as Redis does');
SELECT is(kv.incr('k'), 1::bigint, 'incr starts anew');
SELECT is(kv.ttl('k'), (-1)::bigint, 'without an expiry');
SELECT is(kv.dbsize(), 1::bigint, 'and it is still one key');

SELECT kv.set('t', 'x', px => 5) \g /dev/null
SELECT pg_sleep(0.01) \g /dev/null
SELECT is(kv.setnx('t', 'y'), true, 'setnx: gone');
SELECT kv.mset('t1', 'x', 't2', 'x') \g /dev/null
SELECT kv.pexpire('t1', 5) \g /dev/null
SELECT pg_sleep(0.01) \g /dev/null
SELECT is(kv.msetnx('t1', 'y', 't3', 'y'), true, 'msetnx: gone');
SELECT kv.pexpire('t1', 5) \g /dev/null
SELECT pg_sleep(0.01) \g /dev/null
SELECT is(kv.renamenx('t2', 't1'), true, 'renamenx: the target is gone');
SELECT is(kv.append('t1', 'z'), 2::bigint, 'append to what was renamed');
SELECT is(kv.dbsize(), (SELECT count(*) FROM kv.keys('*')), 'dbsize is right after all this');

-- The clock is that of the call, not of the statement or the transaction.
SELECT kv.set('clock', 'v', px => 1000) \g /dev/null
SELECT is((SELECT string_agg(coalesce(kv.get(key), '-'), '' ORDER BY step)
           FROM (SELECT 'clock' AS key, step, pg_sleep(1.1 * (step - 1)) FROM generate_series(1, 2) AS step OFFSET 0) AS steps),
    'v-', 'a key expires in the middle of a statement');

-- setting expiries
SELECT kv.flushall() \g /dev/null
SELECT kv.set('k', 'v') \g /dev/null
SELECT is(kv.ttl('k'), (-1)::bigint, 'ttl of a key without expiry');
SELECT is(kv.pexpiretime('k'), (-1)::bigint, 'pexpiretime of a key without expiry');
SELECT is(kv.expire('k', 100), true, 'expire');
SELECT ok(kv.ttl('k') BETWEEN 95 AND 100, 'ttl in seconds');
SELECT ok(kv.pttl('k') BETWEEN 95000 AND 100000, 'pttl in milliseconds');
SELECT is(kv.pexpire('k', 50000), true, 'pexpire');
SELECT ok(kv.pttl('k') BETWEEN 45000 AND 50000, 'sets milliseconds');
SELECT is(kv.expireat('k', 4000000000), true, 'expireat');
SELECT is(kv.expiretime('k'), 4000000000, 'expiretime');
SELECT is(kv.pexpireat('k', 4000000000123), true, 'pexpireat');
SELECT is(kv.pexpiretime('k'), 4000000000123, 'pexpiretime is exact to the millisecond');
SELECT is(kv.persist('k'), true, 'persist');
SELECT is(kv.ttl('k'), (-1)::bigint, 'removes the expiry');
SELECT is(kv.persist('k'), false, 'persist of a key without expiry');

-- conditions
SELECT is(kv.expire('k', 100, xx => true), false, 'xx wants an expiry');
SELECT is(kv.expire('k', 100, gt => true), false, 'gt: no expiry is later than any');
SELECT is(kv.expire('k', 100, lt => true), true, 'lt: any is earlier than none');
SELECT is(kv.expire('k', 200, nx => true), false, 'nx wants no expiry');
SELECT is(kv.expire('k', 50, gt => true), false, 'gt refuses an earlier one');
SELECT is(kv.expire('k', 200, gt => true), true, 'gt takes a later one');
SELECT is(kv.expire('k', 300, lt => true), false, 'lt refuses a later one');
SELECT is(kv.expire('k', 100, xx => true), true, 'xx takes any');
SELECT ok(kv.ttl('k') BETWEEN 95 AND 100, 'the last that was taken counts');

-- the past
SELECT is(kv.expire('k', -1), true, 'an expiry in the past');
SELECT is(kv.exists('k'), 0::bigint, 'deletes the key');
SELECT is(kv.dbsize(), 0::bigint, 'at once');

-- SQL's types
SELECT kv.set('k', 'v', ttl => '1 hour 1.5 seconds') \g /dev/null
SELECT ok(kv.pttl('k') BETWEEN 3595000 AND 3601500, 'set with an interval');
SELECT kv.set('k', 'v', expires_at => '2100-01-01 00:00:00.125+00') \g /dev/null
SELECT is(kv.pexpiretime('k'), 4102444800125, 'set with a timestamp');
SELECT is(kv.expire_in('k', '1 day'), true, 'expire_in');
SELECT ok(kv.ttl('k') BETWEEN 86395 AND 86400, 'takes an interval');
SELECT is(kv.expire_at('k', '2100-01-01 00:00:00+00'), true, 'expire_at');
SELECT is(kv.expiretime('k'), 4102444800, 'takes a timestamp');
SELECT is(kv.expire_at('k', '2090-01-01 00:00:00+00', gt => true), false, 'expire_at with a condition');
SELECT is(kv.expire_in('k', '-1 second'), true, 'expire_in with a negative interval');
SELECT is(kv.exists('k'), 0::bigint, 'deletes the key');
SELECT kv.set('k', 'v') \g /dev/null
SELECT is(kv.getex('k', ttl => '1 minute'), 'v', 'getex with an interval');
SELECT ok(kv.ttl('k') BETWEEN 55 AND 60, 'sets the expiry');
SELECT is(kv.getex('k', expires_at => '2100-01-01 00:00:00+00'), 'v', 'getex with a timestamp');
SELECT is(kv.expiretime('k'), 4102444800, 'sets the expiry');

-- an expiry beyond what a timestamp can hold is Redis's to give, and views must bear it
SELECT kv.set('far', 'v', pxat => 9223372036854775806) \g /dev/null
SELECT is(kv.pexpiretime('far'), 9223372036854775806, 'the farthest expiry');
SELECT lives_ok($$ SELECT * FROM kv.keys $$, 'does not break the view of keys');
SELECT lives_ok($$ SELECT * FROM kv.strings $$, 'nor that of strings');
SELECT kv.del('far') \g /dev/null

SELECT * FROM finish();
ROLLBACK;
