
-- What is watched of tables: setting it up, and keeping it up while tables change.

-- Which tables carry triggers for a watch: the watched one and those below it. The event triggers
-- compare it with what is. A dump does not have it, see kv.adopt_watches.
CREATE TABLE kv.watch_table (
    relation oid NOT NULL,
    watch integer NOT NULL,
    by_row boolean NOT NULL,  -- statements that name a table of which the watch knows nothing change it too
    shape text NOT NULL,      -- a word for its columns
    PRIMARY KEY (relation, watch)
);
COMMENT ON TABLE kv.watch_table IS 'The tables that have triggers for what is watched; see kv.cached_tables';

CREATE FUNCTION kv.announce_watches()
RETURNS trigger LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'kv_announce_watches';
COMMENT ON FUNCTION kv.announce_watches() IS 'Tells all sessions that kv.watch changed.';

CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON kv.watch
    FOR EACH STATEMENT EXECUTE FUNCTION kv.announce_watches();
ALTER TABLE kv.watch ENABLE ALWAYS TRIGGER announce;

CREATE FUNCTION kv.capture_change()
RETURNS trigger LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'kv_capture_change';
COMMENT ON FUNCTION kv.capture_change() IS
'The trigger function of watched tables. Their triggers depend on it: DROP EXTENSION pg_kv needs CASCADE, and drops them.';

CREATE FUNCTION kv.cache_table(
    "table" regclass,
    key text DEFAULT NULL,
    mode text DEFAULT 'invalidate',
    target text DEFAULT 'default',
    condition text DEFAULT NULL,
    columns text[] DEFAULT NULL,
    format text DEFAULT 'json',
    ttl interval DEFAULT NULL,
    lease interval DEFAULT NULL,
    channel text DEFAULT NULL
)
RETURNS integer LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'kv_cache_table';
COMMENT ON FUNCTION kv.cache_table(regclass, text, text, text, text, text[], text, interval, interval, text) IS
'Has a table watched, of which the caller must be the owner, and returns the id of the watch: whenever a row changes, the keys that the template makes of the old and the new row are sent to a Redis server (target).
key: a template such as ''user:{id}''; {{ and }} are braces; a NULL in one of its columns names no key. It begins with a text, unless mode is read or publish alone. Values are written as text, dates in ISO style, times with time zone in UTC.
mode: invalidate removes the key, refresh stores the row there (format json or hash, for ttl), publish sends a message on channel; several with commas between them. read is for rows that pg_kv itself caches: key names the columns alone, those of the primary key if it is left out.
condition: an expression over the columns as in a CHECK constraint; a change counts if the old or the new row meets it. It is evaluated with the rights of whoever changes the row, and an error in it is the statement''s.
columns: only a change of one of these counts, or of one in key or condition.
lease: for how long the key''s version is kept beside it, so that no reader stores an older row; 1 minute for refresh, 0 is none.
TRUNCATE, and partitions or children that come and go, concern all keys that the template can name. A table that is dropped, and an unlogged one that a crash empties, say nothing.
Waits for transactions that have written to the table, as CREATE TRIGGER does.';

CREATE FUNCTION kv.uncache_table("table" regclass, key text DEFAULT NULL)
RETURNS void LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'kv_uncache_table';
COMMENT ON FUNCTION kv.uncache_table(regclass, text) IS
'Ends what kv.cache_table began: for one key template, or for all of the table''s. With the last of them its triggers go.';

CREATE FUNCTION kv.watch_now(
    id integer, by_names boolean,
    OUT key text, OUT condition text, OUT columns text[], OUT known_columns smallint[],
    OUT known_condition text, OUT channel text
)
RETURNS record LANGUAGE c STABLE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'kv_watch_now';
COMMENT ON FUNCTION kv.watch_now(integer, boolean) IS
'What kv.watch must say of a table by now, found by the names in it or, where one is gone, by what is known of it; the condition by names or by its node tree.';

CREATE FUNCTION kv.append_all(watch integer)
RETURNS void LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'kv_append_all';
COMMENT ON FUNCTION kv.append_all(integer) IS 'Says that any key of a watch may have changed.';

-- Triggers -----------------------------------------------------------------------------------------

