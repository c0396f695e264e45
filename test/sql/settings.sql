-- The settings of the Redis protocol's door: defaults, units, and what is refused.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(38);

CREATE FUNCTION pg_temp.after(name text, value text) RETURNS text LANGUAGE sql
AS 'SELECT set_config(''kv.'' || name, value, true)';

SELECT is((SELECT count(*) FROM pg_settings WHERE name LIKE 'kv.%' AND short_desc = ''), 0::bigint,
          'every setting is described');
SELECT is((SELECT string_agg(name, ' ' ORDER BY name COLLATE "C") FROM pg_settings
           WHERE name LIKE 'kv.%' AND context <> 'superuser'),
          'kv.cache_events kv.cache_negative_ttl kv.cache_ttl kv.cache_wait kv.database kv.prefix kv.worker_databases', 'those of the door can be set for a database, by superusers');

-- Defaults are Redis's, but for who may come in.
SELECT is((SELECT boot_val FROM pg_settings WHERE name = 'kv.' || parameter), wanted, parameter)
FROM (VALUES ('port', '6380'), ('listen_addresses', 'localhost'), ('unix_socket', ''), ('client_role', 'kv_client'),
             ('default_role', ''), ('max_clients', '10000'), ('timeout', '0'), ('tcp_keepalive', '300'),
             ('max_bulk_length', '536870912'), ('query_buffer_limit', '1073741824'), ('enable_debug_command', 'no'),
             ('tls_port', '0')) AS defaults (parameter, wanted);

SELECT is(pg_temp.after('timeout', '5 min'), '5min', 'seconds have units');
SELECT is(pg_temp.after('command_timeout', '2s'), '2s', 'milliseconds too');
SELECT is(pg_temp.after('max_bulk_length', '2MB'), '2MB', 'and bytes');
SELECT is(pg_temp.after('unix_socket_permissions', '0770'), '0770', 'permissions are octal');
SELECT is(pg_temp.after('listen_addresses', 'localhost, ::1'), 'localhost, ::1', 'addresses');
SELECT is(pg_temp.after('output_buffer_limit', 'pubsub 1gb 8mb 5'), 'pubsub 1gb 8mb 5', 'a limit of one class');
SELECT is(pg_temp.after('tls_protocols', 'tlsv1.3'), 'tlsv1.3', 'a version of TLS');
SELECT is(pg_temp.after('slowlog_log_slower_than', '-1'), '-1', 'no slow log');
SELECT is(pg_temp.after('enable_debug_command', 'local'), 'local', 'a choice');

SELECT throws_ok(format('SELECT pg_temp.after(%L, %L)', setting, value), '22023', NULL,
                 setting || ' cannot be ' || value)
FROM (VALUES ('port', '65536'), ('port', '-1'), ('listen_addresses', 'a,,b'), ('unix_socket', 'kv.sock'),
             ('unix_socket', '/' || repeat('x', 107)), ('unix_socket_permissions', '01000'),
             ('client_role', repeat('x', 64)), ('max_clients', '0'), ('max_bulk_length', '513MB'),
             ('output_buffer_limit', 'normal 0 0'), ('output_buffer_limit', 'master 0 0 0'),
             ('enable_debug_command', 'remote'), ('tls_auth_clients', 'sometimes'),
             ('tls_protocols', 'SSLv3')) AS wrong (setting, value);

CREATE ROLE kv_test_stranger;
SET ROLE kv_test_stranger;
SELECT throws_ok('SET kv.port = 6400', '42501', NULL, 'only superusers set the port');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
