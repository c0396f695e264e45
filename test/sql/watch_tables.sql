-- Setting up what is watched: who may, what can be, what is said where it cannot.
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

CREATE SCHEMA other;
CREATE TABLE other."My table" (id integer PRIMARY KEY, "E mail" text UNIQUE, note text, at timestamptz);
-- The error of a statement, with its hint.
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN format('%s %s (%s)', sqlstate, sqlerrm, hint);
END
$$;
CREATE FUNCTION pg_temp.refusal_of(arguments text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.refusal(format('SELECT kv.cache_table(%s)', arguments)) $$;

SET LOCAL IntervalStyle = postgres;

-- What it returns, and what the view shows
SELECT cmp_ok(kv.cache_table('other."My table"', 'mail:{E mail}'), '>', 0, 'it returns the id');
SELECT cmp_ok(kv.cache_table('other."My table"', 'row:{id}', 'refresh, publish', condition => 'note IS NOT NULL', columns => '{note}', format => 'hash',
                         ttl => '1 hour', channel => 'rows:{id}'), '>', 0, 'with all that may be said');
SELECT cmp_ok(kv.cache_table('other."My table"', mode => 'read'), '>', 0, 'mode read');
SELECT is(string_agg(concat_ws(' ', "table", key, mode, coalesce(target, 'here'), condition, columns, format, ttl, lease, channel, problem), E'\n' ORDER BY id),
          'other."My table" mail:{E mail} invalidate default json
other."My table" row:{id} refresh,publish default (note IS NOT NULL) {note} hash 01:00:00 00:01:00 rows:{id}
other."My table" {id} read here json', 'kv.cached_tables') FROM kv.cached_tables;
SELECT cmp_ok(kv.cache_table('other."My table"', '{E mail}{id}', 'read'), '>', 0, 'mode read with columns');
SELECT cmp_ok(kv.cache_table('other."My table"', 'a:{id}', 'refresh', lease => '0'), '>', 0, 'a lease of nothing');
SELECT is(lease, NULL, 'is none') FROM kv.cached_tables WHERE key = 'a:{id}';
SELECT cmp_ok(kv.cache_table('other."My table"', 'p:{id}', 'publish'), '>', 0, 'publish');
SELECT is(channel, 'kv_invalidation', 'has a channel') FROM kv.cached_tables WHERE key = 'p:{id}';

-- Keys and columns
SELECT is(pg_temp.refusal_of($$ 'other."My table"' $$), '22004 key must not be NULL (It is a template of keys, such as ''user:{id}''.)', 'no key');
SELECT is(pg_temp.refusal_of($$ NULL, 'x' $$), '22004 table must not be NULL (Name a table.)', 'no table');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'x:{nr}' $$), '42703 column "nr" of table "My table" does not exist (Its columns are: id, E mail, note, at)', 'an unknown column');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'x:{"E mail"}' $$), '42703 column ""E mail"" of table "My table" does not exist (Its columns are: id, E mail, note, at)', 'a name with quotes');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'x:{ctid}' $$), '42703 column "ctid" of table "My table" does not exist (Its columns are: id, E mail, note, at)', 'a system column');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'x:{id' $$), '42601 key "x:{id" is not a template: there is a { without a } (A column''s name stands between braces, as in user:{id}; write {{ and }} for braces.)', 'an open brace');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'x:id}' $$), '42601 key "x:id}" is not a template: there is a } without a { (A column''s name stands between braces, as in user:{id}; write {{ and }} for braces.)', 'a closing brace');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'x:{}' $$), '42601 key "x:{}" is not a template: {} names no column (A column''s name stands between braces, as in user:{id}; write {{ and }} for braces.)', 'nothing between braces');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'x:{id}', columns => '{nr}' $$), '42703 column "nr" of table "My table" does not exist (Its columns are: id, E mail, note, at)', 'an unknown column that counts');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'x:{id}', columns => '{NULL}' $$), '22004 columns has a NULL in it (Name the columns whose change counts.)', 'NULL among the columns that count');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', '{id}' $$), '22023 key "{id}" begins with a column (A TRUNCATE removes all keys that the template can name, which may be others'' too: begin with a text, as in user:{id}.)', 'a template that names any key');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', '{id}:x', 'publish,refresh' $$), '22023 key "{id}:x" begins with a column (A TRUNCATE removes all keys that the template can name, which may be others'' too: begin with a text, as in user:{id}.)', 'one that begins with any');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'row:{id}' $$), '42710 table "My table" is watched already for key "row:{id}" (SELECT kv.uncache_table(...) first; several modes go together, as in ''invalidate,publish''.)', 'twice');

