
-- The clients of the Redis protocol, of the server of this database.

CREATE FUNCTION kv.client_states(
    OUT "user" name, OUT id bigint, OUT address text, OUT local_address text, OUT name text, OUT db integer,
    OUT connected bigint, OUT used bigint, OUT flags text, OUT last_command text, OUT queued bigint,
    OUT input_bytes bigint, OUT output_bytes bigint, OUT commands bigint, OUT library text, OUT library_version text,
    OUT resp integer, OUT tls boolean
)
RETURNS SETOF record LANGUAGE c VOLATILE PARALLEL RESTRICTED ROWS 100
AS 'MODULE_PATHNAME', 'kv_client_states';
COMMENT ON FUNCTION kv.client_states() IS
'What the view kv.clients is made of; times in milliseconds since 1970. Shows those who may not execute kv.administer() the clients of their own roles';

CREATE VIEW kv.clients AS
SELECT states.id, states.address, states.local_address, states.name, states."user", states.db,
       pg_catalog.to_timestamp(states.connected / 1000.0) AS connected_at,
       greatest(pg_catalog.clock_timestamp() - pg_catalog.to_timestamp(states.used / 1000.0), interval '0') AS idle,
       states.flags, states.last_command, states.commands, states.queued,
       states.input_bytes, states.output_bytes, states.library, states.library_version, states.resp, states.tls
FROM kv.client_states() AS states;
COMMENT ON VIEW kv.clients IS
'The clients that are connected to this database by the Redis protocol: for administrators all, for others those of their own roles';
COMMENT ON COLUMN kv.clients.id IS 'Number of the client, for kv.kill_client and CLIENT KILL ID';
COMMENT ON COLUMN kv.clients.address IS 'Where it comes from, with its port';
COMMENT ON COLUMN kv.clients.local_address IS 'Where it came in';
COMMENT ON COLUMN kv.clients.name IS 'What CLIENT SETNAME gave it';
COMMENT ON COLUMN kv.clients."user" IS 'The role that it acts as, NULL if it has not logged in';
COMMENT ON COLUMN kv.clients.db IS 'Number of the database that it has selected';
COMMENT ON COLUMN kv.clients.connected_at IS 'When it came';
COMMENT ON COLUMN kv.clients.idle IS 'How long ago its last command was';
COMMENT ON COLUMN kv.clients.flags IS 'Letters as in CLIENT LIST: N nothing, x in MULTI, b waits, O monitors, U Unix socket, c is being closed, e and T no-evict and no-touch';
COMMENT ON COLUMN kv.clients.last_command IS 'Its last command';
COMMENT ON COLUMN kv.clients.commands IS 'How many commands it has run';
COMMENT ON COLUMN kv.clients.queued IS 'Commands queued in MULTI, NULL outside of it';
COMMENT ON COLUMN kv.clients.input_bytes IS 'Bytes that it has sent and that were not yet executed';
COMMENT ON COLUMN kv.clients.output_bytes IS 'Bytes of replies that it has not yet read';
COMMENT ON COLUMN kv.clients.library IS 'Name of its library, as CLIENT SETINFO told it';
COMMENT ON COLUMN kv.clients.library_version IS 'Version of its library';
COMMENT ON COLUMN kv.clients.resp IS 'Version of the protocol, 2 or 3';
COMMENT ON COLUMN kv.clients.tls IS 'Whether it came by TLS';

CREATE FUNCTION kv.slow_commands(
    OUT id bigint, OUT "time" bigint, OUT microseconds bigint, OUT command text, OUT address text, OUT name text
)
RETURNS SETOF record LANGUAGE c VOLATILE PARALLEL RESTRICTED ROWS 100
AS 'MODULE_PATHNAME', 'kv_slow_commands';
COMMENT ON FUNCTION kv.slow_commands() IS 'What the view kv.slowlog is made of; times in seconds since 1970';

CREATE VIEW kv.slowlog AS
SELECT slow.id, pg_catalog.to_timestamp(slow."time") AS at, slow.microseconds, slow.command, slow.address, slow.name
FROM kv.slow_commands() AS slow;
COMMENT ON VIEW kv.slowlog IS
'Commands of the Redis protocol that took longer than kv.slowlog_log_slower_than, the latest first, since the server process began or SLOWLOG RESET';
COMMENT ON COLUMN kv.slowlog.id IS 'Number of the line, as in SLOWLOG GET';
COMMENT ON COLUMN kv.slowlog.at IS 'When the command ended';
COMMENT ON COLUMN kv.slowlog.microseconds IS 'How long it took';
COMMENT ON COLUMN kv.slowlog.command IS 'The command and its arguments, each in double quotes, long ones shortened';
COMMENT ON COLUMN kv.slowlog.address IS 'Where the client came from';
COMMENT ON COLUMN kv.slowlog.name IS 'What CLIENT SETNAME gave the client';

CREATE FUNCTION kv.kill_client(id bigint)
RETURNS boolean LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'kv_kill_client';
COMMENT ON FUNCTION kv.kill_client(bigint) IS
'Disconnects a client of the Redis protocol and ends what it is doing, as CLIENT KILL ID does; false if there is none of that number in kv.clients';
