#!/usr/bin/python3
"""pg_dump and restore: keys, expiries, databases and rights come back as they were."""

import time

from lib import Client, Cluster, done, finish, is_, ok, size_is_right, sizes, sqlstate, start, unsound

ROLES = "reader", "writer_of_3", "getter", "admin_of_5", "former"

FILL = """
    CREATE EXTENSION pg_kv;
    SELECT kv.set('plain:' || i, 'value ' || i) FROM generate_series(1, 500) AS i;
    SELECT kv.set('expiring:' || i, i, pxat => 4000000000000 + i) FROM generate_series(1, 200) AS i;
    SELECT kv.set('third:' || i, i, db => 3) FROM generate_series(1, 300) AS i;
    SELECT kv.name_database(3, 'sessions'), kv.name_database(5, 'cached');
    SELECT kv.set_storage(5, 'cache');
    SELECT kv.set('cached:' || i, i, px => 100000000, db => 5) FROM generate_series(1, 100) AS i;
    -- Flushed, partly written again, and swapped
    SELECT kv.set('flushed:' || i, i, db => 7) FROM generate_series(1, 400) AS i;
    SELECT kv.flushdb(db => 7);
    SELECT kv.set('since:' || i, i, db => 7) FROM generate_series(1, 10) AS i;
    SELECT kv.set('eighth', '8', db => 8), kv.swapdb(8, 9);
    -- Bytes, and keys longer than an index entry
    SELECT kv.set('\\x0001ff5c80'::bytea, '\\x00ff'::bytea), kv.set('empty', ''), kv.set('', 'empty');
    SELECT kv.set(string_agg(sha512(convert_to(n || '.' || i, 'UTF8')), ''), convert_to('long ' || n, 'UTF8'))
    FROM generate_series(1, 3) AS n, generate_series(1, 1600) AS i GROUP BY n;
    SELECT kv.set('large', repeat('0123456789', 30000)), kv.append('text', '1'), kv.append('text', '2');
    SELECT kv.del('plain:' || i) FROM generate_series(1, 50) AS i;
    SELECT kv.grant_read('reader'), kv.grant_write('writer_of_3', 3), kv.grant_admin('admin_of_5', 5);
    SELECT kv.grant_command('getter', 'GET');
    GRANT SELECT ON kv.db7 TO getter;
    SELECT kv.grant_write('former'), kv.revoke('former');
"""

# A word for what a database holds, to be compared.
KEYS = """SELECT db, count(*), md5(string_agg(concat_ws(' ', key_bytes, value_bytes, expires_at), ' ' ORDER BY key_bytes))
          FROM kv.strings GROUP BY db ORDER BY db"""
ROWS = """SELECT count(*), md5(string_agg(concat_ws(' ', id, keyspace, due, type, encoding, expires_at, version), ' ' ORDER BY id))
          FROM kv.durable_key"""
DATABASES = "SELECT * FROM kv.databases"
EXPIRIES = "SELECT kv.pexpiretime('expiring:' || i) - i FROM generate_series(1, 200) AS i GROUP BY 1"
RIGHTS = """
    SELECT object, grantee::regrole, privilege_type
    FROM (SELECT oid::regprocedure::text AS object, proacl AS acl FROM pg_proc WHERE pronamespace = 'kv'::regnamespace
          UNION ALL SELECT oid::regclass::text, relacl FROM pg_class WHERE relnamespace = 'kv'::regnamespace
          UNION ALL SELECT nspname, nspacl FROM pg_namespace WHERE nspname = 'kv') AS objects,
         aclexplode(acl) WHERE grantee <> 'postgres'::regrole ORDER BY 1, 2, 3"""


def restore(cluster, database, how):
    """A new database with what pg_dump made of the one called source."""
    file = cluster.folder / f"{database}.dump"
    cluster.run("pg_dump", f"--format={how}", f"--file={file}", "source")
    cluster.run("createdb", "--template=template0", database)
    if how == "plain":
        cluster.run("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={database}", f"--file={file}",
                    "--output=/dev/null")
    else:
        cluster.run("pg_restore", "--exit-on-error", f"--dbname={database}", file)


def compare(cluster, database):
    for sql, what in ((KEYS, "keys, values and expiries"), (ROWS, "rows, with ids and versions"),
                      (DATABASES, "names, storage classes and sizes"), (RIGHTS, "rights")):
        is_(cluster.psql(sql, database), cluster.psql(sql, "source"), f"{database}: {what}")
    is_(cluster.psql(EXPIRIES, database), "4000000000000", f"{database}: expiries to the millisecond")
    for number in 0, 3, 5, 7, 8, 9:
        size_is_right(cluster, f"{database}, database {number}", number, database)
    is_(cluster.psql("SELECT kv.get('\\x0001ff5c80'::bytea), kv.get(''), kv.strlen('large'), kv.get('text'), "
                     "kv.get('since:1', db => kv.db('sessions') + 4), kv.get('eighth', db => 9), "
                     "kv.get('cached:1', db => kv.db('cached')), kv.object_encoding('text')", database),
        "\\x00ff|empty|300000|12|1|8|1|raw", f"{database}: the functions find them")
    is_(cluster.psql("SELECT count(*) FROM kv.strings WHERE length(key_bytes) = 102400 "
                     "AND kv.get(key_bytes) = value_bytes", database), "3", f"{database}: keys of 100 kB")


