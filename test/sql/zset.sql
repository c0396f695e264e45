-- Sorted set commands as SQL functions: what each returns, rows, ranges, arrays, expiry, errors.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(93);

SELECT kv.flushall() \g /dev/null

-- members and scores
SELECT is(kv.zadd('z', 1, 'a'), 1::bigint, 'zadd returns how many members are new');
SELECT is(kv.zadd('z', 2.5, 'b'), 1::bigint, 'with a numeric score');
SELECT is(kv.zadd('z', '3', 'c'), 1::bigint, 'with a score as text');
SELECT is(kv.zadd('z', '+inf', 'd'), 1::bigint, 'infinite');
SELECT is(kv.zadd('z', 'infinity'::float8, 'd'), 0::bigint, 'as double precision');
SELECT is(kv.zadd('z', 4, 5), 1::bigint, 'with a member of any type');
SELECT is(kv.zadd('z', 9, 'a', nx => true), 0::bigint, 'nx');
SELECT is(kv.zadd('z', 9, 'x', xx => true), 0::bigint, 'xx');
SELECT is(kv.zadd('z', 0, 'a', gt => true, ch => true), 0::bigint, 'gt');
SELECT is(kv.zadd('z', 0, 'a', lt => true, ch => true), 1::bigint, 'lt');
SELECT is(kv.zadd_incr('z', 1, 'a'), 1::float8, 'zadd_incr returns the score');
SELECT is(kv.zadd_incr('z', 1, 'a', nx => true), NULL, 'NULL where nx forbade it');
SELECT is(kv.zincrby('z', 0.5, 'a'), 1.5::float8, 'zincrby');
SELECT is(kv.zscore('z', 'a'), 1.5::float8, 'zscore');
SELECT is(kv.zscore('z', 'd'), 'infinity'::float8, 'of an infinite one');
SELECT is(kv.zscore('z', 'x'), NULL, 'of none');
SELECT results_eq('SELECT * FROM kv.zmscore(''z'', ''b'', ''x'', ''a'')', $$ VALUES ('b', 2.5::float8), ('x', NULL), ('a', 1.5) $$, 'zmscore has a row for each member asked');
SELECT is(kv.zcard('z'), 5::bigint, 'zcard');
SELECT is(kv.zcard('missing'), 0::bigint, 'of a missing key');
SELECT is(kv.type('z'), 'zset', 'type');
SELECT is(kv.zrank('z', 'b'), 1::bigint, 'zrank');
SELECT is(kv.zrevrank('z', 'b'), 3::bigint, 'zrevrank');
SELECT is(kv.zrank('z', 'x'), NULL, 'of none');
SELECT results_eq('SELECT * FROM kv.zrank_withscore(''z'', ''b'')', $$ VALUES (1::bigint, 2.5::float8) $$, 'zrank_withscore');
SELECT is_empty('SELECT * FROM kv.zrevrank_withscore(''z'', ''x'')', 'of none');
SELECT is(kv.zrem('z', 5, 'x'), 1::bigint, 'zrem');
SELECT is(kv.zcount('z', 2, '(3'), 1::bigint, 'zcount');
SELECT is(kv.zcount('z', '-inf', '+inf'), 4::bigint, 'of all');

-- ranges
SELECT results_eq('SELECT * FROM kv.zrange(''z'', 0, 1)', $$ VALUES ('a', NULL::float8), ('b', NULL) $$, 'zrange has members');
SELECT results_eq('SELECT * FROM kv.zrange(''z'', 0, -1, withscores => true, rev => true)',
    $$ VALUES ('d', 'infinity'::float8), ('c', 3), ('b', 2.5), ('a', 1.5) $$, 'and scores, in reverse');
