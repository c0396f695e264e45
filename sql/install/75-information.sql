
-- What was done, and how the server is.

CREATE FUNCTION kv.counters()
RETURNS TABLE (db integer, commands bigint, hits bigint, misses bigint, expired bigint, shared boolean)
LANGUAGE c VOLATILE PARALLEL RESTRICTED ROWS 16
AS 'MODULE_PATHNAME', 'kv_counters';
COMMENT ON FUNCTION kv.counters() IS
'Commands, key lookups that found or missed, and keys removed by expiry, for each database; those of this session alone where pg_kv is not preloaded.';

CREATE FUNCTION kv.command_calls()
RETURNS TABLE (command text, calls bigint)
LANGUAGE c VOLATILE PARALLEL RESTRICTED ROWS 100
AS 'MODULE_PATHNAME', 'kv_command_calls';
COMMENT ON FUNCTION kv.command_calls() IS 'How often each command was called';

CREATE VIEW kv.stats AS
SELECT counters.db,
       databases.name,
       counters.commands,
       counters.hits,
       counters.misses,
       pg_catalog.round(counters.hits::numeric / nullif(counters.hits + counters.misses, 0), 4) AS hit_ratio,
       counters.expired,
       databases.keys
FROM kv.counters() AS counters
JOIN kv.databases AS databases USING (db)
ORDER BY counters.db;
COMMENT ON VIEW kv.stats IS
'By database: commands, hits, misses, keys removed by expiry, and keys; of all sessions where pg_kv is preloaded, else of this one';

