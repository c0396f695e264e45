-- Random statements on a partitioned table: the keys of all rows that differ afterwards are put down.
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
CREATE TABLE shuffled (id integer, region integer, n integer, big text) PARTITION BY LIST (region);
CREATE TABLE shuffled_0 PARTITION OF shuffled FOR VALUES IN (0);
CREATE TABLE shuffled_1 (big text, n integer, gone integer, region integer, id integer);
ALTER TABLE shuffled_1 DROP gone;
ALTER TABLE shuffled ATTACH PARTITION shuffled_1 FOR VALUES IN (1);
CREATE TABLE shuffled_2 PARTITION OF shuffled FOR VALUES IN (2) PARTITION BY RANGE (id);
CREATE TABLE shuffled_2_low PARTITION OF shuffled_2 FOR VALUES FROM (MINVALUE) TO (20);
CREATE TABLE shuffled_2_high PARTITION OF shuffled_2 FOR VALUES FROM (20) TO (MAXVALUE);
-- Rows get lost on the way to another partition, so that old and new rows do not stand side by side.
CREATE FUNCTION pg_temp.lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF new.n % 7 = 3 THEN RETURN NULL; END IF; RETURN new; END $$;
CREATE TRIGGER lose BEFORE INSERT ON shuffled_1 FOR EACH ROW EXECUTE FUNCTION pg_temp.lose();
SELECT kv.cache_table('shuffled', 's:{id}'), kv.cache_table('shuffled', 'r:{region}:{n}', condition => 'n % 2 = 0'),
       kv.cache_table('shuffled', 'c:{id}:{region}', columns => '{n}'), kv.cache_table('shuffled_1', 'one:{id}'), kv.cache_table('shuffled_2', 'two:{id}', columns => '{}') \g /dev/null

CREATE FUNCTION pg_temp.keys_of(r shuffled) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT array_remove(ARRAY['s:' || r.id, CASE WHEN r.n % 2 = 0 THEN format('r:%s:%s', r.region, r.n) END,
                              CASE WHEN r.region = 1 THEN 'one:' || r.id END], NULL) $$;
CREATE TEMP TABLE before (LIKE shuffled);
CREATE TEMP TABLE after (LIKE shuffled);
CREATE TEMP TABLE outcome (statement text, missing text, superfluous integer);
CREATE FUNCTION pg_temp.random_statement() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    target text := (ARRAY['shuffled', 'shuffled', 'shuffled', 'shuffled_0', 'shuffled_1', 'shuffled_2', 'shuffled_2_low'])[1 + floor(random() * 7)];
    some_rows text := format('(id + %s) %% %s = 0', floor(random() * 10), 1 + floor(random() * 5));
BEGIN
    RETURN CASE floor(random() * 6)
        WHEN 0 THEN format('INSERT INTO shuffled SELECT i, floor(random() * 3), floor(random() * 10), NULL FROM generate_series(%s, %s) AS i', floor(random() * 40), floor(random() * 50))
        WHEN 1 THEN format('UPDATE %s SET n = n + floor(random() * 2)::integer WHERE %s', target, some_rows)
        WHEN 2 THEN format('UPDATE shuffled SET region = floor(random() * 3) WHERE %s', some_rows)
        WHEN 3 THEN format('UPDATE shuffled SET id = floor(random() * 40), n = floor(random() * 10), region = (region + 1) %% 3 WHERE %s', some_rows)
        WHEN 4 THEN format('UPDATE %s SET big = CASE WHEN random() < 0.5 THEN big ELSE repeat(md5(id::text), 200) END WHERE %s', target, some_rows)
        ELSE format('DELETE FROM %s WHERE id %% 5 = %s', target, floor(random() * 5))
    END;
END
$$;
CREATE FUNCTION pg_temp.play(rounds integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    statement text;
    wanted text[];
    sent text[];
BEGIN
    FOR round IN 1 .. rounds LOOP
        statement := pg_temp.random_statement();
        DELETE FROM before;
        INSERT INTO before SELECT * FROM shuffled;
        EXECUTE statement;
        DELETE FROM after;
        INSERT INTO after SELECT * FROM shuffled;
        wanted := ARRAY(SELECT DISTINCT unnest(pg_temp.keys_of(ROW(id, region, n, big)))
                        FROM ((TABLE before EXCEPT ALL TABLE after) UNION ALL (TABLE after EXCEPT ALL TABLE before)) AS changed);
        sent := ARRAY(SELECT DISTINCT convert_from(key, 'UTF8') FROM kv.relay_outbox_0, unnest(keys) AS key WHERE convert_from(key, 'UTF8') !~ '^(c|two):');
        INSERT INTO outcome VALUES (statement, (SELECT string_agg(key, ' ') FROM unnest(wanted) AS key WHERE key <> ALL (sent)),
                                    (SELECT count(*) FROM unnest(sent) AS key WHERE key <> ALL (wanted)));
        -- Narrowed by columns: the rows of a key, as far as these go.
        wanted := ARRAY(SELECT DISTINCT format('c:%s:%s', id, region)
                        FROM ((SELECT id, region, n FROM before EXCEPT ALL SELECT id, region, n FROM after)
                              UNION ALL (SELECT id, region, n FROM after EXCEPT ALL SELECT id, region, n FROM before)) AS changed
                        UNION SELECT DISTINCT format('two:%s', id)
                        FROM ((SELECT id FROM before WHERE region = 2 EXCEPT ALL SELECT id FROM after WHERE region = 2)
                              UNION ALL (SELECT id FROM after WHERE region = 2 EXCEPT ALL SELECT id FROM before WHERE region = 2)) AS changed);
        sent := ARRAY(SELECT convert_from(key, 'UTF8') FROM kv.relay_outbox_0, unnest(keys) AS key);
        INSERT INTO outcome VALUES (statement, (SELECT string_agg(key, ' ') FROM unnest(wanted) AS key WHERE key <> ALL (sent)), 0);
        DELETE FROM kv.relay_outbox_0;
    END LOOP;
END
$$;
SELECT setseed(0.4) \g /dev/null
SELECT pg_temp.play(400) \g /dev/null
SELECT is_empty('SELECT statement, missing FROM outcome WHERE missing IS NOT NULL', 'no key is missing');
SELECT cmp_ok((SELECT count(*) FROM outcome WHERE superfluous = 0), '>', 700::bigint, 'seldom is one sent for nothing');
-- Duplicates make old and new rows of one statement equal; so do rows that are lost.
SELECT is_empty($$ SELECT * FROM outcome WHERE superfluous > 0 AND statement !~ '^UPDATE' $$, 'and only by UPDATE, where rows change places');

SELECT * FROM finish();
ROLLBACK;
