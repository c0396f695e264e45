#!/usr/bin/python3
"""Who may come in by the Redis protocol, and what they may do: PostgreSQL's roles, at the moment."""

import socket
import time

from lib import diag, done, eventually, is_, ok
from resp import CLIENT_ROLE, DoorCluster, Resp, RespError

WRONG = "WRONGPASS invalid username-password pair or user is disabled."
PASSWORD = "correct horse"
GUESS = "battery staple"


def answer(client, *words):
    """What a command answers, errors as text, None if the connection was closed."""
    try:
        reply = client.ask(*words)
    except RespError as error:
        return str(error)
    except (OSError, EOFError):
        return None
    return reply.decode() if isinstance(reply, bytes) else reply


def login(cluster, *words):
    """A new client's answer to AUTH."""
    with Resp(cluster.resp_port) as client:
        return answer(client, "AUTH", *words)


def came_in(cluster, *words):
    client = Resp(cluster.resp_port)
    client.ask("AUTH", *words)
    return client


def create(cluster, name, options="LOGIN", groups=CLIENT_ROLE, password=PASSWORD, encryption="scram-sha-256"):
    cluster.psql(f"""SET password_encryption = '{encryption}';
                     CREATE ROLE {name} {options} PASSWORD '{password}'""")
    if groups:
        cluster.psql(f"GRANT {groups} TO {name}")


def refused_soon(client, *words):
    """The error in which a command ends once what was changed has come to the server."""
    def error():
        reply = answer(client, *words)
        return reply if reply is None or str(reply).startswith(("NOPERM", "NOAUTH")) else False
    return eventually(error, seconds=10)


def ends_soon(client):
    """Whether a client is in no more: its connection was closed, or it has to log in again."""
    def is_out():
        reply = answer(client, "PING")
        return reply is None or str(reply).startswith("NOAUTH")
    return bool(eventually(is_out, seconds=10))


def passwords(cluster):
    create(cluster, "scram")
    create(cluster, "md5", encryption="md5")
    cluster.psql("CREATE ROLE friends NOLOGIN")
    cluster.psql(f"GRANT {CLIENT_ROLE} TO friends")
    create(cluster, "inherited", groups="friends")
    for name in ["scram", "md5", "inherited"]:
        for time_ in ["first", "second"]:
            is_(login(cluster, name, PASSWORD), "OK", f"{name}: comes in, the {time_} time")
        with came_in(cluster, name, PASSWORD) as client:
            is_(answer(client, "ACL", "WHOAMI"), name, f"{name}: is who it says")
    cluster.psql(f"ALTER ROLE scram PASSWORD '{PASSWORD}2'")
    is_(login(cluster, "scram", PASSWORD), WRONG, "a password that was changed does not do any more")
    is_(login(cluster, "scram", PASSWORD + "2"), "OK", "the new one does")


def who_may_not(cluster):
    create(cluster, "admin", "LOGIN SUPERUSER")
    create(cluster, "stranger", groups=None)
    create(cluster, "disabled", "NOLOGIN")
    create(cluster, "expired", "LOGIN VALID UNTIL '2001-01-01'")
    create(cluster, "unconnected")
    cluster.psql("""REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
                    GRANT CONNECT ON DATABASE postgres TO app, scram, md5, friends""")
    cluster.psql(f"CREATE ROLE secretless LOGIN IN ROLE {CLIENT_ROLE}; GRANT CONNECT ON DATABASE postgres TO secretless")
    reasons = {"admin": "Superusers", "stranger": "not a member", "disabled": "not permitted to log in",
               "expired": "expired", "unconnected": "CONNECT privilege", "secretless": "no password",
               "nobody": "no such role"}
    for name, reason in reasons.items():
        position = cluster.log_position()
        is_(login(cluster, name, PASSWORD), WRONG, f"{name}: is refused")
        log = cluster.log(position)
        ok(f'failed for user "{name}", client 127.0.0.1' in log and reason in log, f"{name}: the log says why")
    for words in [["scram", ""], ["scram", "x" * 16_000], ["scram", "a\0b"], ["a\0b", PASSWORD], ["x" * 16_000, "x"],
                  ["\r\nscram", "x"], [b"\xff\xfe", "x"]]:
        is_(login(cluster, *words), WRONG, f"so is {str(words)[:40]}")
    cluster.psql("GRANT CONNECT ON DATABASE postgres TO PUBLIC")
    is_(login(cluster, "unconnected", PASSWORD), "OK", "a right that was granted counts at once")


