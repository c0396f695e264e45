-- What is watched follows its table: renames, types, dropped columns; or says what broke.
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
-- A step in a subtransaction of its own, so that what was said before is said again.
CREATE FUNCTION pg_temp.sent_by(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        EXECUTE statement;
    EXCEPTION WHEN division_by_zero THEN
    END;
    RETURN pg_temp.sent();
END
$$;
CREATE FUNCTION pg_temp.state(watched regclass) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', key, condition, columns::text, channel, '!' || problem), '; ' ORDER BY id)
    FROM kv.cached_tables WHERE "table" = watched $$;
SET LOCAL client_min_messages = error;

CREATE TABLE user_row (id integer PRIMARY KEY, mail text, state text, n integer);
CREATE FUNCTION pg_temp.pass(n integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT n > 0 $$;
CREATE SCHEMA fn;
CREATE FUNCTION fn.pass(n integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT n > 0 $$;
SELECT kv.cache_table('user_row', 'u:{id}:{mail}:{{', 'publish', condition => $$state = 'on' AND fn.pass(n)$$, columns => '{n,id,state}', channel => 'c:{mail}') \g /dev/null
SELECT is(pg_temp.state('user_row'), 'u:{id}:{mail}:{{ ((state = ''on''::text) AND fn.pass(n)) {n,id,state} c:{mail}', 'as it was set up');

-- Names
ALTER TABLE user_row RENAME COLUMN mail TO "E mail";
ALTER TABLE user_row RENAME COLUMN state TO "State";
ALTER TABLE user_row RENAME n TO number;
ALTER FUNCTION fn.pass RENAME TO passes;
ALTER SCHEMA fn RENAME TO functions;
ALTER TABLE user_row RENAME TO users;
SELECT is(pg_temp.state('users'), 'u:{id}:{E mail}:{{ (("State" = ''on''::text) AND functions.passes(number)) {number,id,State} c:{E mail}', 'renamed columns, function, schema and table');
SELECT is(pg_temp.sent_by($$ INSERT INTO users VALUES (1, 'm', 'on', 1) $$), 'i: u:1:m:{', 'keys are made as before');
ALTER TABLE users RENAME id TO other;
ALTER TABLE users RENAME "E mail" TO id;
ALTER TABLE users RENAME other TO "E mail";
SELECT is(pg_temp.state('users'), 'u:{E mail}:{id}:{{ (("State" = ''on''::text) AND functions.passes(number)) {number,"E mail",State} c:{id}', 'names that change places');
SELECT is(pg_temp.sent_by($$ UPDATE users SET number = 2 $$), 'u: u:1:m:{', 'the same keys');
CREATE SCHEMA elsewhere;
ALTER TABLE users SET SCHEMA elsewhere;
SELECT is(pg_temp.sent_by($$ UPDATE elsewhere.users SET number = 3 $$), 'u: u:1:m:{', 'in another schema');
SET LOCAL session_replication_role = replica;
ALTER TABLE elsewhere.users RENAME id TO mail;
RESET session_replication_role;
SELECT is(pg_temp.state('elsewhere.users'), 'u:{E mail}:{mail}:{{ (("State" = ''on''::text) AND functions.passes(number)) {number,"E mail",State} c:{mail}', 'in a session that replays');

-- Columns that come, go, and change their type
ALTER TABLE elsewhere.users ADD extra integer DEFAULT 5;
SELECT is(pg_temp.sent(), NULL, 'a new column');
ALTER TABLE elsewhere.users DROP extra;
SELECT is(pg_temp.sent_by($$ UPDATE elsewhere.users SET number = 4 $$), 'u: u:1:m:{', 'and dropped');
ALTER TABLE elsewhere.users ALTER number TYPE smallint, ALTER "State" TYPE varchar(10);
SELECT is(pg_temp.sent(), 't', 'a table that is written anew');
SELECT is(pg_temp.state('elsewhere.users'), 'u:{E mail}:{mail}:{{ ((("State")::text = ''on''::text) AND functions.passes((number)::integer)) {number,"E mail",State} c:{mail}', 'types');
SELECT is(pg_temp.sent_by($$ UPDATE elsewhere.users SET number = 6 $$), 'u: u:1:m:{', 'keys and condition as before');
ALTER TABLE elsewhere.users ALTER "State" TYPE integer USING 1;
SELECT is(pg_temp.state('elsewhere.users'), 'u:{E mail}:{mail}:{{ ((("State")::text = ''on''::text) AND functions.passes((number)::integer)) {number,"E mail",State} c:{mail}', 'a type that still fits');
ALTER TABLE elsewhere.users ALTER number TYPE date USING '2024-01-01';
SELECT is(pg_temp.state('elsewhere.users'), 'u:{E mail}:{mail}:{{ ((("State")::text = ''on''::text) AND functions.passes((number)::integer)) {number,"E mail",State} c:{mail} !cannot cast type date to integer', 'one that does not');
DELETE FROM kv.relay_outbox_0;
SELECT is(pg_temp.sent_by($$ INSERT INTO elsewhere.users VALUES (2), (3) $$), 't', 'each change may concern any key');
SELECT is(pg_temp.sent_by($$ UPDATE elsewhere.users SET number = number $$), NULL, 'one that changes nothing does not');
SELECT is(pg_temp.sent_by($$ SET LOCAL session_replication_role = replica; INSERT INTO elsewhere.users VALUES (4), (5); RESET session_replication_role $$), 't', 'replayed, too');
ALTER TABLE elsewhere.users ALTER number TYPE integer USING 7;
SELECT is(pg_temp.state('elsewhere.users'), 'u:{E mail}:{mail}:{{ ((("State")::text = ''on''::text) AND functions.passes(number)) {number,"E mail",State} c:{mail}', 'mended');
DELETE FROM kv.relay_outbox_0;
SAVEPOINT a;
DROP FUNCTION functions.passes;
SELECT is(pg_temp.state('elsewhere.users'), 'u:{E mail}:{mail}:{{ ((("State")::text = ''on''::text) AND functions.passes(number)) {number,"E mail",State} c:{mail} !function functions.passes(integer) does not exist', 'a function that is dropped');
SELECT is(pg_temp.sent_by($$ INSERT INTO elsewhere.users VALUES (6) $$), 't', 'does not keep anybody from writing');
ROLLBACK TO a;
ALTER TABLE elsewhere.users DROP "State";
SELECT is(pg_temp.state('elsewhere.users'), 'u:{E mail}:{mail}:{{ ((("State")::text = ''on''::text) AND functions.passes(number)) {number,"E mail",State} c:{mail} !column "State" of table "users" is gone', 'a column of the condition');
SELECT kv.uncache_table('elsewhere.users') \g /dev/null
SELECT kv.cache_table('elsewhere.users', 'm:{mail}'), kv.cache_table('elsewhere.users', 'n:{number}'), kv.cache_table('elsewhere.users', 'r:{E mail}', 'refresh') \g /dev/null
SELECT is(pg_temp.sent_by($$ ALTER TABLE elsewhere.users DROP mail $$), 't', 'rows that are stored as they are have one column less');
SELECT is(pg_temp.state('elsewhere.users'), 'm:{mail} !column "mail" of table "users" is gone; n:{number}; r:{E mail}', 'a column of a template');
SELECT is(pg_temp.sent_by($$ INSERT INTO elsewhere.users ("E mail", number) VALUES (10, 11) $$), 't; i: n:11; i: r:10', 'the others go on');
SET LOCAL client_min_messages = warning;
ALTER TABLE elsewhere.users ADD mail text;
SELECT is(pg_temp.state('elsewhere.users'), 'm:{mail}; n:{number}; r:{E mail}', 'a column of the same name mends it');

SET LOCAL client_min_messages = error;
ALTER TABLE elsewhere.users RENAME number TO "a}b";
SELECT is(pg_temp.state('elsewhere.users'), 'm:{mail}; n:{number} !column "number" of table "users" has a name with a brace now; r:{E mail}', 'a name that no template can have');
ALTER TABLE elsewhere.users RENAME "a}b" TO ab;
SELECT is(pg_temp.state('elsewhere.users'), 'm:{mail}; n:{ab}; r:{E mail}', 'another one mends it');
SET LOCAL client_min_messages = warning;

-- Types whose values have other texts
DELETE FROM kv.relay_outbox_0;
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TYPE place AS (x integer);
CREATE TYPE places AS (one place);
CREATE TABLE typed (id integer PRIMARY KEY, mood mood);
CREATE TABLE placed (id integer PRIMARY KEY, at places[]);
SELECT kv.cache_table('typed', 'typed:{mood}'), kv.cache_table('placed', 'placed:{id}', 'refresh') \g /dev/null
SELECT is(pg_temp.sent_by($$ ALTER TYPE mood RENAME VALUE 'good' TO 'fine' $$), 't', 'a value of an enum is renamed');
SELECT is(pg_temp.sent_by($$ ALTER TYPE place ADD ATTRIBUTE y integer $$), 't', 'a type within a column''s type has one attribute more');
SELECT is(pg_temp.sent_by($$ ALTER TYPE place RENAME ATTRIBUTE x TO z $$), 't', 'or another name of one');
CREATE TYPE alone AS ENUM ('x');
SELECT is(pg_temp.sent_by($$ ALTER TYPE alone RENAME VALUE 'x' TO 'y' $$), NULL, 'a type that no watched table has');
DROP TABLE typed, placed;

-- Tables that go
SELECT kv.cache_table('elsewhere.users', mode => 'read') \g /dev/null
DROP TABLE elsewhere.users;
SELECT is((SELECT count(*) FROM kv.watch) + (SELECT count(*) FROM kv.watch_table), 0::bigint, 'DROP TABLE');
CREATE TABLE elsewhere.again (id integer PRIMARY KEY);
SELECT kv.cache_table('elsewhere.again', 'a:{id}') \g /dev/null
DROP SCHEMA elsewhere CASCADE;
SELECT is((SELECT count(*) FROM kv.watch) + (SELECT count(*) FROM kv.watch_table), 0::bigint, 'DROP SCHEMA');

-- The extension
CREATE TABLE kept (id integer PRIMARY KEY);
SELECT kv.cache_table('kept', 'k:{id}') \g /dev/null
SAVEPOINT b;
SELECT throws_ok('DROP EXTENSION pg_kv', '2BP01', 'cannot drop extension pg_kv because other objects depend on it', 'DROP EXTENSION speaks of the triggers');
SELECT lives_ok('DROP EXTENSION pg_kv CASCADE', 'CASCADE');
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'kept'::regclass), 0::bigint, 'drops them');
INSERT INTO kept VALUES (1);
CREATE EXTENSION pg_kv;
INSERT INTO kept VALUES (2);
INSERT INTO kv.relay_target (name, host, port, database, tls, prefix) VALUES ('default', '127.0.0.1', 6379, 0, false, '');
SELECT kv.cache_table('kept', 'again:{id}') \g /dev/null
INSERT INTO kept VALUES (3);
SELECT is(pg_temp.sent(), 'i: again:3', 'a new extension knows nothing of the old');

SELECT * FROM finish();
ROLLBACK;
