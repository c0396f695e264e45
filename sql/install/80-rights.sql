
-- Rights. A role may run a command if it has EXECUTE on the command's function, on a database that
-- it may read or write: SELECT or INSERT on the view kv.db0 to kv.db15.

CREATE FUNCTION kv.administer()
RETURNS void LANGUAGE sql
BEGIN ATOMIC END;
COMMENT ON FUNCTION kv.administer() IS
'Does nothing. Who may execute it may run the commands of the Redis protocol that administer the server, such as CLIENT KILL and CONFIG SET.';

CREATE FUNCTION kv.change_rights(role regrole, rights text[], db integer, grants boolean)
RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    verb text := CASE WHEN grants THEN 'GRANT' ELSE 'REVOKE' END;
    toward text := CASE WHEN grants THEN 'TO' ELSE 'FROM' END;
    privileges text := CASE WHEN 'read' = ANY (rights) AND cardinality(rights) = 1
                            THEN 'SELECT' ELSE 'SELECT, INSERT' END;
    routine regprocedure;
BEGIN
    IF db IS NOT NULL AND db NOT BETWEEN 0 AND 15 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'DB index is out of range', HINT = 'Databases are numbered 0 to 15.';
    END IF;
    IF grants THEN
        EXECUTE format('GRANT USAGE ON SCHEMA kv TO %s', role);
    END IF;
    FOR number IN coalesce(db, 0) .. coalesce(db, 15) LOOP
        EXECUTE format('%s %s ON kv.db%s %s %s', verb, privileges, number, toward, role);
    END LOOP;
    -- The rights to one database are taken away without the rights to the functions.
    IF NOT grants AND db IS NOT NULL THEN
        RETURN;
    END IF;
    FOR routine IN
        SELECT procedure.oid
        FROM pg_proc AS procedure
        JOIN kv.command_rights() AS command ON command.function = procedure.proname
        WHERE procedure.pronamespace = 'kv'::regnamespace AND command."right" = ANY (rights)
        UNION
        SELECT procedure.oid
        FROM pg_proc AS procedure
        WHERE procedure.pronamespace = 'kv'::regnamespace
          AND proname IN ('call', 'can_read', 'can_write', 'database_size', 'db', 'display',
                          'key_name', 'key_value', 'size_of', 'elements_of', 'cache_rows', 'counters',
                          'command_calls', 'server_facts', 'replication_facts', 'expiring_keys', 'snapshot_holder', 'info',
                          'client_states',
                          'cache_read', 'cache_multiread', 'cache_query', 'cached_row_sizes',
                          'fill_version', 'fill_script')
          AND 'read' = ANY (rights)
        UNION
        SELECT unnest(ARRAY['kv.cache_write(regclass, jsonb)', 'kv.cache_invalidate(regclass, jsonb)',
                            'kv.cache_forget_query(text)'])::regprocedure
        WHERE 'write' = ANY (rights)
        UNION
        SELECT unnest(ARRAY['kv.administer()', 'kv.slow_commands()', 'kv.kill_client(bigint)'])::regprocedure
        WHERE 'admin' = ANY (rights) AND db IS NULL
        UNION
        SELECT unnest(ARRAY['kv.cache_table(regclass, text, text, text, text, text[], text, interval, interval, text)',
                            'kv.uncache_table(regclass, text)',
                            'kv.mirror_keys(text, text, text, integer, interval, text)',
                            'kv.unmirror_keys(text, integer)'])::regprocedure
        WHERE 'admin' = ANY (rights) AND db IS NULL
        UNION
        SELECT procedure.oid
        FROM pg_proc AS procedure
        WHERE procedure.pronamespace = 'kv'::regnamespace
          AND proname IN ('add_target', 'alter_target', 'drop_target', 'relay_backlog', 'relay_figures',
                          'relay_pause', 'relay_resume', 'relay_requeue', 'relay_drain')
          AND 'admin' = ANY (rights) AND db IS NULL
    LOOP
        EXECUTE format('%s EXECUTE ON FUNCTION %s %s %s', verb, routine, toward, role);
    END LOOP;
    IF 'read' = ANY (rights) AND (grants OR db IS NULL) THEN
        EXECUTE format('%s SELECT ON kv.keys, kv.strings, kv.hashes, kv.lists, kv.sets, kv.sorted_sets, '
                       'kv.databases, kv.stats, kv.clients, kv.cached_rows %s %s', verb, toward, role);
    END IF;
    IF 'admin' = ANY (rights) AND db IS NULL THEN
        EXECUTE format('%s SELECT ON kv.slowlog, kv.cached_tables, kv.mirrored_keys, kv.relay_targets, kv.relay_dead_letters %s %s',
                       verb, toward, role);
    END IF;
END
$$;
COMMENT ON FUNCTION kv.change_rights(regrole, text[], integer, boolean) IS
'What kv.grant_read and its like have in common';

CREATE FUNCTION kv.grant_read(role regrole, db integer DEFAULT NULL)
RETURNS void LANGUAGE sql
BEGIN ATOMIC SELECT kv.change_rights(role, ARRAY['read'], db, true); END;
COMMENT ON FUNCTION kv.grant_read(regrole, integer) IS
'Lets a role read: all databases, or one.';

CREATE FUNCTION kv.grant_write(role regrole, db integer DEFAULT NULL)
RETURNS void LANGUAGE sql
BEGIN ATOMIC SELECT kv.change_rights(role, ARRAY['read', 'write'], db, true); END;
COMMENT ON FUNCTION kv.grant_write(regrole, integer) IS
'Lets a role read and write: all databases, or one.';

