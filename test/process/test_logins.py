#!/usr/bin/python3
"""Who comes in over the Redis protocol, and what they may do there: PostgreSQL's roles, their
passwords and their grants, also those that change while a connection is open."""

import time

from lib import done, eventually, is_, ok
from resp import CLIENT_ROLE, ROLE, DoorCluster, Resp, RespError, run_parts

WRONGPASS = "WRONGPASS invalid username-password pair or user is disabled."
NOAUTH = "NOAUTH Authentication required."

ROLES = f"""
CREATE ROLE reader LOGIN PASSWORD 'of reader' IN ROLE {CLIENT_ROLE};
CREATE ROLE writer LOGIN PASSWORD 'of writer' IN ROLE {CLIENT_ROLE};
CREATE ROLE nothing LOGIN PASSWORD 'of nothing' IN ROLE {CLIENT_ROLE};
CREATE ROLE stranger LOGIN PASSWORD 'of stranger';
CREATE ROLE master LOGIN SUPERUSER PASSWORD 'of master' IN ROLE {CLIENT_ROLE};
CREATE ROLE closed NOLOGIN PASSWORD 'of closed' IN ROLE {CLIENT_ROLE};
CREATE ROLE expired LOGIN PASSWORD 'of expired' VALID UNTIL '2001-01-01' IN ROLE {CLIENT_ROLE};
CREATE ROLE lasting LOGIN PASSWORD 'of lasting' VALID UNTIL '2101-01-01' IN ROLE {CLIENT_ROLE};
CREATE ROLE without LOGIN IN ROLE {CLIENT_ROLE};
CREATE ROLE family NOLOGIN IN ROLE {CLIENT_ROLE};
CREATE ROLE child LOGIN PASSWORD 'of child' IN ROLE family;
CREATE ROLE crowd LOGIN PASSWORD 'of crowd' CONNECTION LIMIT 2 IN ROLE {CLIENT_ROLE};
CREATE ROLE spaced LOGIN PASSWORD E'a \\'quoted\\' "pass" word' IN ROLE {CLIENT_ROLE};
SET password_encryption = 'md5';
CREATE ROLE old LOGIN PASSWORD 'of old' IN ROLE {CLIENT_ROLE};
"""
GRANTS = """
SELECT kv.grant_read('reader');
SELECT kv.grant_write('writer'), kv.grant_write('family'), kv.grant_write('lasting'), kv.grant_write('crowd'),
       kv.grant_write('old'), kv.grant_write('spaced');
"""


def refused(call):
    """The error in which a call ends."""
    try:
        return f"no error but {call()!r}"
    except RespError as error:
        return str(error)


def attempt(port, role, password):
    with Resp(port, seconds=20) as client:
        try:
            client.ask("AUTH", role, password)
            return "OK"
        except RespError as error:
            return str(error)
        except TimeoutError:
            return "no answer"


def logged_in(cluster, role):
    client = Resp(cluster.resp_port)
    client.ask("AUTH", role, f"of {role}")
    return client