SELECT results_eq('SELECT member FROM kv.zrange(''z'', ''(1.5'', ''+inf'', byscore => true, "offset" => 1, count => 1)', ARRAY['c'], 'by score with a limit');
SELECT results_eq('SELECT member FROM kv.zrange(''z'', 2, 3, byscore => true)', ARRAY['b', 'c'], 'by score, with numbers');
SELECT results_eq('SELECT member FROM kv.zrange(''z'', ''-inf'', ''+inf'', byscore => true, "offset" => 2)', ARRAY['c', 'd'], 'an offset alone');
SELECT results_eq('SELECT member FROM kv.zrange(''z'', ''-inf'', ''+inf'', byscore => true, count => 1)', ARRAY['a'], 'a count alone');
SELECT results_eq('SELECT member FROM kv.zrangebyscore(''z'', ''-inf'', 3)', ARRAY['a', 'b', 'c'], 'zrangebyscore');
SELECT results_eq('SELECT * FROM kv.zrevrangebyscore(''z'', 3, 2, withscores => true)', $$ VALUES ('c', 3::float8), ('b', 2.5) $$, 'zrevrangebyscore');
SELECT results_eq('SELECT member FROM kv.zrevrange(''z'', 0, 0)', ARRAY['d'], 'zrevrange');
SELECT kv.zadd('lex', ARRAY[0, 0, 0], ARRAY['a', 'b', 'c']) \g /dev/null
SELECT results_eq('SELECT kv.zrangebylex(''lex'', ''[a'', ''(c'')', ARRAY['a', 'b'], 'zrangebylex');
SELECT results_eq('SELECT kv.zrevrangebylex(''lex'', ''+'', ''-'', "offset" => 1, count => 1)', ARRAY['b'], 'zrevrangebylex');
SELECT is(kv.zlexcount('lex', '-', '+'), 3::bigint, 'zlexcount');
SELECT is(kv.zrangestore('store', 'z', 0, 1), 2::bigint, 'zrangestore');
SELECT is(kv.zremrangebylex('lex', '[a', '[a'), 1::bigint, 'zremrangebylex');
SELECT is(kv.zremrangebyrank('lex', 0, 0), 1::bigint, 'zremrangebyrank');
SELECT is(kv.zremrangebyscore('lex', '-inf', 0), 1::bigint, 'zremrangebyscore');
SELECT is(kv.exists('lex'), 0::bigint, 'a sorted set without members is gone');

-- arrays and queries
SELECT is(kv.zadd('board', array_agg(score), array_agg(name)), 3::bigint, 'zadd of a query')
FROM (VALUES (10, 'ann'), (20, 'bob'), (15, 'cid')) AS player (score, name);
SELECT results_eq('SELECT * FROM kv.zrange(''board'', 0, -1, withscores => true)', $$ VALUES ('ann', 10::float8), ('cid', 15), ('bob', 20) $$, 'in pairs');
SELECT is(kv.zadd('board', ARRAY[30, 5]::numeric[], ARRAY['ann', 'dan'], xx => true, ch => true), 1::bigint, 'with options');
SELECT is(kv.zadd('board', ARRAY[1.5::float8], ARRAY['x'], db => 3), 1::bigint, 'in another database');
SELECT is(kv.zscore('board', 'x', db => 3), 1.5::float8, 'is there');
SELECT results_eq($$ SELECT player.name, board.score FROM kv.zrange('board', 0, 0, rev => true, withscores => true) AS board
    JOIN (VALUES ('ann', 'Ann')) AS player (id, name) ON player.id = board.member $$, $$ VALUES ('Ann', 30::float8) $$, 'zrange joins');

-- several
SELECT kv.zadd('one', ARRAY[1, 2], ARRAY['a', 'b']), kv.zadd('two', ARRAY[10, 20], ARRAY['b', 'c']) \g /dev/null
SELECT results_eq('SELECT * FROM kv.zunion(ARRAY[''one'', ''two''], withscores => true)', $$ VALUES ('a', 1::float8), ('b', 12), ('c', 20) $$, 'zunion');
SELECT results_eq('SELECT * FROM kv.zunion(ARRAY[''one'', ''two''], weights => ARRAY[1, 0.5], aggregate => ''max'', withscores => true)',
    $$ VALUES ('a', 1::float8), ('b', 5), ('c', 10) $$, 'with weights and aggregate');
SELECT results_eq('SELECT * FROM kv.zinter(ARRAY[''one'', ''two''])', $$ VALUES ('b', NULL::float8) $$, 'zinter');
SELECT results_eq('SELECT member FROM kv.zdiff(ARRAY[''one'', ''two''])', ARRAY['a'], 'zdiff');
SELECT is(kv.zintercard(ARRAY['one', 'two']), 1::bigint, 'zintercard');
SELECT is(kv.zunionstore('three', ARRAY['one', 'two'], weights => ARRAY[2, 1]), 3::bigint, 'zunionstore');
SELECT is(kv.zscore('three', 'b'), 14::float8, 'with weights');
SELECT is(kv.zinterstore('three', ARRAY['three', 'one']), 2::bigint, 'zinterstore onto its source');
SELECT is(kv.zdiffstore('three', ARRAY['one', 'two']), 1::bigint, 'zdiffstore');

-- pops, picks, scans
SELECT results_eq('SELECT * FROM kv.zpopmin(''two'')', $$ VALUES ('b', 10::float8) $$, 'zpopmin');
SELECT results_eq('SELECT * FROM kv.zpopmax(''one'', 5)', $$ VALUES ('b', 2::float8), ('a', 1) $$, 'zpopmax');
SELECT is_empty('SELECT * FROM kv.zpopmax(''one'', 5)', 'of a missing key');
SELECT results_eq('SELECT * FROM kv.zmpop(ARRAY[''one'', ''board''], ''max'', count => 2)',
    $$ VALUES ('board', 'ann', 30::float8), ('board', 'bob', 20) $$, 'zmpop');