-- Modes and options
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'x:{id}', 'delete' $$), '22023 unknown mode "delete" (Modes are invalidate, refresh, publish, several of these with commas between them, or read.)', 'an unknown mode');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'x:{id}', 'invalidate,' $$), 'none', 'a comma too much');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'y:{id}', 'invalidate,,publish' $$), '22023 unknown mode "" (Modes are invalidate, refresh, publish, several of these with commas between them, or read.)', 'nothing between commas');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'y:{id}', '' $$), '22023 no mode is given (Modes are invalidate, refresh, publish or read.)', 'no mode');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'y:{id}', NULL $$), '22023 mode must not be NULL (Modes are invalidate, refresh, publish or read.)', 'mode NULL');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', '{id}', 'read,publish' $$), '22023 mode read does not go with others (It concerns rows that pg_kv itself caches: call kv.cache_table once more for it.)', 'read and another');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'y:{id}', 'read' $$), '22023 key "y:{id}" is more than columns (For mode read it names just these: ''{id}'', or ''{tenant}{id}''.)', 'read with a literal');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', '{note}', 'read' $$), '42P10 the columns of key "{note}" do not identify a row (Name all columns of a unique index.)', 'read without a unique index');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'y:{E mail}', 'refresh' $$), '42P10 the columns of key "y:{E mail}" do not identify a row (Mode refresh reads the row again: name all columns of a unique index, each of them NOT NULL.)', 'refresh by what may be NULL');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'y:{id}', format => 'xml' $$), '22023 format must be json or hash (So mode refresh stores a row.)', 'format');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'y:{id}', ttl => '1 s' $$), '22023 ttl goes with mode refresh (Only that mode stores something.)', 'ttl without refresh');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'y:{id}', 'refresh', ttl => '0' $$), '22023 ttl must be positive (Leave it out for keys that stay.)', 'ttl 0');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'y:{id}', lease => '-1 s' $$), '22023 lease must not be negative (A lease of 0 is none.)', 'a negative lease');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'y:{id}', channel => 'c' $$), '22023 channel goes with mode publish (Add it: mode => ''invalidate,publish''.)', 'channel without publish');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'y:{id}', 'publish', channel => '{note}' $$), '42P10 channel names column "note", which key does not (Of a row, only the columns that its key names are sent.)', 'channel of another column');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', '{id}{E mail}', 'read', condition => 'id > 0' $$), '22023 mode read takes no condition, columns or lease (Each change of a row removes it from the cache.)', 'read with a condition');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'y:{id}', target => 'nowhere' $$), '42704 relay target "nowhere" does not exist (SELECT kv.add_target(''nowhere'', ...) makes it known.)', 'an unknown target');
SELECT is(pg_temp.refusal_of($$ 'other."My table"', 'y:{id}', target => NULL $$), '22023 target must not be NULL (It is the name of a Redis server: see kv.add_target.)', 'no target');

