-- Changes of rows, however they come about, and the keys they put down.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT * FROM no_plan();

INSERT INTO kv.relay_target (name, host, port, database, tls, prefix) VALUES ('default', '127.0.0.1', 6379, 0, false, '');
-- What was put down since it was last asked for, oldest first, without the ids of watches.
CREATE FUNCTION pg_temp.sent() RETURNS text LANGUAGE sql AS $$
    WITH taken AS (DELETE FROM kv.relay_outbox_0 RETURNING ctid AS place, *)
    SELECT string_agg(concat(operation, ':' || (SELECT string_agg(' ' || convert_from(key, 'UTF8'), '' ORDER BY n)
                                                FROM unnest(keys) WITH ORDINALITY AS all_keys (key, n))), '; ' ORDER BY place)
    FROM taken $$;

CREATE TABLE item (id integer PRIMARY KEY, name text, n integer DEFAULT 0, big text);
SELECT kv.cache_table('item', 'item:{id}') \g /dev/null
SELECT is(pg_temp.sent(), NULL, 'setting up puts nothing down');

-- INSERT, UPDATE, DELETE
INSERT INTO item VALUES (1, 'a'), (2, 'b'), (3, 'c');
SELECT is(pg_temp.sent(), 'i: item:1 item:2 item:3', 'INSERT: all new keys, in one row of the outbox');
UPDATE item SET name = 'z' WHERE id = 2;
SELECT is(pg_temp.sent(), 'u: item:2', 'UPDATE of one row');
UPDATE item SET name = name;
SELECT is(pg_temp.sent(), NULL, 'UPDATE that changes nothing');
UPDATE item SET n = CASE id WHEN 2 THEN 5 ELSE n END;
SELECT is(pg_temp.sent(), 'u: item:2', 'of all rows, only those that changed');
UPDATE item SET id = id + 10 WHERE id > 1;
SELECT is(pg_temp.sent(), 'u: item:2 item:12 item:3 item:13', 'a changed primary key: the old and the new one');
UPDATE item SET n = 1 WHERE false;
DELETE FROM item WHERE false;
INSERT INTO item SELECT 1 WHERE false;
SELECT is(pg_temp.sent(), NULL, 'statements without rows');
UPDATE item SET name = NULL WHERE id = 1;
SELECT is(pg_temp.sent(), 'u: item:1', 'a value becomes NULL');
UPDATE item SET name = '' WHERE id = 1;
SELECT is(pg_temp.sent(), 'u: item:1', 'NULL becomes an empty text');
DELETE FROM item WHERE id > 10;
SELECT is(pg_temp.sent(), 'd: item:12 item:13', 'DELETE');
TRUNCATE item;
SELECT is(pg_temp.sent(), 't', 'TRUNCATE');
TRUNCATE item;
SELECT is(pg_temp.sent(), NULL, 'is said once in a transaction');
SAVEPOINT a;
TRUNCATE item;
SELECT is(pg_temp.sent(), 't', 'and again after a savepoint, which may be all that stays');
ROLLBACK TO a;

-- Statements that do several things
INSERT INTO item VALUES (1, 'a'), (2, 'b') ON CONFLICT (id) DO UPDATE SET name = excluded.name;
SELECT is(pg_temp.sent(), 'i: item:1 item:2', 'ON CONFLICT without conflicts');
INSERT INTO item VALUES (2, 'new'), (3, 'c') ON CONFLICT (id) DO UPDATE SET name = excluded.name;
SELECT is(pg_temp.sent(), 'u: item:2; i: item:3', 'ON CONFLICT DO UPDATE');
INSERT INTO item VALUES (2, 'x'), (4, 'd') ON CONFLICT DO NOTHING;
SELECT is(pg_temp.sent(), 'i: item:4', 'ON CONFLICT DO NOTHING');
MERGE INTO item USING (VALUES (1, 'm'), (4, 'd'), (5, 'e')) AS source (id, name) ON item.id = source.id
WHEN MATCHED AND item.id = 4 THEN DELETE WHEN MATCHED THEN UPDATE SET name = source.name
WHEN NOT MATCHED THEN INSERT (id, name) VALUES (source.id, source.name);
SELECT is((SELECT string_agg(operation::text || convert_from(keys[1], 'UTF8'), ' ' ORDER BY operation) FROM kv.relay_outbox_0),
          'ditem:4 iitem:5 uitem:1', 'MERGE');