CREATE FUNCTION kv.grant_admin(role regrole, db integer DEFAULT NULL)
RETURNS void LANGUAGE sql
BEGIN ATOMIC SELECT kv.change_rights(role, ARRAY['read', 'write', 'admin'], db, true); END;
COMMENT ON FUNCTION kv.grant_admin(regrole, integer) IS
'Lets a role read, write, flush and swap: all databases, or one. With all it may also administer the server of the Redis protocol, see kv.administer, and the relay.';

CREATE FUNCTION kv.revoke(role regrole, db integer DEFAULT NULL)
RETURNS void LANGUAGE sql
BEGIN ATOMIC SELECT kv.change_rights(role, ARRAY['read', 'write', 'admin'], db, false); END;
COMMENT ON FUNCTION kv.revoke(regrole, integer) IS
'Takes back what kv.grant_read, kv.grant_write and kv.grant_admin gave: for all databases, or the right to one.';

CREATE FUNCTION kv.grant_command(role regrole, command text)
RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    routine regprocedure;
    found boolean := false;
BEGIN
    FOR routine IN
        SELECT procedure.oid
        FROM pg_proc AS procedure
        JOIN kv.command_rights() AS known ON known.function = procedure.proname
        WHERE procedure.pronamespace = 'kv'::regnamespace
          AND known.command = lower(replace(grant_command.command, ' ', '|'))
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', routine, role);
        found := true;
    END LOOP;
    IF NOT found THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_function',
            MESSAGE = format('pg_kv has no command "%s"', command),
            HINT = 'Commands have their Redis names, such as GET or OBJECT ENCODING.';
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA kv TO %s', role);
END
$$;
COMMENT ON FUNCTION kv.grant_command(regrole, text) IS
'Lets a role run one command, in all forms of its function. It also needs the right to a database: GRANT SELECT or INSERT ON kv.db0.';

CREATE FUNCTION kv.name_database(db integer, name name)
RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO kv.database_map AS map (number, name, keyspace, storage)
    VALUES (db, name_database.name, db, 'd')
    ON CONFLICT (number) DO UPDATE SET name = excluded.name;
    PERFORM kv.announce_databases();
END
$$;
COMMENT ON FUNCTION kv.name_database(integer, name) IS
'Names a database, so that SET kv.database = ''name'' chooses it; NULL takes the name away.';

CREATE FUNCTION kv.announce_databases()
RETURNS void LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'kv_announce_databases';
COMMENT ON FUNCTION kv.announce_databases() IS
'Tells all sessions that kv.database_map changed.';

CREATE FUNCTION kv.set_storage(db integer, storage text)
RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    old record;
    letter "char";
    new_keyspace integer;
    source text;
    element text;
BEGIN
    IF storage IS NULL OR storage NOT IN ('durable', 'cache') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('unknown storage class "%s"', storage),
            HINT = 'It is durable or cache.';
    END IF;
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = 'kv.set_storage() must run at isolation level READ COMMITTED',
            HINT = 'An older snapshot would miss what others wrote meanwhile.';
    END IF;
    letter := left(storage, 1);
    INSERT INTO kv.database_map (number, keyspace, storage) VALUES (db, db, 'd')
    ON CONFLICT (number) DO NOTHING;
    -- No writer may be at the rows while they are copied.
    LOCK TABLE kv.durable_key, kv.cache_key, kv.durable_size, kv.cache_size
        IN SHARE ROW EXCLUSIVE MODE;
    SELECT * INTO old FROM kv.database_map WHERE number = db FOR UPDATE;
    IF old.storage = letter THEN
        RETURN;
    END IF;
    new_keyspace := nextval('kv.keyspace_id');
    source := CASE old.storage WHEN 'c' THEN 'cache' ELSE 'durable' END;
    -- The collections keep their ids. So nothing of them may stay behind: should the database come
    -- back, it would be taken for theirs, or theirs be swept as what was left behind.
    FOREACH element IN ARRAY ARRAY['field', 'item', 'member', 'block'] LOOP
        EXECUTE format(
            'WITH moved AS (DELETE FROM kv.%s_%s WHERE collection IN '
            '(SELECT kv.collection_of(type, key, value) FROM kv.%s_key WHERE keyspace = $1) RETURNING *) '
            'INSERT INTO kv.%s_%s SELECT * FROM moved',
            source, element, source, storage, element) USING old.keyspace;
    END LOOP;
    EXECUTE format(
        'WITH moved AS (DELETE FROM kv.%s_key WHERE keyspace = $2 RETURNING *) '
        'INSERT INTO kv.%s_key SELECT id, $1, due, type, encoding, int4send($1) || substr(key, 5), '
        'value, expires_at, version FROM moved', source, storage)
        USING new_keyspace, old.keyspace;
    EXECUTE format(
        'INSERT INTO kv.%s_size SELECT $1, count(*) FROM kv.%s_key WHERE keyspace = $1 AND type <> %L',
        storage, storage, '') USING new_keyspace;
    INSERT INTO kv.dropped_keyspace (keyspace, storage) VALUES (old.keyspace, old.storage);
    UPDATE kv.database_map AS map SET keyspace = new_keyspace, storage = letter WHERE number = db;
    PERFORM kv.announce_databases();
END
$$;
COMMENT ON FUNCTION kv.set_storage(integer, text) IS
'Makes a database durable (logged) or a cache (unlogged: cheaper to write, empty after a crash and on a standby). Its keys are copied, while writers wait.';
