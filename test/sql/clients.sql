-- The views about the clients of the Redis protocol, in a database that no server serves, and the
-- rights to them. What they show is tested where there is a server.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(16);

SELECT is_empty('SELECT * FROM kv.clients', 'no clients');
SELECT is_empty('SELECT * FROM kv.slowlog', 'no slow commands');
SELECT is(kv.kill_client(1), false, 'nobody to disconnect');
SELECT is(kv.kill_client(NULL), NULL, 'nor is NULL anybody');

CREATE ROLE kv_test_stranger;
CREATE ROLE kv_test_reader;
CREATE ROLE kv_test_admin;
SELECT kv.grant_read('kv_test_reader'), kv.grant_admin('kv_test_admin') \g /dev/null

CREATE FUNCTION pg_temp.may(role name, statement text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('role', role, true);
    EXECUTE statement;
    PERFORM set_config('role', 'none', true);
    RETURN true;
EXCEPTION WHEN insufficient_privilege THEN
    RETURN false;
END
$$;

SELECT is(pg_temp.may(role, statement), wanted, role || CASE WHEN wanted THEN ' may: ' ELSE ' may not: ' END || statement)
FROM (VALUES ('SELECT * FROM kv.clients', false, true, true),
             ('SELECT * FROM kv.slowlog', false, false, true),
             ('SELECT kv.kill_client(1)', false, false, true)) AS tried (statement, stranger, reader, admin),
     LATERAL (VALUES ('kv_test_stranger', stranger), ('kv_test_reader', reader), ('kv_test_admin', admin)) AS roles (role, wanted);

SELECT kv.revoke('kv_test_admin') \g /dev/null
SELECT is(pg_temp.may('kv_test_admin', statement), false, 'revoked: ' || statement)
FROM (VALUES ('SELECT * FROM kv.clients'), ('SELECT * FROM kv.slowlog'), ('SELECT kv.kill_client(1)')) AS tried (statement);

SELECT * FROM finish();
ROLLBACK;
