-- What the extension's script makes: comments, labels, membership, dumps, rights.
\set ECHO none
\set QUIET true
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_kv;
CREATE EXTENSION IF NOT EXISTS pgtap;

BEGIN;
SELECT plan(26);

SELECT is_empty($$ SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'kv'::regnamespace AND obj_description(oid, 'pg_proc') IS NULL $$,
    'every function has a comment');
SELECT is_empty($$ SELECT oid::regclass FROM pg_class WHERE relnamespace = 'kv'::regnamespace AND relkind IN ('r', 'v', 'S') AND obj_description(oid, 'pg_class') IS NULL $$,
    'every table, view and sequence has a comment');
SELECT isnt(obj_description('kv'::regnamespace, 'pg_namespace'), NULL, 'so has the schema');

-- labels
SELECT is_empty($$ SELECT DISTINCT proname, "right" FROM pg_proc JOIN kv.command_rights() AS command ON command.function = proname
    WHERE pronamespace = 'kv'::regnamespace AND "right" <> 'read' AND (provolatile <> 'v' OR proparallel <> 'u') $$,
    'commands that write are VOLATILE and PARALLEL UNSAFE');
SELECT is_empty($$ SELECT DISTINCT proname FROM pg_proc JOIN kv.command_rights() AS command ON command.function = proname
    WHERE pronamespace = 'kv'::regnamespace AND "right" = 'read' AND proname NOT LIKE '%rand%' AND proname <> 'dbsize' AND (provolatile <> 's' OR proparallel <> 's') $$,
    'commands that read are STABLE and PARALLEL SAFE');
-- A transaction's own part of dbsize is in the memory of the session, which a worker does not see.
SELECT ok((SELECT provolatile = 's' AND proparallel IN ('s', 'r') FROM pg_proc WHERE pronamespace = 'kv'::regnamespace AND proname = 'dbsize'),
    'dbsize is STABLE, and may be PARALLEL RESTRICTED');
SELECT is_empty($$ SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'kv'::regnamespace AND proname LIKE '%rand%' AND provolatile <> 'v' $$,
    'what answers at random is VOLATILE');
SELECT is_empty($$ SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'kv'::regnamespace AND prosecdef AND NOT (coalesce(proconfig, '{}') @> '{"search_path=pg_catalog, pg_temp"}') $$,
    'functions with their owner''s rights have a search_path of their own');
SELECT is_empty($$ SELECT function FROM kv.command_rights() EXCEPT SELECT proname FROM pg_proc WHERE pronamespace = 'kv'::regnamespace $$,
    'every command of kv.command_rights has a function');
SELECT is_empty($$ SELECT function, command FROM kv.command_rights() WHERE "right" NOT IN ('read', 'write', 'admin') $$, 'and one of three rights');

-- every command with a key has a text and a bytea form, and those with a value one for any type, and no other
SELECT is_empty($$ SELECT proname, count(*) FROM pg_proc JOIN kv.command_rights() AS command ON command.function = proname
    WHERE pronamespace = 'kv'::regnamespace AND pronargs > 0 AND NOT provariadic <> 0 AND proargtypes[0] IN ('text'::regtype, 'bytea'::regtype)
    GROUP BY proname HAVING NOT (bool_or(proargtypes[0] = 'text'::regtype) AND bool_or(proargtypes[0] = 'bytea'::regtype)) $$,
    'a function with a text form has a bytea form');
SELECT is_empty($$ SELECT proname FROM pg_proc WHERE pronamespace = 'kv'::regnamespace AND proname <> 'cache_query'
    GROUP BY proname HAVING bool_or('"any"'::regtype = ANY (proargtypes)) AND NOT (bool_or(prosrc LIKE '%\_text') AND bool_or(prosrc LIKE '%\_bytea')) $$,
    'a function that takes any value has both, too');

