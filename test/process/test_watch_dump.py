#!/usr/bin/python3
"""pg_dump and restore of watched tables: what was set up works in the new database, and goes on following."""

from lib import Cluster, done, is_, ok

FILL = """
    CREATE EXTENSION pg_kv;
    INSERT INTO kv.relay_target (name, host, port, database, username, password, tls, prefix)
    VALUES ('default', '127.0.0.1', 6379, 0, 'u', 'secret', false, 'app:');
    CREATE SCHEMA "Other one";
    CREATE FUNCTION "Other one".is_good(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 = 'good' $$;
    -- Dropped columns have numbers that the restored table does not have.
    CREATE TABLE "Other one".item (gone integer, "E mail" text, gone_too integer, id integer PRIMARY KEY, state text);
    ALTER TABLE "Other one".item DROP gone, DROP gone_too;
    CREATE TABLE event (id integer, region text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
    CREATE TABLE event_a PARTITION OF event FOR VALUES IN ('a');
    CREATE TABLE event_b (extra integer, region text NOT NULL, id integer NOT NULL);
    ALTER TABLE event_b DROP extra;
    ALTER TABLE event ATTACH PARTITION event_b FOR VALUES IN ('b');
    CREATE TABLE parent (id integer UNIQUE);
    CREATE TABLE child (more text) INHERITS (parent);
    ALTER TABLE "Other one".item ADD FOREIGN KEY (id) REFERENCES parent (id);
    INSERT INTO parent VALUES (1), (2);
    INSERT INTO "Other one".item VALUES ('m', 1, 'good');
    INSERT INTO event VALUES (1, 'a'), (2, 'b');
    SELECT kv.cache_table('"Other one".item', 'item:{id}:{E mail}', 'refresh,publish', channel => 'c:{id}', columns => '{state}',
                          condition => '"Other one".is_good(state)', ttl => '1 hour', format => 'hash');
    SELECT kv.cache_table('event', 'e:{region}:{id}'), kv.cache_table('event_b', 'b:{id}', 'publish'),
           kv.cache_table('parent', 'p:{id}'), kv.cache_table('parent', mode => 'read', key => '{id}');
    DELETE FROM kv.relay_outbox_0;
"""
TABLES = "SELECT * FROM kv.cached_tables ORDER BY id"
TRIGGERS = """SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger
              WHERE tgfoid = 'kv.capture_change()'::regprocedure ORDER BY tgrelid::regclass::text, 2"""
MEMBERS = "SELECT relation::regclass, watch, by_row FROM kv.watch_table ORDER BY relation::regclass::text, 2"
KEYS = """SELECT string_agg(operation::text || ' ' || coalesce(convert_from(key, 'UTF8'), '*'), ', ' ORDER BY key, operation)
          FROM kv.relay_outbox_0 LEFT JOIN unnest(keys) AS key ON true"""


def write(cluster, database, sql):
    cluster.psql("DELETE FROM kv.relay_outbox_0", database)
    cluster.psql(sql, database)
    return cluster.psql(KEYS, database)