-- What cannot be watched
CREATE VIEW other.shown AS SELECT * FROM other."My table";
CREATE MATERIALIZED VIEW other.kept AS SELECT * FROM other."My table";
CREATE SEQUENCE other.numbers;
CREATE TEMP TABLE passing (id integer PRIMARY KEY);
CREATE FOREIGN DATA WRAPPER kv_test_wrapper;
CREATE SERVER kv_test_server FOREIGN DATA WRAPPER kv_test_wrapper;
CREATE FOREIGN TABLE other.remote (id integer) SERVER kv_test_server;
CREATE TABLE other.split (id integer) PARTITION BY RANGE (id);
CREATE FOREIGN TABLE other.split_remote PARTITION OF other.split FOR VALUES FROM (0) TO (10) SERVER kv_test_server;
SELECT is(pg_temp.refusal_of($$ 'other.shown', 'x' $$), '42809 cannot watch view "shown" (Name the tables that it reads.)', 'a view');
SELECT is(pg_temp.refusal_of($$ 'other.kept', 'x' $$), '42809 cannot watch materialized view "kept" (It has no triggers; name the tables that it reads.)', 'a materialized view');
SELECT is(pg_temp.refusal_of($$ 'other.numbers', 'x' $$), '42809 cannot watch relation "numbers" (Name a table.)', 'a sequence');
SELECT is(pg_temp.refusal_of($$ 'passing', 'x' $$), '42809 cannot watch temporary table "passing" (No other session sees its rows, and none caches them.)', 'a temporary table');
SELECT is(pg_temp.refusal_of($$ 'other.remote', 'x' $$), '42809 cannot watch foreign table "remote" (Its rows change elsewhere, where no trigger of this database sees it.)', 'a foreign table');
SELECT is(pg_temp.refusal_of($$ 'other.split', 'x' $$), '42809 cannot watch foreign table "split_remote" (Its rows change elsewhere, where no trigger of this database sees it.)', 'a table with a foreign partition');
SELECT is(pg_temp.refusal_of($$ 'pg_class', 'x' $$), '42809 cannot watch system catalog "pg_class" (Name a table of your own.)', 'a catalog');
SELECT is(pg_temp.refusal_of($$ 'kv.durable_key', 'x' $$), '42809 cannot watch pg_kv''s own table "durable_key" (Name a table of your own.)', 'a table of pg_kv');
SELECT is(pg_temp.refusal_of($$ 4294967295::oid::regclass, 'x' $$), '42P01 relation with OID 4294967295 does not exist (Name a table that is there.)', 'no table');
CREATE TABLE other.keyless (id integer);
SELECT is(pg_temp.refusal_of($$ 'other.keyless', mode => 'read' $$), '42704 the table has no primary key (Name the columns of a unique index: key => ''{column}''.)', 'read without a primary key');
DROP FOREIGN TABLE other.split_remote;
SELECT is(pg_temp.refusal_of($$ 'other.split', 'split:{id}' $$), 'none', 'without the foreign partition');
SELECT is(pg_temp.refusal($$ CREATE FOREIGN TABLE other.split_remote PARTITION OF other.split FOR VALUES FROM (0) TO (10) SERVER kv_test_server $$),
          '42809 foreign table other.split_remote cannot be below a watched table (Its rows change elsewhere, where no trigger sees it. SELECT kv.uncache_table(...) first.)', 'and none may come');

-- Ending it
SELECT is(pg_temp.refusal($$ SELECT kv.uncache_table('other.keyless') $$), '42704 table "keyless" is not watched (kv.cached_tables shows what is.)', 'not watched');
SELECT is(pg_temp.refusal($$ SELECT kv.uncache_table('other."My table"', 'mail') $$), '42704 table "My table" is not watched for key "mail" (kv.cached_tables shows the keys.)', 'not for that key');
SELECT lives_ok($$ SELECT kv.uncache_table('other."My table"', 'mail:{E mail}') $$, 'one key');
SELECT is(count(*), 6::bigint, 'the others stay') FROM kv.cached_tables WHERE "table" = 'other."My table"'::regclass;
SELECT isnt((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'other."My table"'::regclass), 0::bigint, 'so do the triggers');
SELECT lives_ok($$ SELECT kv.uncache_table('other."My table"') $$, 'all keys');
SELECT is(count(*), 0::bigint, 'none stays') FROM kv.cached_tables WHERE "table" = 'other."My table"'::regclass;
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'other."My table"'::regclass), 0::bigint, 'no trigger either');
SELECT is((SELECT count(*) FROM kv.watch_table WHERE relation = 'other."My table"'::regclass), 0::bigint, 'nor what is known of the table');

