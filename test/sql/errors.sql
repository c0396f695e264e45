-- Every error of src/core/errors.def that SQL can meet: SQLSTATE, message, and nothing changed.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(76);

SELECT kv.flushall() \g /dev/null
SELECT kv.mset('s', 'text', 'n', '10', 'max', '9223372036854775807', 'min', '-9223372036854775808', 'f', '1.5', 'padded', ' 1',
    'huge', '1e4932', 'l1', repeat('a', 20000), 'l2', repeat('b', 20000)) \g /dev/null
CREATE TEMPORARY TABLE before AS SELECT key, value, expires_at FROM kv.strings;

-- wrong numbers
SELECT throws_ok($$ SELECT kv.incr('s') $$, '22P02', 'value is not an integer or out of range', 'incr of text');
SELECT throws_ok($$ SELECT kv.incr('f') $$, '22P02', 'value is not an integer or out of range', 'incr of a float');
SELECT throws_ok($$ SELECT kv.incr('padded') $$, '22P02', 'value is not an integer or out of range', 'incr of a number with a blank');
SELECT throws_ok($$ SELECT kv.decr('s') $$, '22P02', 'value is not an integer or out of range', 'decr of text');
SELECT throws_ok($$ SELECT kv.incr('max') $$, '22003', 'increment or decrement would overflow', 'incr of the largest');
SELECT throws_ok($$ SELECT kv.decr('min') $$, '22003', 'increment or decrement would overflow', 'decr of the smallest');
SELECT throws_ok($$ SELECT kv.incrby('n', 9223372036854775807) $$, '22003', 'increment or decrement would overflow', 'incrby too far');
SELECT throws_ok($$ SELECT kv.decrby('n', -9223372036854775808) $$, '22003', 'decrement would overflow', 'decrby by what has no opposite');
SELECT throws_ok($$ SELECT kv.incrbyfloat('s', 1) $$, '22P02', 'value is not a valid float', 'incrbyfloat of text');
SELECT throws_ok($$ SELECT kv.incrbyfloat('n', 'x') $$, '22P02', 'value is not a valid float', 'incrbyfloat by text');
SELECT throws_ok($$ SELECT kv.incrbyfloat('huge', '1e4932') $$, '22003', 'increment would produce NaN or Infinity', 'incrbyfloat beyond the range');

-- expiries
SELECT throws_ok($$ SELECT kv.set('s', 'x', ex => 0) $$, '22023', 'invalid expire time in ''set'' command', 'set with ex 0');
SELECT throws_ok($$ SELECT kv.set('s', 'x', px => -1) $$, '22023', 'invalid expire time in ''set'' command', 'set with a negative px');
SELECT throws_ok($$ SELECT kv.set('s', 'x', ex => 9223372036854775807) $$, '22023', 'invalid expire time in ''set'' command', 'set with an ex beyond 64 bits of milliseconds');
SELECT throws_ok($$ SELECT kv.setex('s', 0, 'x') $$, '22023', 'invalid expire time in ''setex'' command', 'setex with 0');
SELECT throws_ok($$ SELECT kv.psetex('s', 0, 'x') $$, '22023', 'invalid expire time in ''psetex'' command', 'psetex with 0');
SELECT throws_ok($$ SELECT kv.getex('s', ex => 0) $$, '22023', 'invalid expire time in ''getex'' command', 'getex with 0');
SELECT throws_ok($$ SELECT kv.expire('s', 9223372036854775807) $$, '22023', 'invalid expire time in ''expire'' command', 'expire beyond 64 bits of milliseconds');
SELECT throws_ok($$ SELECT kv.pexpire('s', 9223372036854775807) $$, '22023', 'invalid expire time in ''pexpire'' command', 'pexpire likewise');
SELECT throws_ok($$ SELECT kv.expire('s', 10, nx => true, xx => true) $$, '42601', 'NX and XX, GT or LT options at the same time are not compatible', 'expire with nx and xx');
SELECT throws_ok($$ SELECT kv.expire('s', 10, gt => true, lt => true) $$, '42601', 'GT and LT options at the same time are not compatible', 'expire with gt and lt');
SELECT throws_ok($$ SELECT kv.call('EXPIRE', 's', '10', 'QQ') $$, '42601', 'Unsupported option QQ', 'expire with an option that there is not');

