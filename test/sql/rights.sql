-- Rights: EXECUTE on a command's function, and SELECT or INSERT on a database's view.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(108);

SELECT kv.flushall() \g /dev/null
SELECT kv.set('k', 'zero'), kv.set('k', 'one', db => 1), kv.set('k', 'cached', db => 2) FROM kv.set_storage(2, 'cache') \g /dev/null
CREATE ROLE "kv test Reader";
CREATE ROLE kv_test_member IN ROLE "kv test Reader";
-- pgTAP's functions are everybody's; what is to be tried runs as the role.
CREATE FUNCTION pg_temp.attempt(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    EXECUTE statement INTO answer;
    RESET ROLE;
    RETURN answer;
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate || ' ' || sqlerrm;
END
$$;
CREATE FUNCTION pg_temp.reader(statement text) RETURNS text LANGUAGE sql AS $$ SELECT pg_temp.attempt('kv test Reader', statement) $$;
CREATE FUNCTION pg_temp.refuses(statement text, what text) RETURNS text LANGUAGE sql AS $$
    SELECT is(left(pg_temp.reader(statement), 5), '42501', what) $$;

-- without any grant
SELECT is(pg_temp.reader('SELECT kv.get(''k'')'), '42501 permission denied for schema kv', 'a stranger: the schema is closed');
GRANT USAGE ON SCHEMA kv TO "kv test Reader";
SELECT is(pg_temp.reader('SELECT kv.get(''k'')'), '42501 permission denied for function get', 'a stranger: get');
SELECT is(pg_temp.reader('SELECT kv.set(''k'', ''x'')'), '42501 permission denied for function set', 'set');
SELECT is(pg_temp.reader('SELECT kv.call(''GET'', ''k'')'), '42501 permission denied for function call', 'call');
SELECT is(pg_temp.reader('SELECT count(*) FROM kv.keys'), '42501 permission denied for view keys', 'the view of keys');
SELECT is(pg_temp.reader('SELECT count(*) FROM kv.strings'), '42501 permission denied for view strings', 'the view of strings');
SELECT is(pg_temp.reader('SELECT count(*) FROM kv.durable_key'), '42501 permission denied for table durable_key', 'the table');
SELECT is(pg_temp.reader('SELECT count(*) FROM kv.cache_key'), '42501 permission denied for table cache_key', 'the table of caches');
SELECT is(pg_temp.reader('SELECT count(*) FROM kv.database_map'), '42501 permission denied for table database_map', 'the map');
SELECT is(pg_temp.reader('SELECT nextval(''kv.row_id'')'), '42501 permission denied for sequence row_id', 'the sequence');
SELECT pg_temp.refuses(statement, 'a stranger: ' || statement) FROM unnest(ARRAY['SELECT kv.grant_read(''"kv test Reader"'')', 'SELECT kv.grant_admin(''"kv test Reader"'')',
    'SELECT kv.name_database(0, ''mine'')', 'SELECT kv.set_storage(0, ''cache'')', 'SELECT kv.expire_batch()', 'SELECT kv.flushall()',
    'SELECT kv.announce_databases()', 'SELECT kv.cache_rows(2)', 'SELECT kv.info()', 'SELECT kv.administer()']) AS statement;
SELECT is((SELECT keys FROM kv.databases WHERE db = 0), 1::bigint, 'nothing was changed');

-- reading
SELECT kv.grant_read('"kv test Reader"') \g /dev/null
SELECT is(pg_temp.reader('SELECT kv.get(''k'')'), 'zero', 'grant_read: get, at once');
SELECT is(pg_temp.reader('SELECT kv.get(''k''::bytea)'), '\x7a65726f', 'as bytea');
SELECT is(pg_temp.reader('SELECT kv.get(''k'', db => 1)'), 'one', 'from every database');
SELECT is(pg_temp.reader('SELECT kv.get(''k'', db => 2)'), 'cached', 'from a cache');
SELECT is(pg_temp.reader('SELECT count(*) FROM kv.keys'), '3', 'the view of keys');
SELECT is(pg_temp.reader('SELECT string_agg(value, '','' ORDER BY db) FROM kv.strings'), 'zero,one,cached', 'the view of strings');
SELECT is(pg_temp.reader('SELECT sum(keys) FROM kv.databases'), '3', 'the view of databases');
SELECT is(pg_temp.reader('SELECT bool_or(can_write) FROM kv.databases'), 'false', 'which says what it may not');
SELECT is(pg_temp.reader('SELECT kv.dbsize()'), '1', 'dbsize');
SELECT is(pg_temp.reader('SELECT kv.call(''GET'', ''k'')'), convert_to(E'$4\r\nzero\r\n', 'UTF8')::text, 'kv.call of a command it may run');
SELECT is(pg_temp.reader('SELECT kv.call(''SET'', ''k'', ''x'')'), '42501 NOPERM this user has no permissions to run the ''set'' command', 'kv.call of another');
SELECT is(pg_temp.reader('SELECT kv.call(''FLUSHALL'')'), '42501 NOPERM this user has no permissions to run the ''flushall'' command', 'and of flushall');
SELECT is(pg_temp.reader('SELECT value FROM kv.info() WHERE name = ''redis_version'''), '7.2.4', 'kv.info');
SELECT pg_temp.refuses(statement, 'a reader: ' || statement) FROM unnest(ARRAY['SELECT kv.set(''k'', ''x'')', 'SELECT kv.getdel(''k'')', 'SELECT kv.getex(''k'')', 'SELECT kv.del(''k'')',
    'SELECT kv.expire(''k'', 1)', 'SELECT kv.flushdb()', 'SELECT count(*) FROM kv.durable_key', 'UPDATE kv.database_map SET keyspace = 0', 'SELECT kv.grant_write(''"kv test Reader"'')']) AS statement;
SELECT is(pg_temp.attempt('kv_test_member', 'SELECT kv.get(''k'')'), 'zero', 'a member of the role has its rights');
REVOKE "kv test Reader" FROM kv_test_member;
SELECT is(left(pg_temp.attempt('kv_test_member', 'SELECT kv.get(''k'')'), 5), '42501', 'and loses them with the membership');
GRANT "kv test Reader" TO kv_test_member;
SELECT is(pg_temp.attempt('kv_test_member', 'SELECT kv.get(''k'')'), 'zero', 'and has them again');

-- writing
SELECT kv.grant_write('"kv test Reader"') \g /dev/null
SELECT is(pg_temp.reader('SELECT kv.set(''w'', ''x'')'), 'OK', 'grant_write: set, at once');
SELECT is(pg_temp.reader('SELECT kv.call(''SET'', ''w'', ''y'')'), '\x2b4f4b0d0a', 'kv.call, too');
SELECT is(pg_temp.reader('SELECT kv.get(''w'')'), 'y', 'and reading');
SELECT is(pg_temp.reader('SELECT kv.move(''w'', 2)'), 'true', 'move');
SELECT pg_temp.refuses(statement, 'a writer: ' || statement) FROM unnest(ARRAY['SELECT kv.flushdb()', 'SELECT kv.flushall()', 'SELECT kv.swapdb(0, 1)', 'SELECT kv.call(''FLUSHDB'')',
    'SELECT kv.expire_batch()', 'TRUNCATE kv.durable_key']) AS statement;

-- administration
SELECT kv.grant_admin('"kv test Reader"') \g /dev/null
SELECT is(pg_temp.reader('SELECT kv.flushdb(db => 2)'), 'OK', 'grant_admin: flushdb, at once');
SELECT is(pg_temp.reader('SELECT kv.swapdb(0, 1)'), 'OK', 'swapdb');
SELECT is(pg_temp.reader('SELECT kv.swapdb(0, 1)'), 'OK', 'and back');
SELECT is(pg_temp.reader('SELECT kv.administer()::text'), NULL, 'the right to administer the server of the Redis protocol');
SELECT pg_temp.refuses(statement, 'an administrator of keys: ' || statement) FROM unnest(ARRAY['SELECT kv.grant_read(''kv_test_member'')', 'SELECT kv.set_storage(0, ''cache'')', 'SELECT kv.name_database(0, ''x'')']) AS statement;

-- taking back
SELECT kv.revoke('"kv test Reader"') \g /dev/null
SELECT pg_temp.refuses(statement, 'after revoke: ' || statement) FROM unnest(ARRAY['SELECT kv.get(''k'')', 'SELECT kv.set(''k'', ''x'')', 'SELECT kv.flushdb()', 'SELECT kv.call(''GET'', ''k'')',
    'SELECT count(*) FROM kv.keys', 'SELECT count(*) FROM kv.databases', 'SELECT count(*) FROM kv.stats', 'SELECT kv.info()', 'SELECT FROM kv.db0', 'SELECT kv.administer()']) AS statement;
SELECT is_empty($$ SELECT oid::regprocedure FROM pg_proc, aclexplode(proacl) AS acl WHERE pronamespace = 'kv'::regnamespace AND acl.grantee = '"kv test Reader"'::regrole $$,
    'revoke leaves no function');
SELECT is_empty($$ SELECT oid::regclass FROM pg_class, aclexplode(relacl) AS acl WHERE relnamespace = 'kv'::regnamespace AND acl.grantee = '"kv test Reader"'::regrole $$,
    'and no relation');

-- by database
SELECT kv.grant_read('"kv test Reader"', 1) \g /dev/null
SELECT is(pg_temp.reader('SELECT kv.get(''k'', db => 1)'), 'one', 'the right to read one database');
SELECT is(pg_temp.reader('SELECT kv.get(''k'')'), '42501 permission denied to read database 0 of pg_kv', 'is none to another');
SELECT is(pg_temp.reader('SELECT string_agg(value, '','') FROM kv.strings'), 'one', 'the views show that one');
SELECT is(pg_temp.reader('SELECT string_agg(db::text, '','') FROM kv.databases WHERE keys IS NOT NULL'), '1', 'and its size');
SELECT is(pg_temp.reader('SELECT kv.database_size(0)'), NULL, 'that of another is unknown');
SELECT is(pg_temp.reader('SELECT kv.dbsize()'), '42501 permission denied to read database 0 of pg_kv', 'dbsize of another');
SELECT is(pg_temp.reader('SELECT kv.scan(0)'), '42501 permission denied to read database 0 of pg_kv', 'scan of another');
SELECT is(pg_temp.reader('SELECT kv.randomkey()'), '42501 permission denied to read database 0 of pg_kv', 'randomkey of another');
SELECT kv.grant_write('"kv test Reader"', 3) \g /dev/null
SELECT is(pg_temp.reader('SELECT kv.set(''k'', ''x'', db => 3)'), 'OK', 'the right to write one database');
SELECT is(pg_temp.reader('SELECT kv.set(''k'', ''x'', db => 1)'), '42501 permission denied to write database 1 of pg_kv', 'is none to write another');
SELECT is(pg_temp.reader('SELECT kv.move(''k'', 1, db => 3)'), '42501 permission denied to write database 1 of pg_kv', 'nor to move a key there');
SELECT is(pg_temp.reader('SELECT kv.copy(''k'', ''k'', destination_db => 0, db => 3)'), '42501 permission denied to write database 0 of pg_kv', 'or to copy it');
SELECT is(kv.exists('k'), 1::bigint, 'nothing of which happened') WHERE kv.get('k') = 'zero';
SELECT kv.grant_admin('"kv test Reader"', 3) \g /dev/null
SELECT is(pg_temp.reader('SELECT kv.flushdb(db => 3)'), 'OK', 'the right to flush one database');
SELECT pg_temp.refuses('SELECT kv.administer()', 'is not that to administer the server');
SELECT is(pg_temp.reader('SELECT kv.flushdb(db => 1)'), '42501 permission denied to write database 1 of pg_kv', 'is none to flush another');
SELECT is(pg_temp.reader('SELECT kv.flushall()'), '42501 permission denied to write database 0 of pg_kv', 'nor all');
SELECT is(pg_temp.reader('SELECT kv.swapdb(3, 1)'), '42501 permission denied to write database 1 of pg_kv', 'nor to swap it away');
SELECT kv.revoke('"kv test Reader"', 3) \g /dev/null
SELECT is(pg_temp.reader('SELECT kv.set(''k'', ''x'', db => 3)'), '42501 permission denied to write database 3 of pg_kv', 'revoke for one database');
SELECT is(pg_temp.reader('SELECT kv.get(''k'', db => 1)'), 'one', 'leaves the others');
SELECT kv.revoke('"kv test Reader"') \g /dev/null

-- by the catalog's own means
GRANT SELECT ON kv.db1 TO "kv test Reader";
GRANT EXECUTE ON FUNCTION kv.get(text, integer) TO "kv test Reader";
SELECT is(pg_temp.reader('SELECT kv.get(''k'', db => 1)'), 'one', 'GRANT SELECT on kv.db1 is the right to read');
SELECT is(pg_temp.reader('SELECT kv.set(''k'', ''x'', db => 1)'), '42501 permission denied for function set', 'set has a right of its own');
SELECT kv.grant_command('"kv test Reader"', 'SET') \g /dev/null
SELECT is(pg_temp.reader('SELECT kv.set(''k'', ''x'', db => 1)'), '42501 permission denied to write database 1 of pg_kv', 'which is not the right to the database');
GRANT INSERT ON kv.db1 TO "kv test Reader";
SELECT is(pg_temp.reader('SELECT kv.set(''k'', 5, db => 1)'), 'OK', 'GRANT INSERT on kv.db1 is, and grant_command was for every form');
SELECT is(pg_temp.reader('SELECT kv.incr(''k'', db => 1)'), '42501 permission denied for function incr', 'for one command');
REVOKE SELECT ON kv.db1 FROM "kv test Reader";
SELECT is(pg_temp.reader('SELECT kv.get(''k'', db => 1)'), '42501 permission denied to read database 1 of pg_kv', 'REVOKE takes effect at once');
SELECT kv.grant_command('"kv test Reader"', 'object encoding') \g /dev/null
GRANT SELECT ON kv.db1 TO "kv test Reader";
SELECT is(pg_temp.reader('SELECT kv.object_encoding(''k'', db => 1)'), 'int', 'grant_command of a subcommand');
SELECT throws_ok($$ SELECT kv.grant_command('"kv test Reader"', 'NOSUCH') $$, '42883', 'pg_kv has no command "NOSUCH"', 'grant_command of an unknown command');
SELECT throws_ok($$ SELECT kv.grant_read('"kv test Reader"', 16) $$, '22023', 'DB index is out of range', 'grant_read of an unknown database');
SELECT throws_ok($$ SELECT kv.grant_read('nobody_of_that_name') $$, '42704', NULL, 'grant_read to an unknown role');

-- with the rights of a function's owner
CREATE FUNCTION pg_temp.lent() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT kv.get('k') $$;
CREATE FUNCTION pg_temp.both() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN pg_temp.lent() || kv.get('k');
END
$$;
SELECT is(pg_temp.reader('SELECT pg_temp.lent()'), 'zero', 'a SECURITY DEFINER function lends its owner''s rights');
SELECT is(pg_temp.reader('SELECT pg_temp.both()'), '42501 permission denied to read database 0 of pg_kv', 'and only for as long as it runs');
SELECT is(kv.get('k'), 'zero', 'the owner may read as before');

SELECT * FROM finish();
ROLLBACK;