def before_login(cluster):
    with Resp(cluster.resp_port) as client:
        for words in [["GET", "k"], ["PING"], ["CLIENT", "LIST"], ["ACL", "WHOAMI"], ["ACL", "LIST"]]:
            is_(answer(client, *words), "NOAUTH Authentication required.", f"who is not logged in cannot {words[0]}")
        is_(answer(client, "AUTH", "default", PASSWORD), WRONG, "nobody is the default user without kv.default_role")
        ok(answer(client, "AUTH", PASSWORD).startswith("ERR AUTH <password> called without any password"),
           "which a password alone needs, too")
        is_(answer(client, "AUTH", "md5", PASSWORD), "OK", "after a failure there may be a success")
        is_(answer(client, "AUTH", "md5", GUESS), WRONG, "a client that is in can fail")
        is_(answer(client, "ACL", "WHOAMI"), "md5", "and stays who it was")


def guessing(cluster):
    create(cluster, "victim")
    position = cluster.log_position()
    tries = 0
    until = time.monotonic() + 3
    while time.monotonic() < until:
        is_wrong = login(cluster, "victim", f"{GUESS} {tries}") == WRONG
        tries += is_wrong
    # 100, 200, 400, 800, 1600 milliseconds; without a wait there would be hundreds.
    ok(1 <= tries <= 7, f"guesses are slowed down: {tries} in three seconds")
    log = cluster.log(position)
    is_(log.count('failed for user "victim"'), tries, "each is logged")
    ok(GUESS not in log and PASSWORD not in log, "without the password")
    is_(eventually(lambda: login(cluster, "victim", PASSWORD) == "OK"), True, "the right one is welcome after a while")

    began = time.monotonic()
    with came_in(cluster, "md5", PASSWORD) as other:
        guessers = [socket.create_connection(("127.0.0.1", cluster.resp_port)) for _ in range(50)]
        for number, guesser in enumerate(guessers):
            guesser.sendall(f"AUTH victim {number}\r\n".encode())
        slowest = 0.0
        for _ in range(200):
            sent = time.monotonic()
            other.ask("PING")
            slowest = max(slowest, time.monotonic() - sent)
        for guesser in guessers:
            guesser.close()
    diag(f"the slowest of 200 pings beside 50 guesses took {slowest * 1000:.1f} ms of {time.monotonic() - began:.1f} s")
    is_(login(cluster, "inherited", PASSWORD), "OK", "and another role comes in")


def limits(cluster):
    create(cluster, "few", "LOGIN CONNECTION LIMIT 2")

    def is_welcome(name):
        return lambda: login(cluster, name, PASSWORD) == "OK"

    first, second = (came_in(cluster, "few", PASSWORD) for _ in range(2))
    is_(login(cluster, "few", PASSWORD), WRONG, "CONNECTION LIMIT of a role counts")
    is_(answer(first, "AUTH", "few", PASSWORD), "OK", "who is in may log in again")
    is_(answer(first, "AUTH", "md5", PASSWORD), "OK", "or become somebody else")
    is_(eventually(is_welcome("few")), True, "which gives a place back")
    is_(answer(first, "AUTH", "few", PASSWORD), "OK", "for the next")
    is_(login(cluster, "few", PASSWORD), WRONG, "or for the same")
    first.close()
    is_(eventually(is_welcome("few")), True, "the end of a connection gives one back, too")

    first = came_in(cluster, "md5", PASSWORD)
    cluster.psql("ALTER DATABASE postgres CONNECTION LIMIT 2")
    is_(login(cluster, "md5", PASSWORD), WRONG, "CONNECTION LIMIT of the database counts")
    second.close()
    is_(eventually(is_welcome("md5")), True, "whoever has the connections")
    cluster.psql("ALTER DATABASE postgres CONNECTION LIMIT -1")
    first.close()