def compare(cluster, database, source, name):
    for sql, what in (TABLES, "what is watched"), (TRIGGERS, "triggers"), (MEMBERS, "tables that have them"):
        is_(cluster.psql(sql, database), source[sql], f"{name}: {what}")
    is_(write(cluster, database, """UPDATE "Other one".item SET "E mail" = 'n'; UPDATE "Other one".item SET state = 'bad'"""),
        "u item:1:m, u item:1:n, u item:1:n", f"{name}: columns that had other numbers, and the condition")
    is_(write(cluster, database, "INSERT INTO event VALUES (3, 'a'), (4, 'b')"), "i b:4, i e:a:3, i e:b:4",
        f"{name}: partitions")
    is_(write(cluster, database, "INSERT INTO child VALUES (5, 'x')"), "i p:5", f"{name}: children")
    # It goes on following.
    cluster.psql('ALTER TABLE "Other one".item RENAME "E mail" TO mail; ALTER TABLE "Other one".item RENAME state TO mood',
                 database)
    is_(write(cluster, database, """INSERT INTO "Other one".item VALUES ('k', 2, 'good')"""), "i item:2:k",
        f"{name}: renamed columns")
    is_(cluster.psql("SELECT key, channel, columns, condition, problem FROM kv.cached_tables WHERE id = 1", database),
        'item:{id}:{mail}|c:{id}|{mood}|"Other one".is_good(mood)|', f"{name}: under their names")
    is_(write(cluster, database, "CREATE TABLE event_c PARTITION OF event FOR VALUES IN ('c'); "
                                 "INSERT INTO event_c VALUES (6, 'c')"), "i e:c:6", f"{name}: a new partition")
    is_(write(cluster, database, "ALTER TABLE event DETACH PARTITION event_c; INSERT INTO event_c VALUES (7, 'c')"), "t *",
        f"{name}: and without it")
    is_(cluster.psql("SELECT kv.uncache_table('event'), kv.uncache_table('event_b'), kv.uncache_table('parent'), "
                     "kv.uncache_table('\"Other one\".item')", database), "|||", f"{name}: it can be ended")
    is_(cluster.psql(TRIGGERS, database), "", f"{name}: without a trigger left")


def dump(cluster, name, *options):
    file = cluster.folder / name
    cluster.run("pg_dump", *options, f"--file={file}", "source")
    return file


with Cluster() as cluster, Cluster() as elsewhere:
    cluster.psql("CREATE DATABASE source")
    cluster.psql(FILL, "source")
    source = {sql: cluster.psql(sql, "source") for sql in (TABLES, TRIGGERS, MEMBERS)}
    ok("kv_capture_row|A" in source[TRIGGERS] and "secret" not in source[TABLES], "the source is set up")
    archive = dump(cluster, "archive", "--format=custom")
    script = dump(cluster, "script", "--format=plain")
    # Elsewhere, objects may get the very oids that they had here.
    for target, database in (cluster, "as_archive"), (elsewhere, "source"), (elsewhere, "in_parallel"):
        target.run("createdb", "--template=template0", database)
        jobs = ["--jobs=3"] if database == "in_parallel" else []
        target.run("pg_restore", "--exit-on-error", *jobs, f"--dbname={database}", archive)
        compare(target, database, source, f"{database} at {'home' if target is cluster else 'elsewhere'}")
    cluster.run("createdb", "--template=template0", "as_script")
    cluster.run("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname=as_script", f"--file={script}",
                "--output=/dev/null")
    compare(cluster, "as_script", source, "as_script")

    # In two steps
    schema, data = dump(cluster, "schema.dump", "--format=custom", "--schema-only"), dump(cluster, "data.dump", "--format=custom", "--data-only")
    cluster.run("createdb", "--template=template0", "in_steps")
    cluster.run("pg_restore", "--exit-on-error", "--dbname=in_steps", schema)
    is_(cluster.psql(TRIGGERS, "in_steps"), source[TRIGGERS], "the schema alone has the triggers")
    is_(write(cluster, "in_steps", "INSERT INTO event VALUES (3, 'a')"), "", "which have nothing to say yet")
    cluster.psql("DELETE FROM event", "in_steps")
    cluster.run("pg_restore", "--exit-on-error", "--dbname=in_steps", data)
    is_(cluster.psql(TABLES, "in_steps"), source[TABLES], "the data bring what is watched")
    is_(write(cluster, "in_steps", "INSERT INTO event VALUES (3, 'a'), (4, 'b')"), "i b:4, i e:a:3, i e:b:4",
        "and the triggers find it")
    cluster.psql('ALTER TABLE "Other one".item RENAME "E mail" TO mail', "in_steps")
    is_(cluster.psql("SELECT key FROM kv.cached_tables WHERE id = 1", "in_steps"), "item:{id}:{mail}",
        "a renaming is followed, where there was no step before it")
done()
