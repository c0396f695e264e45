"""What somebody would write by hand instead of installing pg_kv: a table, and functions over it."""

# The same fillfactor and autovacuum settings as the key tables, the cheapest comparison of keys, and
# no index on expires_at, which would make every change of an expiry dearer.
TABLE = """
CREATE {kind} TABLE bench.{name} (
    key text COLLATE "C" PRIMARY KEY,
    value text NOT NULL,
    expires_at timestamptz
) WITH (
    fillfactor = 85,
    autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_vacuum_cost_delay = 0
)
"""

GET = "SELECT value FROM bench.{table} WHERE key = {key} AND (expires_at IS NULL OR expires_at > now())"

SET = """INSERT INTO bench.{table} (key, value) VALUES ({key}, {value})
ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at"""

FUNCTIONS = """
CREATE FUNCTION bench.get(name text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT value FROM bench.plain
            WHERE key = name AND (expires_at IS NULL OR expires_at > now()));
END
$$;

CREATE FUNCTION bench.set(name text, content text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO bench.plain (key, value) VALUES (name, content)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at;
    RETURN 'OK';
END
$$;

CREATE FUNCTION bench.incr(name text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    result bigint;
BEGIN
    INSERT INTO bench.plain AS old (key, value) VALUES (name, '1')
    ON CONFLICT (key) DO UPDATE SET value = (old.value::bigint + 1)::text
    RETURNING value::bigint INTO result;
    RETURN result;
END
$$;
"""

# Names of keys, in order and shuffled.
NAMES = """
CREATE UNLOGGED TABLE bench.ordered AS
SELECT to_char(100000000 + number, 'FM000000000') AS name FROM generate_series(1, 200000) AS number;
CREATE UNLOGGED TABLE bench.shuffled AS
SELECT name FROM bench.ordered ORDER BY hashtext(name);
VACUUM ANALYZE bench.ordered;
VACUUM ANALYZE bench.shuffled;
"""
FIRST_NAME = 100000001


def create(session):
    session.run("DROP SCHEMA IF EXISTS bench CASCADE")
    session.run("CREATE SCHEMA bench")
    session.run(TABLE.format(kind="", name="plain"))
    session.run(TABLE.format(kind="UNLOGGED", name="plain_cache"))
    session.run(FUNCTIONS)
    for statement in NAMES.split(";"):
        if statement.strip():
            session.run(statement)


def load(session, value, keys, cache=False):
    """The same keys for us and for the peer."""
    table = "plain_cache" if cache else "plain"
    session.run("SELECT count(kv.set(name, %s, db => %s)) FROM (SELECT name FROM bench.shuffled"
                " ORDER BY name LIMIT %s) AS names", value, int(cache), keys)
    session.run(f"INSERT INTO bench.{table} (key, value) SELECT name, %s FROM bench.ordered"
                " ORDER BY name LIMIT %s", value, keys)
