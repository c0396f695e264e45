
-- Keys of pg_kv whose changes are sent to a Redis server. The store tells of each key that is
-- written, so that there are no triggers.

-- Empty after a crash, as the cache databases are.
CREATE UNLOGGED TABLE kv.mirror_mark (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row)
);
COMMENT ON TABLE kv.mirror_mark IS 'Tells the relay that no crash has emptied the cache databases since it last looked';
INSERT INTO kv.mirror_mark VALUES (true);

CREATE FUNCTION kv.append_keys(watch integer)
RETURNS void LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'kv_append_keys';
COMMENT ON FUNCTION kv.append_keys(integer) IS 'Says that each key of a mirror has changed that is there.';

CREATE FUNCTION kv.session_database()
RETURNS integer LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT CASE WHEN current_setting('kv.database') ~ '^[0-9]+$' THEN current_setting('kv.database')::integer
                ELSE kv.db(current_setting('kv.database')) END;
END;
COMMENT ON FUNCTION kv.session_database() IS 'The number of the database that kv.database chooses';

CREATE FUNCTION kv.check_mirror(pattern text, modes text[], target text, db integer, lease interval, channel text)
RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    mode text;
BEGIN
    IF pattern IS NULL OR pattern = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'pattern must not be NULL or empty', HINT = 'The pattern of all keys is *.';
    END IF;
    IF modes IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'mode must not be NULL', HINT = 'Modes of keys are invalidate, refresh and publish.';
    END IF;
    IF target IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'target must not be NULL', HINT = 'It is the name of a Redis server: see kv.add_target.';
    END IF;
    FOREACH mode IN ARRAY modes LOOP
        IF mode NOT IN ('invalidate', 'refresh', 'publish') THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('unknown mode "%s"', mode),
                HINT = 'Modes of keys are invalidate, refresh, publish, or several of these with commas between them.';
        END IF;
    END LOOP;
    IF channel IS NOT NULL AND NOT 'publish' = ANY (modes) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'channel goes with mode publish', HINT = 'Add it: mode => ''refresh,publish''.';
    END IF;
    IF lease < '0' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'lease must not be negative', HINT = 'A lease of 0 is none.';
    END IF;
    -- Lest it go meanwhile.
    PERFORM FROM kv.relay_target AS known WHERE known.name = target FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('relay target "%s" does not exist', target),
            HINT = format('SELECT kv.add_target(%L, ...) makes it known.', target);
    END IF;
    IF EXISTS (SELECT FROM kv.watch WHERE watch.pattern = check_mirror.pattern AND watch.db = check_mirror.db
                                      AND watch.target = check_mirror.target) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
            MESSAGE = format('keys "%s" of database %s are mirrored already', pattern, db),
            HINT = 'SELECT kv.unmirror_keys(...) first; several modes go together, as in ''refresh,publish''.';
    END IF;
END
$$;
COMMENT ON FUNCTION kv.check_mirror(text, text[], text, integer, interval, text) IS
'Raises an error unless kv.mirror_keys can do what it is asked for';

CREATE FUNCTION kv.add_mirror(pattern text, mode text, target text, db integer, lease interval, channel text)
RETURNS integer LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    modes text[] := string_to_array(replace(mode, ' ', ''), ',');
    watch_id integer;
BEGIN
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = 'kv.mirror_keys() must run at isolation level READ COMMITTED',
            HINT = 'An older snapshot would miss what others wrote meanwhile.';
    END IF;
    -- Nobody waits for a mistake.
    PERFORM kv.check_mirror(pattern, modes, target, db, lease, channel);
    -- Who writes a key either has committed or will know of the mirror.
    LOCK TABLE kv.durable_key, kv.cache_key IN SHARE ROW EXCLUSIVE MODE;
    PERFORM kv.check_mirror(pattern, modes, target, db, lease, channel);
    INSERT INTO kv.watch (pattern, db, modes, target, format, lease, channel)
    VALUES (pattern, db, (SELECT array_agg(DISTINCT word) FROM unnest(modes) AS word), target, 'json',
            nullif(lease, '0'),
            CASE WHEN 'publish' = ANY (modes) THEN coalesce(channel, 'kv_invalidation') END)
    RETURNING id INTO watch_id;
    IF 'refresh' = ANY (modes) THEN
        PERFORM kv.append_keys(watch_id);
    END IF;
    RETURN watch_id;
END
$$;
COMMENT ON FUNCTION kv.add_mirror(text, text, text, integer, interval, text) IS
'What kv.mirror_keys does once the caller''s right to the database is known';

CREATE FUNCTION kv.mirror_keys(
    pattern text, mode text DEFAULT 'refresh', target text DEFAULT 'default', db integer DEFAULT NULL,
    lease interval DEFAULT NULL, channel text DEFAULT NULL
)
RETURNS integer LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'kv_mirror_keys';
COMMENT ON FUNCTION kv.mirror_keys(text, text, text, integer, interval, text) IS
'Has the keys of a database mirrored whose whole names, kv.prefix among them, match a Redis pattern, and returns the id of the mirror: whenever one changes, that is sent to a Redis server (target).
mode: refresh stores the key there as it is, with its expiry, and begins with the keys that are there; invalidate removes it; publish sends a message on channel; several with commas between them.
db: the session''s database if left out.
lease: for how long the key''s version is kept beside it, as key:version; left out or 0 it is none.
FLUSHDB, FLUSHALL and SWAPDB remove all keys there that match, whoever wrote them; refresh then sends those that the database has. With pattern * a target has a prefix or a Redis database of its own.
Waits for transactions that have written keys, and they for it.';

CREATE FUNCTION kv.remove_mirrors(pattern text, db integer)
RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM kv.watch WHERE watch.pattern = remove_mirrors.pattern AND watch.db = remove_mirrors.db;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('keys "%s" of database %s are not mirrored', pattern, db),
            HINT = 'kv.mirrored_keys shows what is.';
    END IF;
END
$$;
COMMENT ON FUNCTION kv.remove_mirrors(text, integer) IS
'What kv.unmirror_keys does once the caller''s right to the database is known';

CREATE FUNCTION kv.unmirror_keys(pattern text, db integer DEFAULT NULL)
RETURNS void LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'kv_unmirror_keys';
COMMENT ON FUNCTION kv.unmirror_keys(text, integer) IS
'Ends what kv.mirror_keys began, for all targets. What was sent stays where it is.';

CREATE VIEW kv.mirrored_keys AS
SELECT id, db, pattern, array_to_string(modes, ',') AS mode, target, lease, channel
FROM kv.watch
WHERE pattern IS NOT NULL;
COMMENT ON VIEW kv.mirrored_keys IS 'What kv.mirror_keys has set up';