SELECT is_empty('SELECT * FROM kv.zmpop(ARRAY[''one''], ''min'')', 'of missing keys');
SELECT is(kv.zrandmember('board'), 'cid', 'zrandmember');
SELECT results_eq('SELECT * FROM kv.zrandmember_many(''board'', 5)', $$ VALUES ('cid', NULL::float8) $$, 'zrandmember_many');
SELECT results_eq('SELECT * FROM kv.zrandmember_many(''board'', -2, withscores => true)', $$ VALUES ('cid', 15::float8), ('cid', 15) $$, 'with scores');
SELECT results_eq('SELECT cursor, members, scores FROM kv.zscan(''board'', 0)', $$ VALUES (0::bigint, ARRAY['cid'], ARRAY[15::float8]) $$, 'zscan');
SELECT results_eq('SELECT members, scores FROM kv.zscan(''board'', 0, match => ''x'')', $$ VALUES ('{}'::text[], '{}'::float8[]) $$, 'of nothing');

-- bytea
SELECT is(kv.zadd('b'::bytea, 1, '\xff'::bytea), 1::bigint, 'zadd of bytea');
SELECT is(kv.zadd('b'::bytea, ARRAY[2], ARRAY['a']::bytea[]), 1::bigint, 'arrays of bytea');
SELECT results_eq('SELECT * FROM kv.zrange(''b''::bytea, ''0'', ''-1'', withscores => true)', $$ VALUES ('\xff'::bytea, 1::float8), ('a', 2) $$, 'zrange of bytea');
SELECT results_eq('SELECT * FROM kv.zmscore(''b''::bytea, ''a''::bytea)', $$ VALUES ('a'::bytea, 2::float8) $$, 'zmscore of bytea');
SELECT results_eq('SELECT * FROM kv.zmpop(ARRAY[''b'']::bytea[], ''min'')', $$ VALUES ('b'::bytea, '\xff'::bytea, 1::float8) $$, 'zmpop of bytea');

-- parameters without a type
PREPARE add_one AS SELECT kv.zadd($1, $2, $3);
EXECUTE add_one ('prepared', '1.5', 'a') \g /dev/null
SELECT is(kv.zscore('prepared', 'a'), 1.5::float8, 'parameters without a type');

-- the expiry stays
SELECT kv.expire('z', 100) \g /dev/null
SELECT kv.zadd('z', 7, 'new'), kv.zincrby('z', 1, 'new'), kv.zrem('z', 'new') \g /dev/null
SELECT ok(kv.ttl('z') BETWEEN 95 AND 100, 'writing members keeps the expiry');

-- errors
SELECT kv.set('s', 'v') \g /dev/null
SELECT throws_ok(call, state, message, call)
FROM (VALUES
    ('SELECT kv.zadd(''s'', 1, ''v'')', '42809', 'WRONGTYPE Operation against a key holding the wrong kind of value'),
    ('SELECT kv.zadd(''z'', ''x'', ''v'')', '22P02', 'value is not a valid float'),
    ('SELECT kv.zadd(''z'', ''NaN''::float8, ''v'')', '22P02', 'value is not a valid float'),
    ('SELECT kv.zadd(''z'', NULL::float8, ''v'')', '22004', 'score must not be null'),
    ('SELECT kv.zadd(''z'', 1, NULL)', '22004', 'member must not be null'),
    ('SELECT kv.zadd(''z'', 1, NULL::integer)', '22004', 'member must not be null'),
    ('SELECT kv.zadd(''z'', NULL::float8[], ARRAY[''a''])', '22004', 'scores must not be null'),
    ('SELECT kv.zadd(''z'', ARRAY[1], NULL::text[])', '22004', 'members must not be null'),
    ('SELECT kv.zadd(''z'', ARRAY[NULL::float8], ARRAY[''a''])', '22004', 'a score must not be null'),
    ('SELECT kv.zadd(''z'', ARRAY[1], ARRAY[NULL::text])', '22004', 'a member must not be null'),
    ('SELECT kv.zadd(''z'', ARRAY[1, 2], ARRAY[''a''])', '2202E', 'there are 2 scores but 1 members'),
    ('SELECT kv.zrange(''z'', 0, NULL::integer)', '22004', 'stop must not be null'),
    ('SELECT kv.zrange(''z'', 0, ''x'')', '22P02', 'value is not an integer or out of range'),
    ('SELECT kv.zrange(''z'', 0, 1, count => 1)', '42601', 'syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX'),
    ('SELECT kv.zunion(ARRAY[''z'', NULL])', '22004', 'a key must not be null'),
    ('SELECT kv.zunion(ARRAY[''z''], weights => ARRAY[NULL::float8])', '22004', 'a weight must not be null'))
    AS calls (call, state, message);

SELECT * FROM finish();
ROLLBACK;