def passwords(cluster):
    port = cluster.resp_port
    for role in "reader", "writer", "lasting", "child", "old":
        is_(attempt(port, role, f"of {role}"), "OK", f"the role {role} comes in with its password")
    is_(attempt(port, "spaced", 'a \'quoted\' "pass" word'), "OK", "a password with quotes and spaces")
    for role, password, why in (
        ("reader", "of writer", "another's password"), ("reader", "", "an empty password"),
        ("reader", "of reader\0", "a password with a NUL behind it"), ("nobody", "of nobody", "no such role"),
        ("", "", "nobody"), ("stranger", "of stranger", "not a member of kv.client_role"),
        ("master", "of master", "a superuser"), ("closed", "of closed", "a role without LOGIN"),
        ("expired", "of expired", "a password that has expired"), ("without", "", "a role without a password"),
        ("old", "of Old", "a wrong password where md5 is stored"), ("READER", "of reader", "a name in other letters"),
    ):
        is_(attempt(port, role, password), WRONGPASS, f"refused: {why}")
    with Resp(port) as client:
        is_(client.ask("HELLO", 3, "AUTH", "writer", "of writer", "SETNAME", "w")[:2], [b"server", b"redis"], "HELLO with AUTH")
        is_((client.ask("ACL", "WHOAMI"), client.ask("CLIENT", "GETNAME")), (b"writer", b"w"), "who and what name")
        is_(refused(lambda: client.ask("AUTH", "reader", "wrong")), WRONGPASS, "a later AUTH that fails")
        is_(client.ask("ACL", "WHOAMI"), b"writer", "leaves the client who it was")
        client.ask("AUTH", "reader", "of reader")
        is_(client.ask("ACL", "WHOAMI"), b"reader", "one that succeeds makes it another")
        client.ask("RESET")
        is_(client.ask("ACL", "WHOAMI"), ROLE.encode(), "RESET makes it the default role")
    ok(eventually(lambda: "stranger" in cluster.log()), "the log tells of those who were refused")
    ok("of stranger" not in cluster.log() and "of master" not in cluster.log(), "but not their passwords")


def rights(cluster):
    with logged_in(cluster, "reader") as reader, logged_in(cluster, "writer") as writer, \
            logged_in(cluster, "nothing") as nobody, Resp(cluster.resp_port) as admin:
        is_(writer.ask("SET", "key", "value"), b"OK", "a writer writes")
        is_(reader.ask("GET", "key"), b"value", "a reader reads")
        for client, words, name in (
            (reader, ("SET", "key", "x"), "a reader that writes"), (reader, ("FLUSHALL",), "a reader that empties"),
            (writer, ("FLUSHALL",), "a writer that empties"), (writer, ("CONFIG", "SET", "timeout", 0), "a writer that configures"),
            (nobody, ("GET", "key"), "a role without rights that reads"), (nobody, ("SET", "key", "x"), "and writes"),
        ):
            ok(refused(lambda: client.ask(*words)).startswith("NOPERM"), f"refused: {name}")
        is_(nobody.ask("PING"), b"PONG", "a role without rights may PING")
        replies = reader.pipeline([("MULTI",), ("GET", "key"), ("SET", "key", "x"), ("EXEC",)])
        ok(str(replies[2]).startswith("NOPERM") and str(replies[3]).startswith("EXECABORT"), "rights count in a transaction")
        is_(admin.ask("GET", "key"), b"value", "all of which changed nothing")
        ok(str(admin.call("ACL", "DRYRUN", "reader", "SET", "a", "b").value).find("permission") > 0, "ACL DRYRUN tells so")


def changes(cluster):
    """Grants and roles that change under an open connection."""
    with logged_in(cluster, "writer") as writer, logged_in(cluster, "reader") as reader:
        writer.ask("SET", "key", "value")
        cluster.psql("SELECT kv.revoke('writer')")
        ok(eventually(lambda: refused(lambda: writer.ask("SET", "key", "x")).startswith("NOPERM"), 10),
           "a revoked grant counts on open connections")
        cluster.psql("SELECT kv.grant_write('writer')")
        ok(eventually(lambda: writer.call("SET", "key", "again").value == b"OK", 10), "as does a new one")
        with Resp(cluster.resp_port) as child:
            child.ask("AUTH", "child", "of child")
            is_(child.ask("SET", "key", "by a child"), b"OK", "rights through a role of which one is a member")
            cluster.psql(f"REVOKE family FROM child; GRANT {CLIENT_ROLE} TO child")
            ok(eventually(lambda: refused(lambda: child.ask("SET", "key", "x")).startswith("NOPERM"), 10), "end with the membership")
        cluster.psql("ALTER ROLE reader PASSWORD 'of another'")
        is_(reader.ask("GET", "key"), b"by a child", "a new password leaves open connections as they are")
        is_(attempt(cluster.resp_port, "reader", "of reader"), WRONGPASS, "the former one is no longer good")
        is_(attempt(cluster.resp_port, "reader", "of another"), "OK", "but the new one is")
        cluster.psql("DROP OWNED BY reader; DROP ROLE reader")

        def is_out():
            try:
                return refused(lambda: reader.ask("GET", "key")).startswith("NO")  # NOPERM, NOAUTH
            except ConnectionError:
                return True
        ok(eventually(is_out, 10), "a role that was dropped may do nothing any more")
    with logged_in(cluster, "lasting"):
        cluster.psql("ALTER ROLE lasting VALID UNTIL '2002-02-02'")
        is_(attempt(cluster.resp_port, "lasting", "of lasting"), WRONGPASS, "a password expires, though it was good before")
        cluster.psql("ALTER ROLE lasting VALID UNTIL 'infinity' NOLOGIN")
        is_(attempt(cluster.resp_port, "lasting", "of lasting"), WRONGPASS, "LOGIN can be taken away")
        cluster.psql(f"ALTER ROLE lasting LOGIN; REVOKE {CLIENT_ROLE} FROM lasting")
        is_(attempt(cluster.resp_port, "lasting", "of lasting"), WRONGPASS, "and the membership")