CREATE FUNCTION kv.set_trigger_firing(relation regclass, name text, firing "char")
RETURNS void LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'kv_set_trigger_firing';
COMMENT ON FUNCTION kv.set_trigger_firing(regclass, text, "char") IS
'ALTER TABLE ... ENABLE TRIGGER, without the event triggers that follow ALTER TABLE.';

CREATE FUNCTION kv.place_triggers(relation regclass)
RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kind "char" := (SELECT relkind FROM pg_class WHERE oid = relation);
    is_watched boolean;
    by_statement boolean;
    by_row boolean;
    wanted record;
    enabled "char";
BEGIN
    SELECT count(*) > 0, coalesce(bool_or(NOT member.by_row), false), coalesce(bool_or(member.by_row), false)
    INTO is_watched, by_statement, by_row
    FROM kv.watch_table AS member WHERE member.relation = place_triggers.relation;
    -- Rows are in leaves only. What replication brings, only row triggers see; what comes by way of
    -- a table above, statement triggers of a table below do not.
    FOR wanted IN
        SELECT * FROM (VALUES
            ('kv_capture_insert', by_statement, 'O',
             'AFTER INSERT ON %s REFERENCING NEW TABLE AS kv_new FOR EACH STATEMENT'),
            ('kv_capture_update', by_statement, 'O',
             'AFTER UPDATE ON %s REFERENCING OLD TABLE AS kv_old NEW TABLE AS kv_new FOR EACH STATEMENT'),
            ('kv_capture_delete', by_statement, 'O',
             'AFTER DELETE ON %s REFERENCING OLD TABLE AS kv_old FOR EACH STATEMENT'),
            ('kv_capture_truncate', is_watched, 'A', 'AFTER TRUNCATE ON %s FOR EACH STATEMENT'),
            ('kv_capture_row', is_watched AND kind = 'r', CASE WHEN by_row THEN 'A' ELSE 'R' END,
             'AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW')
        ) AS known (name, is_needed, firing, definition)
    LOOP
        enabled := (SELECT tgenabled FROM pg_trigger
                    WHERE tgrelid = relation AND tgname = wanted.name
                      AND tgfoid = 'kv.capture_change()'::regprocedure);
        IF enabled IS NULL AND wanted.is_needed THEN
            EXECUTE format('CREATE TRIGGER %I ' || wanted.definition || ' EXECUTE FUNCTION kv.capture_change()',
                           wanted.name, relation);
            enabled := 'O';
        ELSIF enabled IS NOT NULL AND NOT wanted.is_needed THEN
            EXECUTE format('DROP TRIGGER %I ON %s', wanted.name, relation);
            CONTINUE;
        END IF;
        -- One that its owner has disabled stays so.
        IF wanted.is_needed AND enabled NOT IN (wanted.firing::"char", 'D') THEN
            PERFORM kv.set_trigger_firing(relation, wanted.name, wanted.firing::"char");
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION kv.place_triggers(regclass) IS
'Gives a table the triggers that it needs for what is watched, and takes away the others of kv.capture_change().';

CREATE FUNCTION kv.tables_of_watch(watch integer)
RETURNS TABLE (relation oid, by_row boolean, shape text)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH RECURSIVE below AS (
        SELECT "table"::oid AS relation FROM kv.watch WHERE id = tables_of_watch.watch AND "table" IS NOT NULL
        UNION
        SELECT inhrelid FROM pg_inherits JOIN below ON inhparent = below.relation
    )
    SELECT below.relation,
           EXISTS (SELECT FROM pg_inherits WHERE inhrelid IN (SELECT member.relation FROM below AS member)
                                             AND inhparent NOT IN (SELECT member.relation FROM below AS member)),
           (SELECT md5(string_agg(concat_ws(' ', attnum, attname, atttypid, atttypmod), ',' ORDER BY attnum))
            FROM pg_attribute WHERE attrelid = below.relation AND attnum > 0 AND NOT attisdropped)
    FROM below;
END;
COMMENT ON FUNCTION kv.tables_of_watch(integer) IS 'What kv.watch_table must say of a watch by now.';

CREATE FUNCTION kv.set_up_watch(id integer)
RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM kv.place_triggers(relation) FROM kv.watch_table WHERE watch = set_up_watch.id ORDER BY relation;
END
$$;
COMMENT ON FUNCTION kv.set_up_watch(integer) IS 'Gives the tables of a new watch their triggers.';

