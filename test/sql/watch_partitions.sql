-- Partitioned tables and inheritance: whatever a statement names, each change is put down once.
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
CREATE FUNCTION pg_temp.sent_by(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN pg_temp.sent();
END
$$;
-- The triggers of a table, with the letters of how they fire.
CREATE FUNCTION pg_temp.triggers(relation regclass) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(substr(tgname, 12) || ':' || tgenabled::text, ' ' ORDER BY tgname) FROM pg_trigger
    WHERE tgrelid = relation AND tgfoid = 'kv.capture_change()'::regprocedure $$;

CREATE TABLE event (id integer, region text, n integer, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE event_a PARTITION OF event FOR VALUES IN ('a');
-- Columns in another order, and one that is gone
CREATE TABLE event_b (n integer, gone text, region text NOT NULL, id integer NOT NULL, PRIMARY KEY (id, region));
ALTER TABLE event_b DROP gone;
ALTER TABLE event ATTACH PARTITION event_b FOR VALUES IN ('b');
CREATE TABLE event_c PARTITION OF event FOR VALUES IN ('c') PARTITION BY RANGE (id);
CREATE TABLE event_c1 PARTITION OF event_c FOR VALUES FROM (0) TO (100);
SELECT kv.cache_table('event', 'e:{region}:{id}', condition => 'n IS DISTINCT FROM 0') \g /dev/null
SELECT is(pg_temp.triggers('event'), 'delete:O insert:O truncate:A update:O', 'triggers of the table');
SELECT is(pg_temp.triggers('event_b'), 'delete:O insert:O row:R truncate:A update:O', 'of a partition');
SELECT is(pg_temp.triggers('event_c'), 'delete:O insert:O truncate:A update:O', 'of one that is partitioned');
SELECT is(pg_temp.triggers('event_c1'), 'delete:O insert:O row:R truncate:A update:O', 'of a partition''s partition');

SELECT is(pg_temp.sent_by($$ INSERT INTO event VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3), (4, 'b', 0) $$), 'i: e:a:1 e:b:2 e:c:3', 'through the table');
SELECT is(pg_temp.sent_by($$ INSERT INTO event_b (id, region, n) VALUES (5, 'b', 5), (6, 'b', 0) $$), 'i: e:b:5', 'into a partition');
SELECT is(pg_temp.sent_by($$ INSERT INTO event_c VALUES (7, 'c', 7) $$), 'i: e:c:7', 'into a partitioned partition');
SELECT is(pg_temp.sent_by($$ INSERT INTO event_c1 VALUES (8, 'c', 8) $$), 'i: e:c:8', 'into its partition');
SELECT is(pg_temp.sent_by($$ UPDATE event SET n = n + 1 WHERE id IN (1, 2) $$), 'u: e:a:1 e:b:2', 'UPDATE through the table');
SELECT is(pg_temp.sent_by($$ UPDATE event_b SET n = n WHERE id = 2 $$), NULL, 'UPDATE of a partition that changes nothing');
SELECT is(pg_temp.sent_by($$ UPDATE event_b SET n = n + 1 WHERE id = 2 $$), 'u: e:b:2', 'UPDATE of a partition');
SELECT is(pg_temp.sent_by($$ UPDATE event SET region = 'b' WHERE id = 1 $$), 'u: e:a:1 e:b:1', 'a row moves to another partition');
SELECT is(pg_temp.sent_by($$ UPDATE event SET region = CASE region WHEN 'b' THEN 'a' ELSE 'b' END, n = n WHERE id IN (1, 2, 3) $$),
          'u: e:b:2 e:a:2 e:b:1 e:a:1 e:c:3 e:b:3', 'several do');
SELECT is(pg_temp.sent_by($$ DELETE FROM event WHERE id = 8 $$), 'd: e:c:8', 'DELETE through the table');
SELECT is(pg_temp.sent_by($$ DELETE FROM event_c1 WHERE id = 7 $$), 'd: e:c:7', 'DELETE of a partition');
SELECT is(pg_temp.sent_by($$ SET LOCAL session_replication_role = replica; INSERT INTO event VALUES (9, 'c', 1), (10, 'b', 2); RESET session_replication_role $$),
          'i: e:c:9; i: e:b:10', 'replayed');
SAVEPOINT a;
SELECT is(pg_temp.sent_by($$ TRUNCATE event $$), 't', 'TRUNCATE: once for the table and all partitions');
ROLLBACK TO a;
SELECT is(pg_temp.sent_by($$ TRUNCATE event_c1 $$), 't', 'TRUNCATE of a partition');
ROLLBACK TO a;

-- Partitions that come and go
CREATE TABLE event_d PARTITION OF event FOR VALUES IN ('d');
SELECT is(pg_temp.sent(), NULL, 'a new partition brings nothing');
SELECT is(pg_temp.triggers('event_d'), 'delete:O insert:O row:R truncate:A update:O', 'but has its triggers');
SELECT is(pg_temp.sent_by($$ INSERT INTO event_d VALUES (20, 'd', 1) $$), 'i: e:d:20', 'which fire');
CREATE TABLE event_c2 PARTITION OF event_c FOR VALUES FROM (100) TO (200);
SELECT is(pg_temp.sent_by($$ INSERT INTO event_c2 VALUES (120, 'c', 1) $$), 'i: e:c:120', 'one below a partition');
SAVEPOINT b;
ALTER TABLE event DETACH PARTITION event_d;
SELECT is(pg_temp.sent(), 't', 'DETACH: all rows of the partition are gone');
SELECT is(pg_temp.triggers('event_d'), NULL, 'so are its triggers');
SELECT is(pg_temp.sent_by($$ INSERT INTO event_d VALUES (21, 'd', 1) $$), NULL, 'and nobody listens to it');
SAVEPOINT c;
ALTER TABLE event ATTACH PARTITION event_d FOR VALUES IN ('d');
SELECT is(pg_temp.sent(), 't', 'ATTACH');
SELECT is(pg_temp.triggers('event_d'), 'delete:O insert:O row:R truncate:A update:O', 'the triggers are back');
SELECT is(pg_temp.sent_by($$ UPDATE event_d SET n = 5 WHERE id = 21 $$), 'u: e:d:21', 'and fire');
ALTER TABLE event DETACH PARTITION event_c;
SELECT is(concat(pg_temp.triggers('event_c'), pg_temp.triggers('event_c1'), pg_temp.triggers('event_c2')), '', 'a partition goes with all below it');
ALTER TABLE event ATTACH PARTITION event_c FOR VALUES IN ('c');
SELECT is(pg_temp.sent_by($$ INSERT INTO event_c2 VALUES (121, 'c', 1) $$), 'i: e:c:121', 'and comes back with them');
SAVEPOINT d;
DROP TABLE event_a;
SELECT is(pg_temp.sent(), 't', 'DROP TABLE of a partition');
SELECT is((SELECT count(*) FROM kv.watch_table WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = relation)), 0::bigint, 'is noticed');
SELECT is((SELECT problem FROM kv.cached_tables), NULL, 'nothing is wrong');