def limits(cluster):
    with logged_in(cluster, "crowd"), logged_in(cluster, "crowd"):
        ok(attempt(cluster.resp_port, "crowd", "of crowd") != "OK", "a role's connection limit")
    ok(eventually(lambda: attempt(cluster.resp_port, "crowd", "of crowd") == "OK"), "is free again when they have left")


def guessing(cluster):
    """Who guesses passwords is slowed down, and nobody else is."""
    with Resp(cluster.resp_port) as guesser, Resp(cluster.resp_port) as client:
        for number in range(200):
            guesser.send("AUTH", "writer", f"guess {number}")
        is_([client.ask("ECHO", number) for number in range(100)], [b"%d" % number for number in range(100)],
            "200 guesses on one connection delay no other client")
        is_(attempt(cluster.resp_port, "writer", "of writer"), "OK", "nor the login of who knows the password")


def without_default_role(cluster):
    with Resp(cluster.resp_port) as before:
        before.ask("PING")
        cluster.configure({"kv.default_role": ""})
        cluster.reload()

        def is_closed():
            with Resp(cluster.resp_port) as client:
                return client.call("GET", "key").is_error(b"NOAUTH")
        ok(eventually(is_closed), "without kv.default_role clients must log in")
    with Resp(cluster.resp_port) as client:
        for words in (("GET", "key"), ("PING",), ("MULTI",), ("CLIENT", "ID"), ("COMMAND", "COUNT"), ("INFO",)):
            is_(refused(lambda: client.ask(*words)), NOAUTH, f"{words[0]} before AUTH")
        is_(client.ask("AUTH", "writer", "of writer"), b"OK", "AUTH")
        is_(client.ask("SET", "key", "in"), b"OK", "and then as ever")
        is_(client.ask("RESET"), b"RESET", "RESET")
        is_(refused(lambda: client.ask("GET", "key")), NOAUTH, "logs out")
    cluster.configure({"kv.default_role": "stranger"})
    cluster.reload()
    time.sleep(1)
    with Resp(cluster.resp_port) as client:
        ok(refused(lambda: client.ask("GET", "key")).startswith("NO"), "a default role that may not come in lets nobody in")
    cluster.configure({"kv.default_role": "master"})
    cluster.reload()
    time.sleep(1)
    with Resp(cluster.resp_port) as client:
        ok(refused(lambda: client.ask("GET", "key")).startswith("NO"), "and a superuser neither")


with DoorCluster() as cluster:
    cluster.psql(ROLES)
    cluster.psql(GRANTS)
    run_parts(cluster, passwords, rights, limits, changes, guessing, without_default_role)
    ok("terminated by signal" not in cluster.log(), "no process crashed")
done()
