-- The tour that dev/quickstart shows. It may be taken again: nothing is deleted but its own lock.
\set QUIET on
\pset footer off
\pset null '(null)'
SET client_min_messages = warning;
CREATE TEMP TABLE customer (id int PRIMARY KEY, name text);
INSERT INTO customer VALUES (1, 'Ada'), (2, 'Grace'), (3, 'Edsger');
\set ECHO queries

\echo
\echo '-- Sessions that expire --------------------------------------------------------'
\echo
SELECT kv.set('session:7f3a', '{"customer": 1, "cart": ["mug", "tea"]}', ttl => interval '30 min');
SELECT kv.set('session:c02e', '{"customer": 3, "cart": ["pen"]}', ex => 600);
SELECT kv.get_json('session:7f3a') -> 'cart' AS cart, kv.ttl('session:7f3a');

\echo '-- Counters: one per page, and a limit of requests in a minute -----------------'
\echo
SELECT kv.incr('views:/pricing'), kv.incrby('views:/docs', 10);
SELECT kv.incr('requests:10.0.0.7') AS requests, kv.expire('requests:10.0.0.7', 60, nx => true) AS first_in_window;

\echo '-- A lock: the first takes it, the second does not, and it ends by itself ------'
\echo
SELECT kv.set('lock:report', 'worker 1', nx => true, ex => 30);
SELECT kv.set('lock:report', 'worker 2', nx => true, ex => 30);
SELECT kv.get('lock:report') AS holder, kv.del('lock:report') AS released;

\echo '-- Several keys at once --------------------------------------------------------'
\echo
SELECT kv.mset('setting:theme', 'dark', 'setting:language', 'en');
SELECT * FROM kv.mget('setting:theme', 'setting:language', 'setting:none');

\echo '-- Hashes, a queue, tags, a leaderboard ------------------------------------------'
\echo
SELECT kv.hset('customer:1', 'name', 'Ada', 'city', 'London'), kv.hincrby('customer:1', 'visits', 1) AS visits;
SELECT * FROM kv.hgetall('customer:1');
SELECT kv.rpush('jobs', 'resize 17', 'mail 4'), kv.lpop('jobs') AS job;
SELECT kv.sadd('tags:mug', 'kitchen', 'gift'), kv.sadd('tags:tea', 'gift');
SELECT * FROM kv.sinter('tags:mug', 'tags:tea') AS tag;
SELECT kv.zadd('board', array_agg(id * 100), array_agg(name)) FROM customer;
SELECT * FROM kv.zrange('board', 0, 1, rev => true, withscores => true);

\echo '-- Part of the transaction: what is rolled back never was ----------------------'
\echo
BEGIN;
SELECT kv.set('setting:theme', 'light');
ROLLBACK;
SELECT kv.get('setting:theme');

\echo '-- Joined with a table: who is in, and with what in the cart -------------------'
\echo
SELECT customer.name, session.data -> 'cart' AS cart
FROM kv.keys('session:*') AS key, kv.get_json(key) AS session(data)
JOIN customer ON customer.id = (session.data ->> 'customer')::int
ORDER BY customer.name;

\echo '-- What there is ---------------------------------------------------------------'
\echo
SELECT key, type, date_trunc('second', ttl) AS ttl, size FROM kv.keys WHERE db = 0 ORDER BY key LIMIT 10;
SELECT name, value FROM kv.info('stats');
