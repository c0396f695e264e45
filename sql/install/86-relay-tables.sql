-- What is watched, for whom, and what has not been told yet. src/outbox/README.md tells how a change
-- goes from here to Redis.

-- The external Redis servers. Nobody but the extension's owner may read the passwords.
CREATE TABLE kv.relay_target (
    name text PRIMARY KEY CHECK (name <> ''),
    host text NOT NULL,       -- a name, an address, or the path of a Unix socket
    port integer NOT NULL CHECK (port BETWEEN 1 AND 65535),
    database integer NOT NULL CHECK (database >= 0),
    username text,
    password text,
    tls boolean NOT NULL,
    tls_ca_file text,
    prefix text NOT NULL,     -- before every key and channel there
    paused boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE kv.relay_target IS 'The external Redis servers that changes are sent to; see kv.relay_targets';

CREATE SEQUENCE kv.watch_id AS integer;
COMMENT ON SEQUENCE kv.watch_id IS 'Ids of what is watched';

-- One row is one template of keys over one table, or one pattern of pg_kv's own keys.
CREATE TABLE kv.watch (
    id integer PRIMARY KEY DEFAULT nextval('kv.watch_id'),
    -- A table
    "table" regclass,
    key text,                 -- the template: 'user:{id}'; for mode read the columns alone: '{id}'
    condition text,           -- a boolean expression over the columns, with qualified names
    columns text[],           -- only a change of one of these counts
    -- Where the names in key, condition and columns stand as long as "table" has this oid, so that
    -- they survive being renamed; a dump and restore gives the table another.
    known_oid oid,
    known_columns smallint[], -- of key and columns, in the order in which they first occur there
    known_condition text,     -- the expression's node tree
    broken text,              -- what is wrong, if names can no longer be found
    -- Or keys of pg_kv
    db integer CHECK (db BETWEEN 0 AND 15),
    pattern text,
    -- What is done
    modes text[] NOT NULL CHECK (modes <@ ARRAY['invalidate', 'refresh', 'publish', 'read'] AND modes <> '{}'),
    target text,              -- without a foreign key: pg_restore --jobs loads the two tables in any order
    format text NOT NULL CHECK (format IN ('json', 'hash')),
    ttl interval,             -- of what refresh stores
    lease interval,           -- how long a key's version is kept beside it
    channel text,             -- for publish; a template too
    CHECK (("table" IS NULL) = (key IS NULL)),
    CHECK (("table" IS NULL) = (pattern IS NOT NULL)),
    CHECK ((pattern IS NULL) = (db IS NULL)),
    CHECK ((target IS NULL) = (modes = ARRAY['read']))
);
COMMENT ON TABLE kv.watch IS 'What is watched, as kv.cache_table and kv.mirror_keys set it up; see kv.cached_tables and kv.mirrored_keys';

-- Writers append to one of the two while the other is emptied and truncated; which one, is a hint
-- that may be out of date. Nothing but insertions at the end and deletions, and no index.
CREATE TABLE kv.relay_outbox_0 (
    watch integer NOT NULL,
    operation "char" NOT NULL, -- i, u, d: rows were inserted, updated, deleted (keys of pg_kv: u, d); t: all may have changed, and keys is empty
    at timestamptz NOT NULL,   -- shortly before the commit
    keys bytea[] NOT NULL,     -- each key once, without the target's prefix; not more than fits a page
    identities text[]          -- for refresh: what stands in the template's columns, key after key
) WITH (autovacuum_enabled = false, toast_tuple_target = 8160);
CREATE TABLE kv.relay_outbox_1 (LIKE kv.relay_outbox_0)
WITH (autovacuum_enabled = false, toast_tuple_target = 8160);
COMMENT ON TABLE kv.relay_outbox_0 IS 'Changes that the relay has not taken up yet';
COMMENT ON TABLE kv.relay_outbox_1 IS 'Changes that the relay has not taken up yet';

-- What could not be sent at once, folded: one row for each key.
CREATE TABLE kv.relay_pending (
    watch integer NOT NULL,
    digest bytea NOT NULL,     -- SHA-256 of the key
    key bytea NOT NULL,
    operation "char" NOT NULL, -- the last one
    identity text[],           -- the template's columns
    since timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    retry_at timestamptz NOT NULL,
    last_error text,
    PRIMARY KEY (watch, digest)
);
COMMENT ON TABLE kv.relay_pending IS 'Changes that wait for their Redis server, one for each key; see kv.relay_targets';

CREATE SEQUENCE kv.relay_dead_id;
CREATE TABLE kv.relay_dead (
    id bigint PRIMARY KEY DEFAULT nextval('kv.relay_dead_id'),
    watch integer NOT NULL,
    key bytea NOT NULL,
    operation "char" NOT NULL,
    identity text[],
    since timestamptz NOT NULL,
    tries integer NOT NULL,
    reason text NOT NULL,
    died_at timestamptz NOT NULL
);
COMMENT ON TABLE kv.relay_dead IS 'Changes that a Redis server refused again and again; see kv.relay_requeue';
COMMENT ON SEQUENCE kv.relay_dead_id IS 'Ids of dead letters';

-- Drawn by the relay before it reads what it sends, and by who fills a cache before he reads.
CREATE SEQUENCE kv.relay_version;
COMMENT ON SEQUENCE kv.relay_version IS 'Versions of what is cached, within a timeline';

-- The history that the targets were last told of: system identifier, database and timeline. Another
-- one means that they may know of changes that are undone.
CREATE TABLE kv.relay_timeline (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    history text NOT NULL
);
COMMENT ON TABLE kv.relay_timeline IS 'The timeline of the last change that was sent';

SELECT pg_catalog.pg_extension_config_dump('kv.relay_target', '');
SELECT pg_catalog.pg_extension_config_dump('kv.watch', '');
SELECT pg_catalog.pg_extension_config_dump('kv.watch_id', '');
SELECT pg_catalog.pg_extension_config_dump('kv.relay_version', '');
SELECT pg_catalog.pg_extension_config_dump('kv.relay_timeline', '');