-- options
SELECT throws_ok($$ SELECT kv.set('s', 'x', nx => true, xx => true) $$, '42601', 'syntax error', 'set with nx and xx');
SELECT throws_ok($$ SELECT kv.set('s', 'x', ex => 1, px => 1) $$, '42601', 'syntax error', 'set with two expiries');
SELECT throws_ok($$ SELECT kv.set('s', 'x', ex => 1, keepttl => true) $$, '42601', 'syntax error', 'set with an expiry and keepttl');
SELECT throws_ok($$ SELECT kv.getex('s', ex => 1, persist => true) $$, '42601', 'syntax error', 'getex with an expiry and persist');
SELECT throws_ok($$ SELECT kv.scan(0, count => -1) $$, '42601', 'syntax error', 'scan with a negative count');
SELECT throws_ok($$ SELECT kv.flushdb(async => true, sync => true) $$, '42601', 'syntax error', 'flushdb with async and sync');
SELECT throws_ok($$ SELECT kv.mset('a', '1', 'b') $$, '42601', 'wrong number of arguments for ''mset'' command', 'mset with half a pair');
SELECT throws_ok($$ SELECT kv.msetnx('a', '1', 'b') $$, '42601', 'wrong number of arguments for ''msetnx'' command', 'msetnx with half a pair');
SELECT throws_ok($$ SELECT kv.call('LCS', 'l1', 'l2', 'LEN', 'IDX') $$, '42601', 'If you want both the length and indexes, please just use IDX.', 'lcs with len and idx');
SELECT throws_ok($$ SELECT kv.call('SCAN', 'x') $$, '22023', 'invalid cursor', 'scan with a cursor that is none');

-- sizes
SELECT throws_ok($$ SELECT kv.setrange('s', -1, 'x') $$, '22003', 'offset is out of range', 'setrange before the beginning');
SELECT throws_ok($$ SELECT kv.setrange('s', 536870912, 'x') $$, '54000', 'string exceeds maximum allowed size (proto-max-bulk-len)', 'setrange beyond 512 MB');
SELECT throws_ok($$ SELECT kv.setrange('s', 9223372036854775807, 'x') $$, '54000', 'string exceeds maximum allowed size (proto-max-bulk-len)', 'setrange beyond any size');
SELECT throws_ok($$ SELECT kv.lcs('l1', 'l2') $$, '54000', 'Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len', 'lcs of large strings');

-- keys and databases
SELECT throws_ok($$ SELECT kv.rename('missing', 's') $$, 'P0002', 'no such key', 'rename of a missing key');
SELECT throws_ok($$ SELECT kv.renamenx('missing', 's') $$, 'P0002', 'no such key', 'renamenx of a missing key');
SELECT throws_ok($$ SELECT kv.rename('missing', 'missing') $$, 'P0002', 'no such key', 'rename of a missing key to itself');
SELECT throws_ok($$ SELECT kv.copy('s', 's') $$, '22023', 'source and destination objects are the same', 'copy to itself');
SELECT throws_ok($$ SELECT kv.move('s', 0) $$, '22023', 'source and destination objects are the same', 'move to where it is');
SELECT throws_ok($$ SELECT kv.move('s', 16) $$, '22023', 'DB index is out of range', 'move beyond the last database');
SELECT throws_ok($$ SELECT kv.move('s', -1) $$, '22023', 'DB index is out of range', 'move before the first');
SELECT throws_ok($$ SELECT kv.move('s', 3000000000) $$, '22003', 'value is out of range, value must between -2147483648 and 2147483647', 'move to no integer');
SELECT throws_ok($$ SELECT kv.copy('s', 't', destination_db => 16) $$, '22023', 'DB index is out of range', 'copy beyond the last database');
SELECT throws_ok($$ SELECT kv.swapdb(0, 16) $$, '22023', 'DB index is out of range', 'swapdb beyond the last');
SELECT throws_ok($$ SELECT kv.swapdb(3000000000, 0) $$, '22P02', 'invalid first DB index', 'swapdb of no integer');
SELECT throws_ok($$ SELECT kv.swapdb(0, 3000000000) $$, '22P02', 'invalid second DB index', 'swapdb with no integer');
SELECT throws_ok($$ SELECT kv.object_freq('s') $$, '0A000', NULL, 'object_freq without an LFU policy');