def rights(cluster):
    create(cluster, "worker")
    with came_in(cluster, "worker", PASSWORD) as client:
        denied = "NOPERM User worker has no permissions to run the '{}' command"
        is_(answer(client, "GET", "k"), denied.format("get"), "without a grant nothing can be read")
        is_(answer(client, "PING"), "PONG", "what concerns the connection alone needs none")

        cluster.psql("SELECT kv.set('k', 'value'), kv.grant_read('worker')")
        is_(eventually(lambda: answer(client, "GET", "k") == "value"), True, "kv.grant_read lets read, at once")
        is_(answer(client, "SET", "k", "v"), denied.format("set"), "and not write")
        is_(answer(client, "FLUSHALL"), denied.format("flushall"), "nor flush")

        cluster.psql("SELECT kv.grant_write('worker')")
        is_(eventually(lambda: answer(client, "SET", "k", "v") == "OK"), True, "kv.grant_write lets write")
        is_(answer(client, "FLUSHALL"), denied.format("flushall"), "and not flush")
        is_(answer(client, "ACL", "USERS"), denied.format("acl|users"), "nor administer")

        cluster.psql("REVOKE EXECUTE ON FUNCTION kv.get(bytea, integer) FROM worker")
        is_(refused_soon(client, "GET", "k"), denied.format("get"), "EXECUTE revoked counts on an open connection")
        is_(answer(client, "STRLEN", "k"), 1, "for that command alone")
        cluster.psql("REVOKE USAGE ON SCHEMA kv FROM worker")
        is_(refused_soon(client, "STRLEN", "k"), denied.format("strlen"), "so does USAGE of the schema")

        cluster.psql("SELECT kv.grant_admin('worker')")
        is_(eventually(lambda: answer(client, "FLUSHALL") == "OK"), True, "kv.grant_admin lets flush")
        ok("worker" in answer_list(client, "ACL", "USERS"), "and administer")
        cluster.psql("REVOKE EXECUTE ON FUNCTION kv.administer() FROM worker")
        is_(refused_soon(client, "ACL", "USERS"), denied.format("acl|users"), "kv.administer() is that right")
        cluster.psql("SELECT kv.revoke('worker')")
        is_(refused_soon(client, "SET", "k", "v"), denied.format("set"), "kv.revoke takes all of it")


def answer_list(client, *words):
    return [element.decode() for element in client.ask(*words)]


def databases(cluster):
    create(cluster, "tenant")
    cluster.psql("SELECT kv.grant_write('tenant', 3), kv.grant_read('tenant', 4), kv.set('k', 'four', db => 4)")
    with came_in(cluster, "tenant", PASSWORD) as client:
        client.ask("SELECT", 3)
        is_(answer(client, "SET", "k", "v"), "OK", "a database that may be written")
        client.ask("SELECT", 4)
        is_(answer(client, "GET", "k"), "four", "one that may be read")
        ok(str(answer(client, "SET", "k", "v")).startswith("NOPERM"), "and not written")
        client.ask("SELECT", 0)
        ok(str(answer(client, "GET", "k")).startswith("NOPERM"), "one that may not even be read")
    is_(cluster.psql("SELECT kv.get('k', db => 4)"), "four", "nothing was written there")