DELETE FROM kv.relay_outbox_0;
WITH gone AS (DELETE FROM item WHERE id = 5 RETURNING *), come AS (INSERT INTO item SELECT id + 1, name FROM gone RETURNING *)
UPDATE item SET n = item.n + 1 FROM come WHERE item.id = 1;
SELECT is((SELECT string_agg(operation::text || convert_from(keys[1], 'UTF8'), ' ' ORDER BY operation) FROM kv.relay_outbox_0),
          'ditem:5 iitem:6 uitem:1', 'data-modifying WITH');
DELETE FROM kv.relay_outbox_0;
CREATE FUNCTION pg_temp.several() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO item VALUES (20, 'f');
    BEGIN
        INSERT INTO item VALUES (21, 'g');
        RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN
        UPDATE item SET n = 7 WHERE id = 20;
    END;
END
$$;
SELECT pg_temp.several() \g /dev/null
SELECT is(pg_temp.sent(), 'i: item:20; u: item:20', 'a block that fails takes back what it put down');
SAVEPOINT b;
DELETE FROM item WHERE id = 20;
ROLLBACK TO b;
SELECT is(pg_temp.sent(), NULL, 'so does a savepoint');

-- Foreign keys
CREATE TABLE part (id integer PRIMARY KEY, item integer REFERENCES item ON UPDATE CASCADE ON DELETE CASCADE);
SELECT kv.cache_table('part', 'part:{id}:{item}') \g /dev/null
INSERT INTO part VALUES (1, 1), (2, 1), (3, 2);
SELECT is(pg_temp.sent(), 'i: part:1:1 part:2:1 part:3:2', 'rows that refer');
UPDATE item SET id = 100 WHERE id = 1;
SELECT is((SELECT string_agg(convert_from(key, 'UTF8'), ' ' ORDER BY key) FROM kv.relay_outbox_0, unnest(keys) AS key),
          'item:1 item:100 part:1:1 part:1:100 part:2:1 part:2:100', 'ON UPDATE CASCADE');
DELETE FROM kv.relay_outbox_0;
DELETE FROM item WHERE id = 2;
SELECT is((SELECT string_agg(convert_from(key, 'UTF8'), ' ' ORDER BY key) FROM kv.relay_outbox_0, unnest(keys) AS key), 'item:2 part:3:2', 'ON DELETE CASCADE');
DELETE FROM kv.relay_outbox_0;

-- Large values: compared by what they are, wherever they are stored
INSERT INTO item SELECT 30, 'big', 0, string_agg(md5(i::text), '') FROM generate_series(1, 2000) AS i;
INSERT INTO item SELECT 31, 'big', 0, big FROM item WHERE id = 30;
SELECT pg_temp.sent() \g /dev/null
UPDATE item SET n = n WHERE id >= 30;
SELECT is(pg_temp.sent(), NULL, 'the same value, stored elsewhere');
UPDATE item SET big = big || '' WHERE id = 30;
SELECT is(pg_temp.sent(), NULL, 'an equal value, written anew');
UPDATE item SET big = overlay(big PLACING 'X' FROM 50000) WHERE id = 30;
SELECT is(pg_temp.sent(), 'u: item:30', 'a byte in the middle');
UPDATE item SET big = 'short' WHERE id = 30;
SELECT is(pg_temp.sent(), 'u: item:30', 'a short one instead');