-- Rights
CREATE ROLE kv_test_owner;
CREATE ROLE kv_test_stranger;
CREATE FUNCTION pg_temp.refusal_to(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    answer := pg_temp.refusal(statement);
    RESET ROLE;
    RETURN answer;
END
$$;
GRANT USAGE ON SCHEMA other TO kv_test_owner, kv_test_stranger;
ALTER TABLE other.keyless OWNER TO kv_test_owner;
GRANT ALL ON other.keyless TO kv_test_stranger;
SELECT is(pg_temp.refusal_to('kv_test_owner', $$ SELECT kv.cache_table('other.keyless', 'k:{id}') $$), '42501 permission denied for schema kv ()', 'a stranger to pg_kv');
SELECT kv.grant_write('kv_test_owner') \g /dev/null
SELECT is(pg_temp.refusal_to('kv_test_owner', $$ SELECT kv.cache_table('other.keyless', 'k:{id}') $$), '42501 permission denied for function cache_table ()', 'who may write keys');
SELECT kv.grant_admin('kv_test_owner'), kv.grant_admin('kv_test_stranger') \g /dev/null
SELECT is(pg_temp.refusal_to('kv_test_owner', $$ SELECT kv.cache_table('other.keyless', 'k:{id}') $$), 'none', 'an administrator who owns the table');
SELECT is(pg_temp.refusal_to('kv_test_stranger', $$ SELECT kv.cache_table('other.keyless', 'l:{id}') $$), '42501 must be owner of table keyless ()', 'one who does not, with all rights to it');
SELECT is(pg_temp.refusal_to('kv_test_stranger', $$ SELECT kv.uncache_table('other.keyless') $$), '42501 must be owner of table keyless ()', 'nor may he end it');
SELECT is(pg_temp.refusal_to('kv_test_owner', $$ SELECT key FROM kv.cached_tables $$), 'none', 'the view');
SELECT is(pg_temp.refusal_to('kv_test_owner', $$ SELECT key FROM kv.watch $$), '42501 permission denied for table watch ()', 'not the table');
SELECT is(pg_temp.refusal_to('kv_test_owner', format('SELECT kv.%s', statement)), format('42501 permission denied for function %s ()', split_part(statement, '(', 1)), statement)
FROM unnest(ARRAY['place_triggers(''other.keyless'')', 'append_all(1)', 'watch_now(1, true)', 'set_trigger_firing(''other.keyless'', ''x'', ''D'')', 'set_up_watch(1)',
                  'clear_watches()', 'refresh_watch(1)', 'follow_watch(1, true)', 'tables_of_watch(1)', 'announce_tables()']) AS statement;
SELECT is(pg_temp.refusal_to('kv_test_owner', $$ CREATE TRIGGER mine AFTER INSERT ON other.keyless EXECUTE FUNCTION kv.capture_change() $$), '42501 permission denied for function kv.capture_change ()', 'nor a trigger of his own');
-- A definer's function does not lend its owner's tables, and a partition not its parent's owner.
CREATE FUNCTION other.lends() RETURNS integer LANGUAGE sql SECURITY DEFINER AS $$ SELECT kv.cache_table('other.keyless', 'lent:{id}') $$;
ALTER FUNCTION other.lends() OWNER TO kv_test_stranger;
SELECT is(pg_temp.refusal_to('kv_test_owner', 'SELECT other.lends()'), '42501 must be owner of table keyless ()', 'the role that counts is that of the function');
CREATE TABLE other.parent (id integer);
CREATE TABLE other.child () INHERITS (other.parent);
ALTER TABLE other.parent OWNER TO kv_test_stranger;
SELECT is(pg_temp.refusal_to('kv_test_stranger', $$ SELECT kv.cache_table('other.parent', 'p:{id}') $$), '42501 must be owner of table child ()', 'somebody else''s child');
-- Writers need no rights to anything of pg_kv's.
GRANT INSERT, SELECT, UPDATE, TRUNCATE ON other.keyless TO kv_test_stranger;
SELECT kv.revoke('kv_test_stranger') \g /dev/null
REVOKE ALL ON SCHEMA kv FROM kv_test_stranger;
SELECT is(pg_temp.refusal_to('kv_test_stranger', 'INSERT INTO other.keyless VALUES (1)'), 'none', 'a writer without rights to pg_kv');
SELECT is(pg_temp.sent(), 'i: k:1', 'is heard');
SELECT is(pg_temp.refusal_to('kv_test_owner', $$ SELECT kv.uncache_table('other.keyless') $$), 'none', 'the owner ends it');

-- What a condition brings along, the input of its literals among it, runs with the rights of the
-- table's owner: wherever it is parsed.
CREATE SCHEMA lair AUTHORIZATION kv_test_owner;
CREATE TABLE other.ran (as_whom text);
GRANT INSERT ON other.ran TO kv_test_owner;
SET ROLE kv_test_owner;
CREATE FUNCTION lair.note(what text) RETURNS void LANGUAGE sql AS $$ INSERT INTO other.ran VALUES (what) $$;
CREATE FUNCTION lair.spies(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    PERFORM lair.note(current_user);
    PERFORM set_config('search_path', 'lair', false);
    BEGIN
        PERFORM set_config('role', 'none', false);
    EXCEPTION WHEN insufficient_privilege THEN
        RETURN true;
    END;
    PERFORM lair.note('escaped to ' || current_user);
    RETURN true;
END $$;
CREATE DOMAIN lair.trap AS text CHECK (lair.spies(VALUE));
CREATE TYPE lair.bait AS (taken lair.trap);
RESET ROLE;
CREATE FUNCTION pg_temp.ran() RETURNS text LANGUAGE sql AS $$
    WITH gone AS (DELETE FROM other.ran RETURNING *) SELECT string_agg(DISTINCT as_whom, ', ') FROM gone $$;
CREATE TABLE other.lured (id integer PRIMARY KEY, n integer);
ALTER TABLE other.lured OWNER TO kv_test_owner;
GRANT ALL ON other.lured TO kv_test_stranger;
SELECT is(pg_temp.refusal_to('kv_test_owner', $$ SELECT kv.cache_table('other.lured', 'l:{id}', condition => '(''(x)''::lair.bait) IS NOT NULL') $$), 'none', 'a condition whose literal runs code');
SELECT is(pg_temp.ran(), 'kv_test_owner', 'runs it with the rights of the table''s owner');
SELECT is(problem, NULL, 'and is stored') FROM kv.cached_tables WHERE "table" = 'other.lured'::regclass;
SELECT is(pg_temp.refusal_to('kv_test_stranger', 'INSERT INTO other.lured VALUES (1)'), 'none', 'the same where somebody else writes');
SELECT is(pg_temp.ran(), 'kv_test_owner', 'and it is parsed again');
SELECT kv.cache_table('other.lured', 'm:{id}', condition => '(''(x)''::lair.bait) IS NOT NULL') \g /dev/null
SELECT is(pg_temp.ran(), 'kv_test_owner', 'where another role than the owner watches it');
INSERT INTO other.lured VALUES (2);
SELECT is(pg_temp.ran(), 'kv_test_owner', 'or writes it');
ALTER TABLE other.lured RENAME n TO number;
SELECT is(pg_temp.ran(), 'kv_test_owner', 'or alters it');

-- Triggers that somebody has disabled are shown
SELECT kv.cache_table('other.keyless', 'k:{id}') \g /dev/null
ALTER TABLE other.keyless DISABLE TRIGGER kv_capture_update;
SELECT is(problem, 'some of its triggers are missing or disabled on other.keyless', 'a disabled trigger') FROM kv.cached_tables WHERE key = 'k:{id}';
ALTER TABLE other.keyless ENABLE TRIGGER kv_capture_update;
SELECT is(problem, NULL, 'enabled again') FROM kv.cached_tables WHERE key = 'k:{id}';

SELECT * FROM finish();
ROLLBACK;