CREATE FUNCTION kv.clear_watches()
RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    member oid;
    members oid[];
BEGIN
    WITH gone AS (
        DELETE FROM kv.watch_table
        WHERE NOT EXISTS (SELECT FROM kv.watch WHERE id = watch_table.watch)
        RETURNING relation
    )
    SELECT array_agg(DISTINCT relation ORDER BY relation) INTO members FROM gone;
    FOREACH member IN ARRAY coalesce(members, '{}') LOOP
        CONTINUE WHEN NOT EXISTS (SELECT FROM pg_class WHERE oid = member);
        PERFORM kv.place_triggers(member);
    END LOOP;
END
$$;
COMMENT ON FUNCTION kv.clear_watches() IS 'Takes the triggers of watches that are gone.';

-- Following ----------------------------------------------------------------------------------------

CREATE FUNCTION kv.refresh_watch(id integer)
RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    now record;
    problem text;
    watched kv.watch;
BEGIN
    BEGIN
        SELECT * INTO now FROM kv.watch_now(refresh_watch.id, true);
    EXCEPTION WHEN OTHERS THEN
        problem := sqlerrm;
    END;
    -- A name is gone: perhaps what it meant has another one now.
    IF problem IS NOT NULL THEN
        BEGIN
            SELECT * INTO now FROM kv.watch_now(refresh_watch.id, false);
            problem := NULL;
        EXCEPTION WHEN OTHERS THEN
            NULL;
        END;
    END IF;
    SELECT * INTO watched FROM kv.watch WHERE kv.watch.id = refresh_watch.id;
    IF problem IS NOT NULL THEN
        IF watched.broken IS DISTINCT FROM problem THEN
            UPDATE kv.watch SET broken = problem WHERE kv.watch.id = refresh_watch.id;
            RAISE WARNING USING
                MESSAGE = format('what table %s is watched for no longer fits it: %s', watched."table", problem),
                DETAIL = format('From now on each change concerns all keys that "%s" can name.', watched.key),
                HINT = format('SELECT kv.uncache_table(%L, %L), then kv.cache_table with another key or condition.',
                              watched."table", watched.key);
        END IF;
    ELSIF (watched.key, watched.condition, watched.columns, watched.known_columns, watched.known_condition,
           watched.channel, watched.known_oid, watched.broken)
        IS DISTINCT FROM (now.key, now.condition, now.columns, now.known_columns, now.known_condition,
                          now.channel, watched."table"::oid, NULL::text) THEN
        UPDATE kv.watch
        SET key = now.key, condition = now.condition, columns = now.columns, known_columns = now.known_columns,
            known_condition = now.known_condition, channel = now.channel, known_oid = "table"::oid, broken = NULL
        WHERE kv.watch.id = refresh_watch.id;
    END IF;
END
$$;
COMMENT ON FUNCTION kv.refresh_watch(integer) IS
'Lets a watch follow the names of its columns, or says what of it is broken.';

CREATE FUNCTION kv.follow_watch(id integer, are_new boolean)
RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    is_adopted boolean := EXISTS (SELECT FROM kv.watch_table WHERE watch = follow_watch.id);
    foreign_table regclass;
    changed oid[];
    come_or_gone oid[];
    has_shape_changed boolean;
