-- The relay: targets, and what is done by hand. src/outbox/README.md tells how it works.

CREATE FUNCTION kv.relay_changed()
RETURNS trigger LANGUAGE c
AS 'MODULE_PATHNAME', 'kv_relay_changed';
COMMENT ON FUNCTION kv.relay_changed() IS 'Tells the relay that kv.relay_target changed';

CREATE TRIGGER kv_relay_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON kv.relay_target
FOR EACH STATEMENT EXECUTE FUNCTION kv.relay_changed();

CREATE FUNCTION kv.announce_relay()
RETURNS void LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'kv_relay_changed';
COMMENT ON FUNCTION kv.announce_relay() IS 'Tells the relay to look at everything again, once the transaction has committed';

-- Targets -----------------------------------------------------------------------------------------

CREATE FUNCTION kv.add_target(
    name text, host text DEFAULT '127.0.0.1', port integer DEFAULT 6379, database integer DEFAULT 0,
    username text DEFAULT NULL, password text DEFAULT NULL, tls boolean DEFAULT false,
    tls_ca_file text DEFAULT NULL, prefix text DEFAULT ''
)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF name IS NULL OR name = '' OR host IS NULL OR host = '' OR port IS NULL OR database IS NULL
       OR tls IS NULL OR prefix IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'a target has a name, host, port, database, tls and prefix',
            HINT = 'What is left out of the call has a default.';
    END IF;
    IF port NOT BETWEEN 1 AND 65535 OR database < 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'port or database is out of range',
            HINT = 'Ports are numbered 1 to 65535, databases from 0.';
    END IF;
    IF EXISTS (SELECT FROM kv.relay_target AS target WHERE target.name = add_target.name) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
            MESSAGE = format('target "%s" already exists', name),
            HINT = 'kv.alter_target changes a target.';
    END IF;
    INSERT INTO kv.relay_target (name, host, port, database, username, password, tls, tls_ca_file, prefix)
    VALUES (name, host, port, database, nullif(username, ''), nullif(password, ''), tls,
            nullif(tls_ca_file, ''), prefix);
END
$$;
COMMENT ON FUNCTION kv.add_target(text, text, integer, integer, text, text, boolean, text, text) IS
'Adds an external Redis server that changes may be sent to. host is a name, an address or the path of a Unix socket. The prefix stands before every key and channel there. Nobody but the extension''s owner can read the password back; but log_statement logs statements as they are written, as with CREATE ROLE.';

CREATE FUNCTION kv.alter_target(
    name text, host text DEFAULT NULL, port integer DEFAULT NULL, database integer DEFAULT NULL,
    username text DEFAULT NULL, password text DEFAULT NULL, tls boolean DEFAULT NULL,
    tls_ca_file text DEFAULT NULL, prefix text DEFAULT NULL
)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF host = '' OR port NOT BETWEEN 1 AND 65535 OR database < 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'host, port or database is out of range',
            HINT = 'A host is not empty; ports are numbered 1 to 65535, databases from 0.';
    END IF;
    UPDATE kv.relay_target AS target
    SET host = coalesce(alter_target.host, target.host),
        port = coalesce(alter_target.port, target.port),
        database = coalesce(alter_target.database, target.database),
        username = nullif(coalesce(alter_target.username, target.username), ''),
        password = nullif(coalesce(alter_target.password, target.password), ''),
        tls = coalesce(alter_target.tls, target.tls),
        tls_ca_file = nullif(coalesce(alter_target.tls_ca_file, target.tls_ca_file), ''),
        prefix = coalesce(alter_target.prefix, target.prefix)
    WHERE target.name = alter_target.name;
    PERFORM kv.check_target_found(FOUND, name);
END
$$;
COMMENT ON FUNCTION kv.alter_target(text, text, integer, integer, text, text, boolean, text, text) IS
'Changes what is given of a target, and has the relay connect anew at once. An empty text takes away user, password or file.';

CREATE FUNCTION kv.check_target_found(is_found boolean, name text)
RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT is_found THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('target "%s" does not exist', name),
            HINT = 'kv.relay_targets lists the targets.';
    END IF;
END
$$;
COMMENT ON FUNCTION kv.check_target_found(boolean, text) IS 'Raises an error unless a target was found';