-- membership
SELECT is_empty($$ SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'kv'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e') $$, 'every function belongs to the extension');
SELECT is_empty($$ SELECT oid::regclass FROM pg_class WHERE relnamespace = 'kv'::regnamespace AND relkind IN ('r', 'v', 'S')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e') $$, 'every relation belongs to the extension');
SELECT is((SELECT extrelocatable FROM pg_extension WHERE extname = 'pg_kv'), false, 'the extension cannot be moved to another schema');

-- pg_dump dumps the rows of what was marked, and only of that. What holds oids is filled anew, and
-- what is yet to be sent is this database's business.
SELECT is_empty($$ SELECT oid::regclass FROM pg_class WHERE relnamespace = 'kv'::regnamespace AND relkind IN ('r', 'S') AND relname NOT IN ('watch_table', 'mirror_mark', 'cache_change') AND relname !~ '^relay_(outbox|pending|dead)'
    AND NOT oid = ANY ((SELECT extconfig FROM pg_extension WHERE extname = 'pg_kv')::oid[]) $$, 'every table and sequence is dumped');

-- storage
SELECT bag_eq($$ SELECT relname::text FROM pg_class WHERE relnamespace = 'kv'::regnamespace AND relkind = 'r' AND relpersistence = 'u' $$,
    ARRAY['cache_key', 'cache_size', 'cache_field', 'cache_item', 'cache_member', 'cache_block', 'cache_dropped_collection', 'mirror_mark', 'cache_change'], 'the tables of cache databases, and what goes with them, are unlogged');
SELECT is((SELECT count(*) FROM pg_attribute AS durable JOIN pg_attribute AS cache USING (attnum, attname, atttypid, attnotnull, attstorage, attcompression)
    WHERE durable.attrelid = 'kv.durable_key'::regclass AND cache.attrelid = 'kv.cache_key'::regclass AND attnum > 0), 9::bigint, 'both key tables have the same columns');
SELECT is((SELECT reloptions FROM pg_class WHERE oid = 'kv.cache_key'::regclass), (SELECT reloptions FROM pg_class WHERE oid = 'kv.durable_key'::regclass), 'and the same parameters');
SELECT is_empty($$ SELECT indexrelid::regclass FROM pg_index, pg_attribute AS often
    WHERE indrelid IN ('kv.durable_key'::regclass, 'kv.cache_key'::regclass) AND attrelid = indrelid AND attname IN ('value', 'expires_at', 'version', 'type', 'encoding')
    AND (attnum = ANY (indkey) OR coalesce(pg_get_expr(indpred, indrelid), '') LIKE '%' || attname || '%') $$,
    'no index mentions a column that common writes change');

-- HOT: what the columns' order and the indexes are for
SELECT kv.flushall() \g /dev/null
SELECT kv.set('hot', '1', ex => 3600) \g /dev/null
SELECT due AS due FROM kv.durable_key WHERE kv.key_name(key, value) = 'hot' \gset
SELECT kv.incr('hot'), kv.expire('hot', 3700), kv.persist('hot'), kv.expire('hot', 3600) \g /dev/null
SELECT is((SELECT due FROM kv.durable_key WHERE kv.key_name(key, value) = 'hot'), :due, 'changes of value and expiry leave the indexed column');

-- PUBLIC
SELECT is_empty($$ SELECT oid::regprocedure FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS acl
    WHERE pronamespace = 'kv'::regnamespace AND acl.grantee = 0 $$, 'nothing is granted to PUBLIC on functions');
SELECT is_empty($$ SELECT oid::regclass FROM pg_class, aclexplode(coalesce(relacl, acldefault('r', relowner))) AS acl
    WHERE relnamespace = 'kv'::regnamespace AND acl.grantee = 0 $$, 'nor on relations');
SELECT is_empty($$ SELECT nspname FROM pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner))) AS acl WHERE nspname = 'kv' AND acl.grantee = 0 $$, 'nor on the schema');
SELECT is_empty($$ SELECT attrelid::regclass, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'kv'::regnamespace AND attacl IS NOT NULL $$, 'nor on columns');
SELECT is_empty($$ SELECT oid::regtype FROM pg_type WHERE typnamespace = 'kv'::regnamespace AND typtype NOT IN ('b', 'c') AND typname <> 'database_number' $$,
    'and there are no types but those of relations, and a database''s number');

SELECT * FROM finish();
ROLLBACK;