-- A partition that is watched itself, and so is what is above it
SELECT kv.cache_table('event_b', 'b:{id}', condition => 'n > 0') \g /dev/null
SELECT is(pg_temp.triggers('event_b'), 'delete:O insert:O row:A truncate:A update:O', 'a watched partition has a row trigger that always fires');
SELECT is(pg_temp.sent_by($$ INSERT INTO event VALUES (30, 'b', 3), (31, 'b', 0), (32, 'd', 1) $$), 'i: b:30; i: e:b:30 e:d:32', 'through the table');
SELECT is(pg_temp.sent_by($$ INSERT INTO event_b (id, region, n) VALUES (33, 'b', 5) $$), 'i: b:33; i: e:b:33', 'into the partition');
SELECT is(pg_temp.sent_by($$ UPDATE event SET region = 'd' WHERE id = 33 $$), 'd: b:33; u: e:b:33 e:d:33', 'a row leaves it');
SELECT is(pg_temp.sent_by($$ UPDATE event SET n = n + 1 WHERE id = 30 $$), 'u: b:30; u: e:b:30', 'UPDATE');
SELECT is(pg_temp.sent_by($$ SET LOCAL session_replication_role = replica; INSERT INTO event VALUES (34, 'b', 1); RESET session_replication_role $$), 'i: e:b:34; i: b:34', 'replayed, once');
ALTER TABLE event DETACH PARTITION event_b;
SELECT is(pg_temp.triggers('event_b'), 'delete:O insert:O row:R truncate:A update:O', 'alone it has the triggers of any table');
DELETE FROM kv.relay_outbox_0;
SELECT is(pg_temp.sent_by($$ INSERT INTO event_b (id, region, n) VALUES (35, 'b', 5) $$), 'i: b:35', 'which do the same');
SELECT kv.uncache_table('event') \g /dev/null
ALTER TABLE event ATTACH PARTITION event_b FOR VALUES IN ('b');
SELECT is(pg_temp.triggers('event_b'), 'row:A truncate:A', 'below a table that is not watched, the row trigger is enough');
SELECT is(concat(pg_temp.triggers('event'), pg_temp.triggers('event_c2'), pg_temp.triggers('event_d')), '', 'which has none');
SELECT is(pg_temp.sent_by($$ INSERT INTO event VALUES (36, 'b', 3), (37, 'd', 1) $$), 'i: b:36', 'and hears of what comes from above');
SELECT kv.uncache_table('event_b') \g /dev/null
SELECT is(pg_temp.triggers('event_b'), NULL, 'the last trigger');