CREATE FUNCTION kv.drop_target(name text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    users text;
BEGIN
    -- Who is about to send something there locks it, too.
    PERFORM FROM kv.relay_target AS target WHERE target.name = drop_target.name FOR UPDATE;
    SELECT string_agg(coalesce(watch."table"::text, watch.pattern), ', ' ORDER BY watch.id) INTO users
    FROM kv.watch AS watch WHERE watch.target = drop_target.name;
    IF users IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist',
            MESSAGE = format('target "%s" is in use', name),
            DETAIL = format('Changes are sent there of: %s', users),
            HINT = 'Call kv.uncache_table or kv.unmirror_keys for them first.';
    END IF;
    DELETE FROM kv.relay_target AS target WHERE target.name = drop_target.name;
    PERFORM kv.check_target_found(FOUND, name);
END
$$;
COMMENT ON FUNCTION kv.drop_target(text) IS 'Removes a target that nothing is sent to any more';

CREATE FUNCTION kv.relay_pause(name text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE kv.relay_target AS target SET paused = true
    WHERE target.name = relay_pause.name OR relay_pause.name IS NULL;
    PERFORM kv.check_target_found(FOUND OR name IS NULL, name);
END
$$;
COMMENT ON FUNCTION kv.relay_pause(text) IS
'Sends nothing to a target, or to any, until kv.relay_resume: changes are kept, one for each key';

CREATE FUNCTION kv.relay_resume(name text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE kv.relay_target AS target SET paused = false
    WHERE target.name = relay_resume.name OR relay_resume.name IS NULL;
    PERFORM kv.check_target_found(FOUND OR name IS NULL, name);
END
$$;
COMMENT ON FUNCTION kv.relay_resume(text) IS 'Sends to a target, or to all, again';

-- Dead letters ------------------------------------------------------------------------------------

CREATE VIEW kv.relay_dead_letters AS
SELECT dead.id, watch.target, watch."table", dead.key,
       CASE dead.operation WHEN 'i' THEN 'insert' WHEN 'u' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'truncate' END AS operation,
       dead.reason, dead.tries, dead.since, dead.died_at
FROM kv.relay_dead AS dead LEFT JOIN kv.watch AS watch ON watch.id = dead.watch;
COMMENT ON VIEW kv.relay_dead_letters IS
'Changes that a Redis server refused kv.relay_max_tries times, and why; see kv.relay_requeue';
COMMENT ON COLUMN kv.relay_dead_letters.key IS 'Without the target''s prefix; empty where all keys are concerned';
COMMENT ON COLUMN kv.relay_dead_letters.target IS 'NULL if the table is watched no more';
COMMENT ON COLUMN kv.relay_dead_letters.since IS 'When the change was made';

CREATE FUNCTION kv.relay_requeue(id bigint DEFAULT NULL, target text DEFAULT NULL)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    requeued bigint;
BEGIN
    WITH chosen AS (
        DELETE FROM kv.relay_dead AS dead USING kv.watch AS watch
        WHERE watch.id = dead.watch AND watch.target IS NOT NULL
          AND (relay_requeue.id IS NULL OR dead.id = relay_requeue.id)
          AND (relay_requeue.target IS NULL OR watch.target = relay_requeue.target)
        RETURNING dead.*
    ), put AS (
        INSERT INTO kv.relay_pending (watch, digest, key, operation, identity, since, retry_at)
        SELECT DISTINCT ON (chosen.watch, chosen.key, chosen.operation = 't')
               chosen.watch, CASE chosen.operation WHEN 't' THEN '' ELSE sha256(chosen.key) END,
               chosen.key, chosen.operation, chosen.identity, chosen.since, clock_timestamp()
        FROM chosen ORDER BY chosen.watch, chosen.key, chosen.operation = 't', chosen.since DESC
        ON CONFLICT (watch, digest) DO NOTHING
    )
    SELECT count(*) INTO requeued FROM chosen;
    PERFORM kv.announce_relay();
    RETURN requeued;
END
$$;
COMMENT ON FUNCTION kv.relay_requeue(bigint, text) IS
'Sends dead letters again: one, those of a target, or all. Returns how many.';

-- What is going on --------------------------------------------------------------------------------

CREATE FUNCTION kv.relay_backlog(OUT watch integer, OUT keys bigint, OUT oldest timestamptz)
RETURNS SETOF record LANGUAGE c VOLATILE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'kv_relay_backlog';
COMMENT ON FUNCTION kv.relay_backlog() IS 'How many keys of what is watched stand in the outbox';

CREATE FUNCTION kv.relay_figures(
    OUT name name, OUT state text, OUT problem text, OUT since timestamptz,
    OUT sent bigint, OUT retried bigint, OUT dead bigint, OUT latency_p50 interval, OUT latency_p99 interval
)
RETURNS SETOF record LANGUAGE c VOLATILE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'kv_relay_figures';
COMMENT ON FUNCTION kv.relay_figures() IS 'What the relay says of its targets; nothing unless pg_kv is preloaded';

CREATE VIEW kv.relay_targets AS
WITH waiting AS (
    SELECT watch.target, sum(backlog.keys) AS keys, min(backlog.oldest) AS oldest
    FROM (SELECT outbox.watch, outbox.keys, outbox.oldest FROM kv.relay_backlog() AS outbox
          UNION ALL
          SELECT pending.watch, count(*), min(pending.since) FROM kv.relay_pending AS pending GROUP BY pending.watch
         ) AS backlog
    JOIN kv.watch AS watch ON watch.id = backlog.watch
    GROUP BY watch.target
)
SELECT target.name, target.host, target.port, target.database, target.username,
       target.password IS NOT NULL AS has_password, target.tls, target.prefix, target.paused,
       coalesce(figures.state, 'no worker') AS state, figures.problem, figures.since,
       coalesce(waiting.keys, 0)::bigint AS backlog, waiting.oldest,
       figures.sent, figures.retried, figures.dead, figures.latency_p50, figures.latency_p99
FROM kv.relay_target AS target
LEFT JOIN waiting ON waiting.target = target.name
LEFT JOIN kv.relay_figures() AS figures ON figures.name = target.name::name;
COMMENT ON VIEW kv.relay_targets IS 'The external Redis servers that changes are sent to, and how that goes';
COMMENT ON COLUMN kv.relay_targets.prefix IS 'Stands before every key and channel there';
COMMENT ON COLUMN kv.relay_targets.state IS
'connected, connecting, waiting (for the next attempt, or because it takes nothing at the moment), paused, no worker';
COMMENT ON COLUMN kv.relay_targets.problem IS 'Why it is not connected, or takes nothing';
COMMENT ON COLUMN kv.relay_targets.since IS 'When that state began';
COMMENT ON COLUMN kv.relay_targets.backlog IS 'Keys that are not yet sent';
COMMENT ON COLUMN kv.relay_targets.oldest IS 'When the oldest of them changed';
COMMENT ON COLUMN kv.relay_targets.sent IS
'Changes that Redis has acknowledged since the server started; NULL, like the next ones, unless pg_kv is preloaded and the relay has run';
COMMENT ON COLUMN kv.relay_targets.retried IS 'Changes that were sent in vain, and are sent again';
COMMENT ON COLUMN kv.relay_targets.dead IS 'Changes that became dead letters';
COMMENT ON COLUMN kv.relay_targets.latency_p50 IS 'From commit to acknowledgement, of half of the changes; to about 40 percent';
COMMENT ON COLUMN kv.relay_targets.latency_p99 IS 'The same of 99 percent';

CREATE FUNCTION kv.relay_drain(max_keys integer DEFAULT 10000, timeout interval DEFAULT '10 seconds')
RETURNS bigint LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'kv_relay_drain';
COMMENT ON FUNCTION kv.relay_drain(integer, interval) IS
'Sends what is due from this session, for where no worker relays, until nothing is left, so many keys are taken up or the time is over. Returns how many Redis has acknowledged. What this transaction itself changed is not committed, and so not sent.';

-- For who fills a cache ---------------------------------------------------------------------------

CREATE FUNCTION kv.fill_version()
RETURNS text LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'kv_fill_version';
COMMENT ON FUNCTION kv.fill_version() IS
'Draws a version. Who fills a cache draws one in a statement of its own, before he reads the row, and passes it to the script kv.fill_script() returns: so what he fills cannot be older than what was invalidated.';

CREATE FUNCTION kv.fill_script()
RETURNS text LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'kv_fill_script';
COMMENT ON FUNCTION kv.fill_script() IS
'A script for Redis''s EVAL that fills a key unless it was invalidated meanwhile: KEYS are the key and key:version, ARGV the value, the version from kv.fill_version(), and the time to live in milliseconds, 0 for none. Returns 1 if it filled.';