def open_connections(cluster):
    statements = {
        "membership revoked": "REVOKE {client_role} FROM {name}",
        "NOLOGIN": "ALTER ROLE {name} NOLOGIN",
        "expired": "ALTER ROLE {name} VALID UNTIL '2001-01-01'",
        "made a superuser": "ALTER ROLE {name} SUPERUSER",
        "renamed": "ALTER ROLE {name} RENAME TO {name}_new",
        "dropped": "DROP ROLE {name}",
        "CONNECT revoked": "REVOKE CONNECT ON DATABASE postgres FROM PUBLIC",
    }
    for number, (what, statement) in enumerate(statements.items()):
        name = f"open_{number}"
        create(cluster, name)
        with came_in(cluster, name, PASSWORD) as client:
            is_(answer(client, "PING"), "PONG", f"{what}: before")
            cluster.psql(statement.format(name=name, client_role=CLIENT_ROLE))
            ok(ends_soon(client), f"{what}: an open connection is in no more")
    cluster.psql("GRANT CONNECT ON DATABASE postgres TO PUBLIC")
    create(cluster, "kept")
    with came_in(cluster, "kept", PASSWORD) as client:
        cluster.psql("ALTER ROLE kept PASSWORD 'another'")
        is_(answer(client, "PING"), "PONG", "a changed password does not end a connection")


def default_role(cluster):
    create(cluster, "visitor")
    cluster.psql("SELECT kv.grant_read('visitor'), kv.set('k', 'v')")
    cluster.configure({"kv.default_role": "visitor"})
    cluster.reload()
    def whoami():
        with Resp(cluster.resp_port) as client:
            return answer(client, "ACL", "WHOAMI")
    is_(eventually(lambda: whoami() == "visitor"), True, "kv.default_role: who does not AUTH is that role")
    with Resp(cluster.resp_port) as client:
        is_(answer(client, "GET", "k"), "v", "with its rights")
        ok(str(answer(client, "SET", "k", "w")).startswith("NOPERM User visitor"), "and no others")
        is_(answer(client, "AUTH", GUESS), WRONG, "AUTH with a password alone checks that of the role")
        is_(answer(client, "AUTH", PASSWORD), "OK", "which may be right")
        is_(answer(client, "AUTH", "default", PASSWORD), "OK", "and is that of the user default, too")
        is_(answer(client, "AUTH", "md5", PASSWORD), "OK", "others can log in")
        is_(answer(client, "RESET"), "RESET", "RESET")
        is_(answer(client, "ACL", "WHOAMI"), "visitor", "makes the client the default role again")
    position = cluster.log_position()
    cluster.psql("ALTER ROLE visitor NOLOGIN")
    is_(eventually(lambda: whoami() == "NOAUTH Authentication required."), True, "a default role that may not come in")
    for _ in range(5):
        whoami()
    log = cluster.log(position)
    is_(log.count("kv.default_role"), 1, "is in the log once")
    ok("not permitted to log in" in log, "with the reason")


def acl_log(cluster):
    create(cluster, "auditor")
    cluster.psql("SELECT kv.grant_admin('auditor')")
    with came_in(cluster, "auditor", PASSWORD) as client, came_in(cluster, "md5", PASSWORD) as other:
        client.ask("ACL", "LOG", "RESET")
        answer(other, "SET", "k", "v")
        login(cluster, "mallory", GUESS)
        entries = [dict(zip(entry[::2], entry[1::2])) for entry in client.ask("ACL", "LOG")]
        is_([(entry[b"reason"], entry[b"object"].lower(), entry[b"username"]) for entry in entries],
            [(b"auth", b"auth", b"mallory"), (b"command", b"set", b"md5")], "ACL LOG tells what was refused")
        ok(GUESS.encode() not in b"".join(entry[b"client-info"] for entry in entries), "without the password")


with DoorCluster({"kv.default_role": ""}) as cluster:
    passwords(cluster)
    who_may_not(cluster)
    before_login(cluster)
    guessing(cluster)
    limits(cluster)
    rights(cluster)
    databases(cluster)
    open_connections(cluster)
    acl_log(cluster)
    default_role(cluster)
done()