BEGIN
    WITH now AS (SELECT * FROM kv.tables_of_watch(follow_watch.id)),
    old AS (SELECT * FROM kv.watch_table WHERE watch = follow_watch.id),
    compared AS (
        SELECT coalesce(now.relation, old.relation) AS relation,
               now.relation IS NULL OR old.relation IS NULL AS has_come_or_gone,
               now.by_row IS DISTINCT FROM old.by_row AS differs,
               old.shape IS DISTINCT FROM now.shape AND old.relation = now.relation AS has_shape_changed
        FROM now FULL JOIN old ON now.relation = old.relation
    )
    SELECT array_agg(relation ORDER BY relation) FILTER (WHERE has_come_or_gone OR differs),
           array_agg(relation) FILTER (WHERE has_come_or_gone), coalesce(bool_or(compared.has_shape_changed), false)
    INTO changed, come_or_gone, has_shape_changed FROM compared;
    IF changed IS NULL AND NOT has_shape_changed THEN
        RETURN;
    END IF;
    foreign_table := (SELECT relation FROM kv.tables_of_watch(follow_watch.id) JOIN pg_class ON oid = relation
                      WHERE relkind = 'f' LIMIT 1);
    IF foreign_table IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
            MESSAGE = format('foreign table %s cannot be below a watched table', foreign_table),
            HINT = 'Its rows change elsewhere, where no trigger sees it. SELECT kv.uncache_table(...) first.';
    END IF;
    DELETE FROM kv.watch_table WHERE watch = follow_watch.id;
    INSERT INTO kv.watch_table (relation, watch, by_row, shape)
    SELECT relation, follow_watch.id, by_row, coalesce(shape, '') FROM kv.tables_of_watch(follow_watch.id);
    -- It is new: kv.set_up_watch makes its triggers, or a restore, in whose way they would be.
    IF NOT is_adopted THEN
        RETURN;
    END IF;
    PERFORM kv.place_triggers(relation) FROM unnest(changed) AS relation
    WHERE EXISTS (SELECT FROM pg_class WHERE oid = relation) ORDER BY relation;
    -- A new table brings no rows. Where rows are stored as they are, a column may be one more.
    IF (come_or_gone IS NOT NULL AND NOT are_new)
       OR (has_shape_changed AND EXISTS (SELECT FROM kv.watch WHERE kv.watch.id = follow_watch.id
                                         AND modes && ARRAY['refresh', 'read'])) THEN
        PERFORM kv.append_all(follow_watch.id);
    END IF;
END
$$;
COMMENT ON FUNCTION kv.follow_watch(integer, boolean) IS
'Lets the triggers of a watch follow the partitions and children of its table as they come and go.';

-- A restore writes rows whose table has another oid now.
CREATE FUNCTION kv.adopt_watches()
RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM kv.refresh_watch(id), kv.follow_watch(id, true) FROM kv.watch
    WHERE "table" IS NOT NULL AND NOT EXISTS (SELECT FROM kv.watch_table WHERE watch = id) ORDER BY id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION kv.adopt_watches() IS 'Notes of what is newly watched what the event triggers need to follow it.';

CREATE TRIGGER adopt AFTER INSERT ON kv.watch FOR EACH STATEMENT EXECUTE FUNCTION kv.adopt_watches();
ALTER TABLE kv.watch ENABLE ALWAYS TRIGGER adopt;

CREATE FUNCTION kv.watches_by_now()
RETURNS integer[] LANGUAGE c STABLE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'kv_watches_by_now';
COMMENT ON FUNCTION kv.watches_by_now() IS 'The ids of all watches over tables, by a snapshot of now.';

CREATE FUNCTION kv.has_watches()
RETURNS boolean LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- One after the other: where nothing is asked, a table of pg_kv's that is missing does not matter.
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        IF EXISTS (SELECT unnest(kv.watches_by_now()) EXCEPT SELECT id FROM kv.watch) THEN
            RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
                MESSAGE = 'could not serialize access: a table has been watched since this transaction began',
                HINT = 'Try the transaction again.';
        END IF;
    END IF;
    RETURN EXISTS (SELECT FROM kv.watch WHERE "table" IS NOT NULL);
END
$$;
COMMENT ON FUNCTION kv.has_watches() IS
'Whether the event triggers have anything to do; raises if the transaction''s snapshot is too old to tell.';