-- commands
SELECT throws_ok($$ SELECT kv.call('NOSUCH', 'a') $$, '42883', 'unknown command ''NOSUCH'', with args beginning with: ''a'' ', 'an unknown command');
SELECT throws_ok($$ SELECT kv.call('OBJECT', 'NOSUCH', 'a') $$, '42883', 'unknown subcommand ''NOSUCH''. Try OBJECT HELP.', 'an unknown subcommand');
SELECT throws_ok($$ SELECT kv.call('GET') $$, '42601', 'wrong number of arguments for ''get'' command', 'too few arguments');
SELECT throws_ok($$ SELECT kv.call('GET', 'a', 'b') $$, '42601', 'wrong number of arguments for ''get'' command', 'too many arguments');
SELECT throws_ok($$ SELECT kv.call(VARIADIC '{}') $$, '22023', 'no command given', 'no command');
SELECT throws_ok($$ SELECT kv.expire_batch(0) $$, '22023', 'max_keys must be between 1 and 1000000', 'an empty batch');

-- The type of a key: only strings can be written so far, so that a row of another is made by hand.
INSERT INTO kv.durable_key (id, keyspace, due, type, encoding, key, value, expires_at, version)
SELECT nextval('kv.row_id'), keyspace, 0, 'h', 'p', overlay(key PLACING 'hash' FROM length(key)), '', 9223372036854775807, 0
FROM kv.durable_key WHERE kv.key_name(key, value) = 's';
SELECT throws_ok(call, '42809', 'WRONGTYPE Operation against a key holding the wrong kind of value', call)
FROM unnest(ARRAY['SELECT kv.get(''hash'')', 'SELECT kv.incr(''hash'')', 'SELECT kv.incrbyfloat(''hash'', 1)',
    'SELECT kv.append(''hash'', ''x'')', 'SELECT kv.setrange(''hash'', 0, ''x'')', 'SELECT kv.getrange(''hash'', 0, 1)',
    'SELECT kv.strlen(''hash'')', 'SELECT kv.getset(''hash'', ''x'')', 'SELECT kv.getdel(''hash'')', 'SELECT kv.getex(''hash'', ex => 1)',
    'SELECT kv.set(''hash'', ''x'', get => true)', 'SELECT kv.get_json(''hash'')']) AS call;
SELECT throws_ok($$ SELECT kv.lcs('hash', 's') $$, '42809', 'The specified keys must contain string values', 'lcs of a hash');
SELECT is((SELECT value FROM kv.mget('hash')), NULL, 'mget takes no notice of what is no string');
SELECT is(kv.type('hash'), 'hash', 'the type of the key is the same as before');
SELECT is(kv.del('hash'), 1::bigint, 'del deletes whatever there is');
SELECT kv.set('hash', 'x') \g /dev/null
SELECT is(kv.del('hash'), 1::bigint, 'so does set');

-- hints
CREATE FUNCTION pg_temp.hint_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE statement;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN hint;
END
$$;
SELECT is(pg_temp.hint_of('SELECT kv.incr(''s'')'),
    'An integer is from -9223372036854775808 to 9223372036854775807, without spaces, plus sign or leading zeros.', 'a hint tells what is right');
SELECT is(pg_temp.hint_of('SELECT kv.get(''s'', db => 99)'), 'Databases are numbered 0 to 15.', 'another');

SELECT bag_eq('SELECT key, value, expires_at FROM kv.strings', 'SELECT * FROM before', 'nothing of all this changed a key');
SELECT is(kv.dbsize() + 1, (SELECT count(*) FROM before), 'nor the number of keys, but for the row made by hand, which was never counted');

SELECT * FROM finish();
ROLLBACK;