-- The oldest snapshot anywhere, which keeps dead rows from being removed. Runs as its owner, since
-- other sessions' snapshots are hidden from ordinary roles.
CREATE FUNCTION kv.snapshot_holder()
RETURNS TABLE (pid integer, kind text, since timestamptz, age bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pid, kind, since, age
    FROM (
        SELECT pid, backend_type || coalesce(', ' || state, '') AS kind, xact_start AS since,
               age(backend_xmin)::bigint AS age
        FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid()
        UNION ALL
        SELECT NULL, 'prepared transaction ' || gid, prepared, age(transaction)::bigint
        FROM pg_prepared_xacts
        UNION ALL
        SELECT active_pid, 'replication slot ' || slot_name, NULL, age(xmin)::bigint
        FROM pg_replication_slots WHERE xmin IS NOT NULL
    ) AS holder
    ORDER BY age DESC LIMIT 1
$$;
COMMENT ON FUNCTION kv.snapshot_holder() IS
'Who holds the oldest snapshot, since when, and how many transactions ago it was taken';

CREATE FUNCTION kv.server_facts()
RETURNS TABLE (section text, name text, value text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'server', 'pg_kv_version', extversion FROM pg_extension WHERE extname = 'pg_kv'
    UNION ALL SELECT 'server', 'redis_version', '7.2.4'
    UNION ALL SELECT 'server', 'postgresql_version', current_setting('server_version')
    UNION ALL SELECT 'server', 'tcp_port', current_setting('port')
    UNION ALL SELECT 'server', 'uptime_in_seconds',
        floor(extract(epoch FROM clock_timestamp() - pg_postmaster_start_time()))::text
    UNION ALL SELECT 'server', 'uptime_in_days',
        extract(day FROM clock_timestamp() - pg_postmaster_start_time())::text
    UNION ALL SELECT 'clients', 'connected_clients', count(*)::text
        FROM pg_stat_activity WHERE backend_type = 'client backend'
    UNION ALL SELECT 'clients', 'maxclients', current_setting('max_connections')
    UNION ALL SELECT 'memory', 'used_memory_dataset',
        (SELECT sum(pg_total_relation_size(oid))::text FROM pg_class
         WHERE relnamespace = 'kv'::regnamespace AND relkind = 'r')
    UNION ALL SELECT 'memory', 'shared_buffers', pg_size_bytes(current_setting('shared_buffers'))::text
    UNION ALL SELECT 'memory', 'maxmemory_policy', 'noeviction'
    UNION ALL SELECT 'persistence', 'loading', '0'
    UNION ALL SELECT 'persistence', 'rdb_last_save_time',
        floor(extract(epoch FROM checkpoint_time))::text FROM pg_control_checkpoint()
    UNION ALL SELECT 'persistence', 'rdb_saves', (checkpoints_timed + checkpoints_req)::text
        FROM pg_stat_bgwriter
    UNION ALL SELECT 'persistence', 'wal_bytes_since_checkpoint',
        (pg_current_wal_lsn() - redo_lsn)::text
        FROM pg_control_checkpoint() WHERE NOT pg_is_in_recovery()
    UNION ALL SELECT 'persistence', 'synchronous_commit', current_setting('synchronous_commit')
    UNION ALL SELECT 'horizon', 'oldest_snapshot_holder',
        coalesce(holder.pid::text || ', ', '') || holder.kind FROM kv.snapshot_holder() AS holder
    UNION ALL SELECT 'horizon', 'oldest_snapshot_since', holder.since::text
        FROM kv.snapshot_holder() AS holder
    UNION ALL SELECT 'horizon', 'oldest_snapshot_age_in_transactions', holder.age::text
        FROM kv.snapshot_holder() AS holder
$$;
COMMENT ON FUNCTION kv.server_facts() IS 'The part of kv.info() that is the same for every role';

-- Offsets are positions in the write-ahead log, in bytes.
CREATE FUNCTION kv.replication_facts()
RETURNS TABLE (section text, name text, value text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'replication', fact.name, fact.value
    FROM (
        SELECT 'role', CASE WHEN pg_is_in_recovery() THEN 'slave' ELSE 'master' END
        UNION ALL
        SELECT source.name, source.value
        FROM pg_stat_wal_receiver AS receiver,
             LATERAL (VALUES ('master_host', receiver.sender_host),
                             ('master_port', receiver.sender_port::text),
                             ('master_link_status',
                              CASE receiver.status WHEN 'streaming' THEN 'up' ELSE 'down' END),
                             ('master_last_io_seconds_ago',
                              floor(extract(epoch FROM clock_timestamp() - receiver.last_msg_receipt_time))::text),
                             ('slave_read_repl_offset', (receiver.flushed_lsn - '0/0')::text)
                     ) AS source (name, value)
        UNION ALL
        SELECT 'slave_repl_offset', (pg_last_wal_replay_lsn() - '0/0')::text
        WHERE pg_is_in_recovery()
        UNION ALL
        SELECT 'connected_slaves', count(*)::text FROM pg_stat_replication
        UNION ALL
        SELECT 'slave' || row_number() OVER (ORDER BY pid) - 1,
               'ip=' || coalesce(host(client_addr), '') || ',port=' || greatest(client_port, 0)
               || ',state=' || CASE state WHEN 'streaming' THEN 'online' ELSE 'send_bulk' END
               || ',offset=' || coalesce(flush_lsn - '0/0', 0)
               || ',lag=' || coalesce(floor(extract(epoch FROM replay_lag)), 0)
        FROM pg_stat_replication
        UNION ALL
        SELECT 'master_replid', lpad(to_hex(system.system_identifier), 16, '0')
                                || lpad(to_hex(checkpoint.timeline_id), 24, '0')
        FROM pg_control_system() AS system, pg_control_checkpoint() AS checkpoint
        UNION ALL
        SELECT 'master_repl_offset',
               (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END
                - '0/0')::text
    ) AS fact (name, value)
$$;
COMMENT ON FUNCTION kv.replication_facts() IS 'The section replication of kv.info()';

-- Nobody counts the keys that expire. So those of a small database are looked at, and of a large one
-- those on a sample of the pages.
CREATE FUNCTION kv.expiring_keys()
RETURNS TABLE (db integer, share double precision, mean_ttl double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    small CONSTANT bigint := 1000;
    sampled_pages CONSTANT double precision := 64;
    never CONSTANT bigint := 9223372036854775807;
    known record;
    key_table regclass;
    pages bigint;
BEGIN
    FOR known IN
        SELECT databases.db, coalesce(map.keyspace, databases.db) AS keyspace, databases.storage, databases.keys
        FROM kv.databases AS databases
        LEFT JOIN kv.database_map AS map ON map.number = databases.db
        -- An unlogged table cannot be read on a standby.
        WHERE databases.keys > 0 AND (databases.storage = 'durable' OR NOT pg_is_in_recovery())
    LOOP
        key_table := ('kv.' || known.storage || '_key')::regclass;
        pages := greatest(pg_relation_size(key_table) / current_setting('block_size')::integer, 1);
        RETURN QUERY EXECUTE format($query$
            SELECT $1, (count(*) FILTER (WHERE expires_at < $2))::double precision / nullif(count(*), 0),
                   avg(greatest(expires_at - extract(epoch FROM clock_timestamp()) * 1000, 0))
                       FILTER (WHERE expires_at < $2)::double precision
            FROM %s AS live %s
            WHERE live.keyspace = $3 AND live.type <> ''
            $query$, key_table,
            CASE WHEN known.keys > small
                 THEN format('TABLESAMPLE system(%s)', least(100 * sampled_pages / pages, 100)) END)
        USING known.db, never, known.keyspace;
    END LOOP;
END
$$;
COMMENT ON FUNCTION kv.expiring_keys() IS
'By database: about which share of the keys expires, and in how many milliseconds on average';

CREATE FUNCTION kv.info(section text DEFAULT NULL)
RETURNS TABLE (section text, name text, value text)
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT fact.section, fact.name, fact.value
    FROM (
        -- What is not asked for is not looked up.
        SELECT facts.section, facts.name, facts.value, 1 AS place
        FROM kv.server_facts() AS facts
        WHERE coalesce(lower(info.section) IN ('all', 'everything', 'default', 'server', 'clients', 'memory',
                                               'persistence', 'horizon'), true)
        UNION ALL
        SELECT facts.section, facts.name, facts.value, 1
        FROM kv.replication_facts() AS facts
        WHERE coalesce(lower(info.section) IN ('all', 'everything', 'default', 'replication'), true)
        UNION ALL
        SELECT 'stats', total.name, total.value::text, 2
        FROM (SELECT sum(commands) AS commands, sum(hits) AS hits, sum(misses) AS misses,
                     sum(expired) AS expired FROM kv.counters()) AS sums,
             LATERAL (VALUES ('total_commands_processed', sums.commands),
                             ('keyspace_hits', sums.hits),
                             ('keyspace_misses', sums.misses),
                             ('expired_keys', sums.expired)) AS total (name, value)
        UNION ALL
        SELECT 'commandstats', 'cmdstat_' || calls.command, 'calls=' || calls.calls, 3
        FROM kv.command_calls() AS calls
        UNION ALL
        SELECT 'keyspace', 'db' || databases.db,
               'keys=' || databases.keys
               || ',expires=' || coalesce(round(databases.keys * expiring.share), 0)
               || ',avg_ttl=' || coalesce(round(expiring.mean_ttl), 0), 4
        FROM kv.databases AS databases
        LEFT JOIN kv.expiring_keys() AS expiring USING (db)
        WHERE databases.keys > 0
          AND coalesce(lower(info.section) IN ('all', 'everything', 'default', 'keyspace'), true)
    ) AS fact
    WHERE lower(info.section) IN ('all', 'everything', 'default') OR info.section IS NULL
       OR fact.section = lower(info.section)
    ORDER BY fact.place
$$;
COMMENT ON FUNCTION kv.info(text) IS
'Facts about the server, in the sections of Redis''s INFO: server, clients, memory, persistence, stats, replication, commandstats, keyspace, and horizon, which tells whose old snapshot keeps dead rows.';