CREATE FUNCTION kv.watches_touched(objects oid[], any_name boolean, OUT id integer, OUT by_name boolean)
RETURNS SETOF record LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH RECURSIVE above_objects AS (
        SELECT unnest(objects) AS relation
        UNION
        SELECT inhparent FROM pg_inherits JOIN above_objects ON inhrelid = above_objects.relation
    ),
    above_watched AS (
        SELECT watch.id, "table"::oid AS relation FROM kv.watch WHERE "table" IS NOT NULL
        UNION
        SELECT above_watched.id, inhparent FROM pg_inherits JOIN above_watched ON inhrelid = above_watched.relation
    ),
    -- The numbers of objects stand in a condition's node tree.
    named AS (
        SELECT above_watched.id FROM above_watched JOIN pg_class ON pg_class.oid = relation
        WHERE relation = ANY (objects) OR reloftype = ANY (objects)
        UNION
        SELECT watch.id FROM kv.watch
        WHERE condition IS NOT NULL
          AND (any_name OR EXISTS (SELECT FROM unnest(objects) AS object WHERE known_condition ~ ('\m' || object || '\M')))
    ),
    -- A table may have come below another one, or gone from there, that is not watched.
    below_others AS (
        SELECT member.watch FROM pg_inherits JOIN kv.watch_table AS member ON inhrelid = member.relation
        WHERE NOT EXISTS (SELECT FROM kv.watch_table AS above
                          WHERE above.relation = inhparent AND above.watch = member.watch)
    ),
    touched AS (
        SELECT watch.id FROM kv.watch JOIN above_objects ON "table"::oid = relation
        UNION
        SELECT watch FROM kv.watch_table WHERE relation = ANY (objects)
        UNION
        SELECT watch FROM kv.watch_table WHERE by_row <> (watch IN (SELECT below_others.watch FROM below_others))
    )
    SELECT watch.id, EXISTS (SELECT FROM named WHERE named.id = watch.id)
    FROM kv.watch WHERE watch.id IN (SELECT named.id FROM named UNION SELECT touched.id FROM touched)
    ORDER BY watch.id;
END;
COMMENT ON FUNCTION kv.watches_touched(oid[], boolean) IS
'The watches that a change of objects may concern, and whether it may concern a name in them; nobody else''s tables are locked.';

CREATE FUNCTION kv.watches_of_types(objects oid[])
RETURNS SETOF integer LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH RECURSIVE used AS (
        SELECT watch, atttypid AS type FROM kv.watch_table
        JOIN pg_attribute ON attrelid = relation AND attnum > 0 AND NOT attisdropped
        UNION
        SELECT used.watch, part.type FROM used JOIN pg_type AS whole ON whole.oid = used.type
        CROSS JOIN LATERAL (
            SELECT whole.typelem
            UNION ALL SELECT whole.typbasetype
            UNION ALL SELECT atttypid FROM pg_attribute
                      WHERE attrelid = whole.typrelid AND attnum > 0 AND NOT attisdropped
            UNION ALL SELECT rngsubtype FROM pg_range WHERE whole.oid IN (rngtypid, rngmultitypid)
        ) AS part (type)
        WHERE part.type <> 0
    )
    SELECT DISTINCT used.watch FROM used JOIN pg_type ON pg_type.oid = used.type
    WHERE pg_type.oid = ANY (objects) OR typrelid = ANY (objects)
    ORDER BY used.watch;
END;
COMMENT ON FUNCTION kv.watches_of_types(oid[]) IS
'The watches over tables with a column of one of some types, or of a type that is made of one.';

CREATE FUNCTION kv.follow_tables()
RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    objects oid[];
    touched record;
BEGIN
    IF NOT kv.has_watches() THEN
        RETURN;
    END IF;
    -- A table that stands alone concerns nobody.
    objects := (SELECT array_agg(objid) FROM pg_event_trigger_ddl_commands()
                WHERE tg_tag NOT IN ('CREATE TABLE', 'CREATE FOREIGN TABLE', 'CREATE SCHEMA')
                   OR EXISTS (SELECT FROM pg_inherits WHERE inhrelid = objid));
    IF objects IS NULL THEN
        RETURN;
    END IF;
    FOR touched IN SELECT * FROM kv.watches_touched(objects, tg_tag = 'ALTER SCHEMA') LOOP
        IF touched.by_name THEN
            PERFORM kv.refresh_watch(touched.id);
        END IF;
        PERFORM kv.follow_watch(touched.id, tg_tag LIKE 'CREATE%');
    END LOOP;
    -- The same rows may have other texts now.
    IF tg_tag = 'ALTER TYPE' THEN
        PERFORM kv.append_all(watch) FROM kv.watches_of_types(objects) AS watch;
    END IF;
    -- What follows from the tables above may have changed, though kv.watch has not.
    PERFORM kv.announce_tables();
END
$$;
COMMENT ON FUNCTION kv.follow_tables() IS
'Lets what is watched follow tables that are renamed, altered, attached and detached.';

CREATE FUNCTION kv.announce_tables()
RETURNS void LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'kv_announce_tables';
COMMENT ON FUNCTION kv.announce_tables() IS
'Tells all sessions that what is above or below a watched table may have changed.';