-- BEFORE triggers have their way, generated columns are there, dropped ones do not count
CREATE FUNCTION pg_temp.skip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF new.n = 99 THEN RETURN NULL; END IF; new.n := new.n + 1; RETURN new; END $$;
CREATE TRIGGER skip BEFORE INSERT OR UPDATE ON part FOR EACH ROW EXECUTE FUNCTION pg_temp.skip();
ALTER TABLE part ADD n integer DEFAULT 0, ADD gone text DEFAULT 'x', ADD double integer GENERATED ALWAYS AS (n * 2) STORED;
ALTER TABLE part DROP gone;
SELECT kv.cache_table('part', 'double:{double}') \g /dev/null
SELECT pg_temp.sent() \g /dev/null
INSERT INTO part (id, item, n) VALUES (10, 100, 1), (11, 100, 99), (12, 100, 3);
SELECT is(pg_temp.sent(), 'i: part:10:100 part:12:100; i: double:4 double:8', 'a BEFORE trigger skips a row, a generated column is in a key');
UPDATE part SET n = CASE id WHEN 10 THEN 99 ELSE 5 END WHERE id >= 10;
SELECT is(pg_temp.sent(), 'u: part:12:100; u: double:8 double:12', 'UPDATE with a row skipped');

-- Other ways in
CREATE TABLE copied (a integer, "B c" text);
SELECT kv.cache_table('copied', '{B c}', 'publish') \g /dev/null
COPY copied FROM STDIN;
1	one
2	two
3	\N
\.
SELECT is(pg_temp.sent(), 'i: one two', 'COPY');
CREATE VIEW shown AS SELECT a AS x, "B c" AS y FROM copied;
UPDATE shown SET y = 'three' WHERE x = 3;
SELECT is(pg_temp.sent(), 'u: three', 'through a view; NULL in the key names none');
SET LOCAL session_replication_role = replica;
INSERT INTO copied VALUES (4, 'four'), (5, 'five');
SELECT is(pg_temp.sent(), 'i: four; i: five', 'in a session that replays, row by row');
UPDATE copied SET "B c" = 'FIVE' WHERE a >= 4 AND a = 5;
SELECT is(pg_temp.sent(), 'u: five FIVE', 'UPDATE there');
UPDATE copied SET a = a;
SELECT is(pg_temp.sent(), NULL, 'UPDATE there that changes nothing');
DELETE FROM copied WHERE a = 4;
SELECT is(pg_temp.sent(), 'd: four', 'DELETE there');
TRUNCATE copied;
SELECT is(pg_temp.sent(), 't', 'TRUNCATE there');
RESET session_replication_role;

-- Each key once, in rows of the outbox that share a page
INSERT INTO copied SELECT i, 'key ' || i % 1000 FROM generate_series(1, 20000) AS i;
SELECT is((SELECT count(DISTINCT key) || ' ' || count(*) FROM kv.relay_outbox_0, unnest(keys) AS key), '1000 1000', '20,000 rows of 1,000 keys');
SELECT cmp_ok((SELECT max(pg_column_size(keys)) FROM kv.relay_outbox_0), '<', 4000, 'in rows of less than half a page');
DELETE FROM kv.relay_outbox_0;
TRUNCATE copied;
DELETE FROM kv.relay_outbox_0;
INSERT INTO copied SELECT i, 'key ' || i % 150000 FROM generate_series(1, 210000) AS i;
SELECT is((SELECT count(DISTINCT key) FROM kv.relay_outbox_0, unnest(keys) AS key), 150000::bigint, 'more keys than are kept in memory: none is missing');
DELETE FROM kv.relay_outbox_0;
INSERT INTO copied VALUES (0, repeat('long', 100000));
SELECT is((SELECT length(keys[1]) FROM kv.relay_outbox_0), 400000, 'a key of 400 kB');
DELETE FROM kv.relay_outbox_0;

SELECT kv.uncache_table('item') \g /dev/null
INSERT INTO item VALUES (50, 'x');
SELECT is(pg_temp.sent(), NULL, 'nothing after kv.uncache_table');
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'item'::regclass AND tgname ~ '^kv_'), 0::bigint, 'and no trigger');

SELECT * FROM finish();
ROLLBACK;