def act_as(cluster, database):
    """The rights, tried out."""
    for role, sql, expected in (
            ("reader", "SELECT kv.get('plain:100')", None),
            ("reader", "SELECT kv.set('plain:100', 'x')", "42501"),
            ("writer_of_3", "SELECT kv.set('third:1', 'x', db => 3)", None),
            ("writer_of_3", "SELECT kv.set('plain:100', 'x')", "42501"),
            ("admin_of_5", "SELECT kv.flushdb(db => 5)", None),
            ("admin_of_5", "SELECT kv.flushdb(db => 3)", "42501"),
            ("getter", "SELECT kv.get('since:1', db => 7)", None),
            ("getter", "SELECT kv.get('plain:100')", "42501"),
            ("getter", "SELECT kv.exists('since:1')", "42501"),
            ("former", "SELECT kv.get('plain:100')", "42501")):
        connection = cluster.connect(database, user=role)
        is_(sqlstate(connection, sql), expected, f"{database}: {role}: {sql}")
        connection.close()


def go_on(cluster, database):
    """What is written after the restore does not collide with what came from it."""
    is_(cluster.psql("SELECT count(kv.set('new:' || i, i)) FROM generate_series(1, 1000) AS i", database), "1000",
        f"{database}: new keys")
    is_(cluster.psql("SELECT count(*) - count(DISTINCT id) FROM kv.durable_key", database), "0",
        f"{database}: their ids are new")
    before = cluster.psql("SELECT db, keys FROM kv.databases WHERE db NOT IN (1, 3) ORDER BY db", database)
    cluster.psql("SELECT kv.flushdb(db => 3); SELECT kv.set_storage(1, 'cache')", database)
    is_(cluster.psql("SELECT kv.dbsize(1), kv.dbsize(3)", database), "0|0", f"{database}: new keyspaces are empty")
    is_(cluster.psql("SELECT db, keys FROM kv.databases WHERE db NOT IN (1, 3) ORDER BY db", database), before,
        f"{database}: and others than those of other databases")
    cluster.psql("DO $$ BEGIN WHILE kv.expire_batch(1000) > 0 LOOP COMMIT; END LOOP; END $$", database)
    is_(cluster.psql("SELECT count(*) FROM kv.durable_key WHERE keyspace NOT IN "
                     "(SELECT coalesce(keyspace, number) FROM generate_series(0, 15) AS number "
                     "LEFT JOIN kv.database_map USING (number))", database), "0",
        f"{database}: rows of flushed databases are swept")
    is_(unsound(cluster, database), "", f"{database}: amcheck finds nothing")


def without_cache(cluster):
    cluster.run("pg_dump", "--format=custom", "--no-unlogged-table-data", f"--file={cluster.folder}/logged.dump", "source")
    cluster.run("createdb", "logged")
    cluster.run("pg_restore", "--exit-on-error", "--dbname=logged", f"{cluster.folder}/logged.dump")
    is_(cluster.psql("SELECT kv.dbsize(5), kv.get('cached:1', db => 5) IS NULL, kv.get('third:9', db => 3)", "logged"),
        "0|t|9", "without unlogged data: cache databases are empty, others are not")


def under_load(cluster):
    """A dump sees keys and their number as of one moment."""
    def work(client):
        name = f"load:{client.number}:{client.random.randrange(200)}"
        client.value("SELECT kv.set(%s, 'x')" if client.random.random() < 0.6 else "SELECT kv.del(%s)", name)

    clients = start([Client(cluster, work, number, "source") for number in range(4)])
    time.sleep(0.3)
    restore(cluster, "loaded", "custom")
    is_(finish(clients), [], "writers go on while a dump is made")
    ok(sizes(cluster, 0, "loaded")[1] > 600, "a dump made under load has keys")
    size_is_right(cluster, "a dump made under load", 0, "loaded")


with Cluster() as cluster:
    cluster.psql("".join(f"CREATE ROLE {role} LOGIN;" for role in ROLES) + "CREATE DATABASE source")
    cluster.psql(FILL, "source")
    for database, how in ("as_script", "plain"), ("as_archive", "custom"):
        restore(cluster, database, how)
        compare(cluster, database)
        go_on(cluster, database)
        act_as(cluster, database)
    without_cache(cluster)
    under_load(cluster)
done()