CREATE FUNCTION kv.follow_drops()
RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tables oid[];
    others oid[];
BEGIN
    IF NOT kv.has_watches() THEN
        RETURN;
    END IF;
    SELECT array_agg(objid) FILTER (WHERE classid = 'pg_class'::regclass AND objsubid = 0),
           array_agg(DISTINCT objid) FILTER (WHERE classid <> 'pg_class'::regclass OR objsubid <> 0)
    INTO tables, others FROM pg_event_trigger_dropped_objects();
    IF EXISTS (SELECT FROM kv.watch WHERE "table"::oid = ANY (tables)) THEN
        DELETE FROM kv.watch WHERE "table"::oid = ANY (tables);
        DELETE FROM kv.watch_table WHERE NOT EXISTS (SELECT FROM kv.watch WHERE id = watch_table.watch);
    END IF;
    -- The rows of a partition are gone with it.
    PERFORM kv.append_all(watch) FROM kv.watch_table WHERE relation = ANY (tables);
    DELETE FROM kv.watch_table WHERE relation = ANY (tables);
    -- Columns, and what conditions use.
    PERFORM kv.refresh_watch(id) FROM kv.watches_touched(others, false) WHERE by_name;
END
$$;
COMMENT ON FUNCTION kv.follow_drops() IS
'Ends what is watched of tables that are dropped, and says what is broken of others.';

CREATE FUNCTION kv.follow_rewrite()
RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM kv.append_all(watch) FROM kv.watch_table WHERE relation = pg_event_trigger_table_rewrite_oid();
END
$$;
COMMENT ON FUNCTION kv.follow_rewrite() IS
'Says that any row may have changed where ALTER TABLE writes a table anew.';

CREATE EVENT TRIGGER kv_follow_tables ON ddl_command_end
    -- CREATE SCHEMA may create tables, and ALTER INDEX rename them.
    WHEN TAG IN ('CREATE TABLE', 'CREATE FOREIGN TABLE', 'CREATE SCHEMA', 'ALTER TABLE', 'ALTER FOREIGN TABLE',
                 'ALTER INDEX', 'ALTER TYPE', 'ALTER DOMAIN', 'ALTER FUNCTION', 'ALTER ROUTINE', 'ALTER OPERATOR', 'ALTER SCHEMA')
    EXECUTE FUNCTION kv.follow_tables();
CREATE EVENT TRIGGER kv_follow_drops ON sql_drop EXECUTE FUNCTION kv.follow_drops();
CREATE EVENT TRIGGER kv_follow_rewrite ON table_rewrite EXECUTE FUNCTION kv.follow_rewrite();
-- In a session that replays what happened elsewhere, too.
ALTER EVENT TRIGGER kv_follow_tables ENABLE ALWAYS;
ALTER EVENT TRIGGER kv_follow_drops ENABLE ALWAYS;
ALTER EVENT TRIGGER kv_follow_rewrite ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER kv_follow_tables IS 'Lets what pg_kv watches follow tables that change';
COMMENT ON EVENT TRIGGER kv_follow_drops IS 'Lets what pg_kv watches follow tables that go';
COMMENT ON EVENT TRIGGER kv_follow_rewrite IS 'Says that rows changed where ALTER TABLE writes a table anew';

CREATE VIEW kv.cached_tables AS
SELECT id, "table", key, array_to_string(modes, ',') AS mode, target, condition, columns, format, ttl, lease, channel,
       coalesce(broken, (
           SELECT 'some of its triggers are missing or disabled on ' || string_agg(relation::regclass::text, ', ')
           FROM kv.watch_table AS member JOIN pg_class ON oid = relation
           WHERE member.watch = watch.id
             AND (SELECT count(*) FROM pg_trigger
                  WHERE tgrelid = relation AND tgfoid = 'kv.capture_change()'::regprocedure AND tgenabled <> 'D')
                 < CASE relkind WHEN 'r' THEN 1 ELSE 0 END + CASE WHEN by_row THEN 1 ELSE 4 END
       )) AS problem
FROM kv.watch
WHERE "table" IS NOT NULL;
COMMENT ON VIEW kv.cached_tables IS 'What kv.cache_table has set up, and what is wrong with it';