-- Inheritance
CREATE TABLE animal (id integer, name text);
CREATE TABLE dog (breed text) INHERITS (animal);
CREATE TABLE cat (lives integer, id integer, name text);
SELECT kv.cache_table('animal', 'a:{id}'), kv.cache_table('dog', 'dog:{breed}:{id}') \g /dev/null
SELECT is(pg_temp.sent_by($$ INSERT INTO animal VALUES (1, 'x') $$), 'i: a:1', 'INSERT into the parent');
SELECT is(pg_temp.sent_by($$ INSERT INTO dog VALUES (2, 'y', 'z') $$), 'i: dog:z:2; i: a:2', 'into a child');
SELECT is(pg_temp.sent_by($$ UPDATE animal SET name = 'n' $$), 'u: dog:z:2; u: a:1 a:2', 'UPDATE through the parent');
SELECT is(pg_temp.sent_by($$ UPDATE ONLY animal SET name = 'o' $$), 'u: a:1', 'of the parent only');
SELECT is(pg_temp.sent_by($$ DELETE FROM animal WHERE id = 2 $$), 'd: dog:z:2; d: a:2', 'DELETE through the parent');
SAVEPOINT e;
ALTER TABLE cat INHERIT animal;
SELECT is(pg_temp.sent(), 't', 'INHERIT');
SELECT is(pg_temp.sent_by($$ INSERT INTO cat VALUES (7, 3, 'c') $$), 'i: a:3', 'columns in another order');
SAVEPOINT f;
ALTER TABLE cat NO INHERIT animal;
SELECT is(pg_temp.sent(), 't', 'NO INHERIT');
SELECT is(pg_temp.triggers('cat'), NULL, 'its triggers are gone');
CREATE TABLE puppy () INHERITS (dog);
SELECT is(pg_temp.sent_by($$ INSERT INTO puppy VALUES (4, 'p', 'q') $$), 'i: dog:q:4; i: a:4', 'a child''s child');

-- Several parents
CREATE TABLE plant (id integer, height integer);
CREATE TABLE color (id integer, name text);
CREATE TABLE flower () INHERITS (plant);
SELECT kv.cache_table('plant', 'plant:{id}') \g /dev/null
SELECT is(pg_temp.triggers('flower'), 'delete:O insert:O row:R truncate:A update:O', 'a child of one parent');
ALTER TABLE flower ADD name text;
ALTER TABLE flower INHERIT color;
SELECT is(pg_temp.triggers('flower') || '; ' || pg_temp.triggers('plant'), 'row:A truncate:A; row:A truncate:A', 'of another one, too, that is not watched');
INSERT INTO flower VALUES (1, 10, 'red');
SELECT is(pg_temp.sent(), 'i: plant:1', 'INSERT');
SELECT is(pg_temp.sent_by($$ UPDATE color SET name = 'blue' $$), 'u: plant:1', 'UPDATE through the one that is not watched');
SELECT is(pg_temp.sent_by($$ UPDATE plant SET height = 11 $$), 'u: plant:1', 'through the other');
SELECT kv.cache_table('color', 'color:{id}') \g /dev/null
SELECT is(pg_temp.sent_by($$ UPDATE color SET name = 'green' $$), 'u: plant:1; u: color:1', 'both are watched');
SELECT kv.uncache_table('color') \g /dev/null
ALTER TABLE flower NO INHERIT color;
SELECT is(pg_temp.triggers('flower') || '; ' || pg_temp.triggers('plant'), 'delete:O insert:O row:R truncate:A update:O; delete:O insert:O row:R truncate:A update:O', 'one parent again');
SELECT is(pg_temp.sent_by($$ UPDATE flower SET height = 12 $$), 'u: plant:1', 'is heard');
CREATE TABLE herb () INHERITS (plant, color);
SELECT is(pg_temp.sent_by($$ INSERT INTO herb VALUES (2, 1, 'x') $$), 'i: plant:2', 'a new child of both');
SELECT is(pg_temp.sent_by($$ DELETE FROM color $$), 'd: plant:2', 'DELETE through the one that is not watched');

-- Other commands that do as much
CREATE SCHEMA garden CREATE TABLE tree () INHERITS (public.plant) CREATE TABLE shed (id integer);
SELECT is(pg_temp.triggers('garden.tree'), 'row:A truncate:A', 'a child that CREATE SCHEMA brings');
SELECT is(pg_temp.sent_by($$ INSERT INTO garden.tree VALUES (3, 300) $$), 'i: plant:3', 'is watched');
ALTER INDEX plant RENAME TO plants;
SELECT is(pg_temp.sent_by($$ INSERT INTO plants VALUES (4, 1) $$), 'i: plant:4', 'ALTER INDEX renames tables');
SELECT is(kv.watches_by_now(), (SELECT array_agg(id ORDER BY id) FROM kv.watch), 'what the event triggers compare with under REPEATABLE READ');
DROP TABLE plants CASCADE;
SAVEPOINT g;
DROP TABLE animal CASCADE;
SELECT is((SELECT count(*) FROM kv.watch) + (SELECT count(*) FROM kv.watch_table), 0::bigint, 'DROP TABLE takes what was watched with it');

SELECT * FROM finish();
ROLLBACK;
