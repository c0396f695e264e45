#!/usr/bin/python3
"""Bytes as no client library sends them: whatever comes, the answer is that of a redis-server.

PG_KV_TEST_DOOR=redis puts a second redis-server in pg_kv's place, to test the test.
PG_KV_TEST_SEED repeats the random part of a run.
"""

import contextlib
import os
import random
import secrets
import socket
import struct
import time

from lib import Failed, diag, done, eventually, is_, ok
from resp import DoorCluster, Resp

from harness.redis_server import RedisServer  # resp.py made it known

SEED = int(os.environ.get("PG_KV_TEST_SEED") or secrets.randbelow(2**32))
IDLE_SECONDS = 0.1  # after which redis-server is taken to have said everything
MEGABYTE = 1024 * 1024

LONG = b"1" * 70_000

# No line has a NUL: redis-server does not see the end of one that has.
MALFORMED = [
    # How many arguments
    b"*\r\n", b"*a\r\n", b"*-1\r\nPING\r\n", b"*-5\r\nPING\r\n", b"*0\r\nPING\r\n", b"*01\r\n$4\r\nPING\r\n",
    b"*+1\r\n$4\r\nPING\r\n", b"* 1\r\n$4\r\nPING\r\n", b"*1 \r\n$4\r\nPING\r\n", b"*1\n$4\nPING\n", b"*1.0\r\n",
    b"*2147483647\r\n", b"*2147483648\r\n", b"*99999999999999999999\r\n", b"*" + LONG,
    b"**1\r\n", b"*1\r\n*1\r\n", b"*1\r\r\n$4\r\nPING\r\n",
    # How long they are
    b"*1\r\n$a\r\n", b"*1\r\n$\r\n", b"*1\r\n$-1\r\n", b"*1\r\n$-5\r\n", b"*1\r\n$04\r\nPING\r\n",
    b"*1\r\n$ 4\r\nPING\r\n", b"*1\r\n$536870913\r\n", b"*1\r\n$536870912\r\n", b"*1\r\n$2147483648\r\n",
    b"*1\r\n$99999999999999999999\r\n", b"*1\r\n$" + LONG, b"*1\r\n$0\r\n\r\n",
    b"*2\r\n$3\r\nGET\r\n$0\r\n\r\n",
    # Something else where a length is due
    b"*1\r\nPING\r\n", b"*1\r\n:1\r\n", b"*1\r\n\r\n", b"*1\r\n+PING\r\n",
    b"*1\r\n\"4\r\n", b"*2\r\n$3\r\nGET\r\n'a'\r\n",
    # Arguments that are longer or shorter than they say
    b"*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPING\r\n", b"*1\r\n$3\r\nPING\r\n", b"*2\r\n$4\r\nECHO\r\n$3\r\nabcd\r\n",
    b"*1\r\n$5\r\nPING\r\n*1\r\n$4\r\nPING\r\n",
    # Commands before and after what is wrong
    b"*1\r\n$4\r\nPING\r\n*x\r\n*1\r\n$4\r\nPING\r\n", b"PING\r\n*1\r\n$x\r\nPING\r\n",
    b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n*2\r\n$4\r\nINCR\r\n$1\r\na\r\n*1\r\nx\r\n",
    # Lines
    b"\r\n", b"\n", b"\r\n\r\n\n\nPING\r\n", b"PING\n", b"PING\r", b"PING\r\r\n", b"  PING  \r\n", b"\tPING\r\n", b"ping\r\n",
    b"\x01PING\r\n", b"\xff\xfe\xfd\r\n", b"$4\r\nPING\r\n", b"+PING\r\n", b":1\r\n", b"-ERR\r\n",
    b'ECHO "a b"\r\n', b"ECHO 'a b'\r\n", b'ECHO "\\x41\\n\\t\\\\\\""\r\n', b"ECHO 'it\\'s'\r\n", b'ECHO ""\r\n',
    b'ECHO "unbalanced\r\n', b"ECHO 'unbalanced\r\n", b'ECHO "a"b\r\n', b"ECHO 'a'b\r\n", b'ECHO a"b"\r\n', b'"PING"\r\n',
    b"SET inline value\r\nGET inline\r\n", b"PING\r\n\r\nPING\r\n", b"ECHO " + b"x" * 60_000 + b"\r\n",
    b"ECHO " + LONG, b" " * 70_000,
    # Not for us
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"post x\r\nPING\r\n",
    b"Host: localhost\r\n", b"\x16\x03\x01\x02\x01\xfc\x03\x03\r\n",
]

UNAUTHENTICATED = [
    b"PING\r\n", b"GET a\r\n", b"NOSUCHCOMMAND\r\n", b"HELLO\r\n", b"HELLO 3\r\n", b"AUTH nobody wrong\r\n", b"MULTI\r\nEXEC\r\n",
    b"*11\r\n", b"*10\r\n", b"*2\r\n$16385\r\n", b"*2\r\n$16384\r\n", b"RESET\r\n", b"QUIT\r\nPING\r\n", b"COMMAND\r\n", b"CLIENT ID\r\n",
    b"ECHO a\r\nPING\r\n", b"GET\r\n",
]

# Of every form that a command can have.
PIPELINE = (
    b"*1\r\n$8\r\nFLUSHALL\r\n"
    b"*3\r\n$3\r\nSET\r\n$5\r\na\r\nb\x00\r\n$7\r\n\r\n*1\r\n$\r\n"
    b"*2\r\n$3\r\nGET\r\n$5\r\na\r\nb\x00\r\n"
    b"PING\r\n"
    b"SET inline \"quoted \\x41\"\r\n"
    b"\r\n"
    b"GET inline\n"
    b"*0\r\n"
    b"*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n"
    b"*4\r\n$5\r\nRPUSH\r\n$4\r\nlist\r\n$0\r\n\r\n$1\r\n*\r\n"
    b"*4\r\n$6\r\nLRANGE\r\n$4\r\nlist\r\n$1\r\n0\r\n$2\r\n-1\r\n"
    b"*1\r\n$5\r\nMULTI\r\n*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n*2\r\n$3\r\nGET\r\n$1\r\nx\r\n*1\r\n$4\r\nEXEC\r\n"
    b"*1\r\n$7\r\nNOTHING\r\n"
    b"*2\r\n$4\r\nECHO\r\n$12\r\n0123456789ab\r\n"
)


# Listening -------------------------------------------------------------------------------------------


def listen(client, seconds):
    """What the server sends until it is silent for so long, and whether it then closed the connection."""
    client.socket.settimeout(seconds)
    said = b""
    try:
        while part := client.socket.recv(65536):
            said += part
        return said, True
    except ConnectionError:
        return said, True
    except TimeoutError:
        return said, False


def listen_for(client, expected):
    """The same of a server that should say this. It may take its time, but must say no more."""
    wanted, closes = expected
    client.socket.settimeout(20)
    said = b""
    try:
        while len(said) < len(wanted):
            part = client.socket.recv(len(wanted) - len(said))
            if not part:
                return said, True
            said += part
    except ConnectionError:
        return said, True
    except TimeoutError:
        return said, False
    rest, closed = listen(client, 20 if closes else IDLE_SECONDS / 5)
    return said + rest, closed


def as_in_7_2(answer):
    """Redis 7.2 words one error otherwise."""
    said, closed = answer
    return said.replace(b"the HELLO AUTH", b"the HELLO <proto> AUTH"), closed


def send_to(port, data):
    client = Resp(port)
    try:
        client.write(data)
    except ConnectionError:
        pass  # closed before it had read all
    return client


def compare(oracle, subject, inputs):
    """Descriptions of where the answers to one of the inputs differ. Each has a connection of its own."""
    differences = []
    for data in inputs:
        with send_to(oracle, data) as client:
            expected = as_in_7_2(listen(client, IDLE_SECONDS))
        with send_to(subject, data) as client:
            got = as_in_7_2(listen_for(client, expected))
        if got != expected:
            differences.append(f"{short(data)}: expected {told(expected)}, got {told(got)}")
    return differences


def short(data):
    return f"{data[:60]!r}... of {len(data)} bytes" if len(data) > 80 else repr(data)


def told(answer):
    said, closed = answer
    return short(said) + (", closed" if closed else "")


def no_differences(differences, name):
    diag("\n".join(differences[:10]))
    is_(len(differences), 0, name)


def replies(port, data, count):
    with Resp(port) as client:
        client.write(data)
        return b"".join(client.receive().raw for _ in range(count))


# The tests -------------------------------------------------------------------------------------------


def malformed(oracle, subject):
    no_differences(compare(oracle, subject, MALFORMED), f"{len(MALFORMED)} inputs, most of them malformed")


def every_split(oracle, subject):
    with Resp(oracle) as client:
        client.write(PIPELINE)
        expected = listen(client, IDLE_SECONDS * 3)
    ok(expected[0].endswith(b"0123456789ab\r\n") and not expected[1], "redis-server answers the pipeline")
    differences = []
    for place in range(1, len(PIPELINE)):
        with Resp(subject) as client:
            client.write(PIPELINE[:place])
            time.sleep(0.002)
            client.write(PIPELINE[place:])
            got = listen_for(client, expected)
        if got != expected:
            differences.append(f"split at {place}: {told(got)}")
    no_differences(differences, f"a pipeline in two parts, split at each of {len(PIPELINE) - 1} places")
    with Resp(subject) as client:
        for byte in PIPELINE:
            client.write(bytes([byte]))
        is_(told(listen_for(client, expected)), told(expected), "a pipeline byte by byte")
    with Resp(oracle, protocol=3) as client, Resp(subject, protocol=3) as other:
        client.write(PIPELINE)
        other.write(PIPELINE)
        expected = listen(client, IDLE_SECONDS * 3)
        is_(told(listen_for(other, expected)), told(expected), "a pipeline in protocol 3")


def mutated(source):
    """The pipeline with a few bytes changed, left out, or put in."""
    data = bytearray(PIPELINE.replace(b"\x00", b"\x01"))
    for _ in range(source.randint(1, 4)):
        place = source.randrange(len(data))
        kind = source.randrange(4)
        if kind == 0:
            data[place] = source.randint(1, 255)
        elif kind == 1:
            del data[place : place + source.randint(1, 5)]
        elif kind == 2:
            data[place:place] = source.choice((b"\r\n", b"*", b"$", b"0", b"9", b"\x01", b'"', b"-1"))
        else:
            data[place] = source.choice(b"0123456789*$\r\n")
    return bytes(data)


def random_damage(oracle, subject):
    diag(f"PG_KV_TEST_SEED={SEED}")
    source = random.Random(SEED)
    inputs = [mutated(source) for _ in range(150)]
    no_differences(compare(oracle, subject, inputs), "a pipeline damaged at random, 150 times")
    for data in (source.randbytes(source.randint(1, 3000)) for _ in range(200)):
        send_to(subject, data).close()
    with Resp(subject) as client:
        is_(client.ask("PING"), b"PONG", "random bytes harm nobody else")


def long_pipelines(oracle, subject):
    words = []
    for number in range(2500):
        key = b"key:%d" % (number % 100)
        for command in ((b"SET", key, b"%d" % number), (b"INCR", key), (b"GET", key), (b"LPUSH", b"wrong:" + key, b"x")):
            words.append(b"*%d\r\n" % len(command) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in command))
    data = b"*1\r\n$8\r\nFLUSHALL\r\n" + b"".join(words)
    ok(replies(oracle, data, 10_001) == replies(subject, data, 10_001), "10,000 commands in one pipeline")
    data = b"*1\r\n$5\r\nMULTI\r\n" + b"".join(words[:4000]) + b"*1\r\n$4\r\nEXEC\r\n"
    ok(replies(oracle, data, 4002) == replies(subject, data, 4002), "4,000 commands in one transaction")
    data = b"*1\r\n$4\r\nPING\r\n" * 10_000
    with Resp(subject) as client:
        client.write(data)
        client.socket.shutdown(socket.SHUT_WR)
        said, closed = listen(client, 20)
        ok(said == b"+PONG\r\n" * 10_000 and closed, "what came before the end of the input is answered")


def half_sent(subject):
    halves = [Resp(subject) for _ in range(50)]
    for number, half in enumerate(halves):
        half.write((b"*2\r\n$4\r\nECHO\r\n$3\r\nab", b"*2\r\n$4\r\nEC", b"*", b"ECHO ab")[number % 4])
    with Resp(subject) as client:
        is_([client.ask("ECHO", number) for number in range(200)], [b"%d" % number for number in range(200)],
            "commands half sent by 50 clients delay no others")
    for number, half in enumerate(halves):
        half.write((b"c\r\n", b"HO\r\n$3\r\nabc\r\n", b"2\r\n$4\r\nECHO\r\n$3\r\nabc\r\n", b"c\r\n")[number % 4])
    is_([half.receive().value for half in halves], [b"abc"] * len(halves), "then they are answered themselves")
    for half in halves:
        half.close()


def slow_reader(subject):
    value = random.Random(1).randbytes(MEGABYTE)
    with Resp(subject) as slow, Resp(subject) as client:
        client.ask("SET", "large", value)
        for _ in range(64):
            slow.send("GET", "large")
        time.sleep(0.2)
        is_([client.ask("ECHO", number) for number in range(200)], [b"%d" % number for number in range(200)],
            "a client that does not read its 64 MB delays no others")
        ok(all(slow.receive().value == value for _ in range(64)), "they wait until it does")
        is_(slow.ask("PING"), b"PONG", "and it goes on")


def small_reads(subject):
    with Resp(subject) as client:
        for number in range(1000):
            client.send("ECHO", "x" * number)
        ok(all(client.receive().value == b"x" * number for number in range(1000)), "replies of every length up to 1,000")


def large_arguments(subject):
    value = random.Random(2).randbytes(MEGABYTE) * 100
    with Resp(subject, seconds=300) as client:
        is_(client.ask("SET", "huge", value), b"OK", "an argument of 100 MB")
        is_(client.ask("STRLEN", "huge"), len(value), "is as long as it was")
        ok(client.ask("GET", "huge") == value, "comes back")
        is_(client.ask("GETRANGE", "huge", -10, -1), value[-10:], "ends as it did")
        ok(client.ask("ECHO", value) == value, "ECHO of 100 MB")
        is_(client.ask("DEL", "huge"), 1, "goes")
        parts = [value[start : start + MEGABYTE] for start in range(0, len(value), MEGABYTE)]
        is_(client.ask("RPUSH", "parts", *parts), 100, "a hundred arguments of 1 MB")
        ok(client.ask("LINDEX", "parts", 99) == parts[99], "the last of them")
        client.ask("DEL", "parts")


def limits(oracle, subject):
    """Those that a client can set."""
    for name, value, data in (
        ("client-query-buffer-limit", "1mb", b"*2\r\n$4\r\nECHO\r\n$3000000\r\n" + b"x" * 3_000_000 + b"\r\n"),
        ("proto-max-bulk-len", "1mb", b"*2\r\n$4\r\nECHO\r\n$1048577\r\n"),
        ("proto-max-bulk-len", "1mb", b"*2\r\n$4\r\nECHO\r\n$1048576\r\n" + b"x" * 1048576 + b"\r\n"),
        ("client-output-buffer-limit", "normal 1000000 0 0", b"*2\r\n$4\r\nECHO\r\n$900000\r\n" + b"x" * 900000 + b"\r\n"),
    ):
        answers = []
        for port in oracle, subject:
            with Resp(port) as control:
                former = control.ask("CONFIG", "GET", name)[1]
                control.ask("CONFIG", "SET", name, value)
                with send_to(port, data) as client:
                    said, closed = listen(client, 1)
                    answers.append((len(said), said[:100], closed))
                control.ask("CONFIG", "SET", name, former)
        is_(answers[1], answers[0], f"{name} {value} and {len(data)} bytes")
    for port in oracle, subject:
        with Resp(port) as control:
            former = control.ask("CONFIG", "GET", "client-output-buffer-limit")[1]
            control.ask("CONFIG", "SET", "client-output-buffer-limit", "normal 10000000 0 0")
            control.ask("SET", "large", b"x" * MEGABYTE)
            with Resp(port) as greedy:
                with contextlib.suppress(ConnectionError):
                    for _ in range(100):
                        greedy.send("GET", "large")
                ok(greedy.is_closed(20), "a client that does not read loses its connection at its class's limit"
                   + (" of redis-server's" if port == oracle else ""))
            control.ask("CONFIG", "SET", "client-output-buffer-limit", former)
            is_(control.ask("PING"), b"PONG", "and no other does")


def hang_ups(subject):
    """Connections that end in the middle of something."""
    with Resp(subject) as control:
        control.ask("SET", "large", b"x" * MEGABYTE)
        for number in range(300):
            client = Resp(subject)
            if number % 3 == 0:  # a reset instead of an orderly end
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.write((b"*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$100\r\nabc", b"*2\r\n$3\r\nGET\r\n$5\r\nlarge\r\n" * 5,
                          b"*1\r\n$5\r\nMULTI\r\n*2\r\n$4\r\nINCR\r\n$4\r\nlost\r\n",
                          b"*2\r\n$5\r\nWATCH\r\n$5\r\nlarge\r\n", b"")[number % 5])
            client.close()
        ok(eventually(lambda: len(control.ask("CLIENT", "LIST").splitlines()) == 1),
           "300 connections that ended in the middle of something are gone")
        is_(control.ask("GET", "lost"), None, "without a trace of their transactions")
        is_(control.ask("GET", "x"), None, "or of half a command")


def before_login(oracle, subject):
    no_differences(compare(oracle, subject, UNAUTHENTICATED),
                   f"{len(UNAUTHENTICATED)} inputs of clients that have not logged in")


def main(oracle, subject, close_door):
    for port in oracle, subject:
        with Resp(port) as client:
            client.ask("FLUSHALL")
    malformed(oracle, subject)
    every_split(oracle, subject)
    random_damage(oracle, subject)
    long_pipelines(oracle, subject)
    half_sent(subject)
    slow_reader(subject)
    small_reads(subject)
    large_arguments(subject)
    limits(oracle, subject)
    hang_ups(subject)
    with Resp(oracle) as client:
        client.ask("CONFIG", "SET", "requirepass", "a password")
    close_door()
    before_login(oracle, subject)
    done()


def close_for_strangers(cluster):
    cluster.configure({"kv.default_role": ""})
    cluster.reload()

    def is_closed():
        with Resp(cluster.resp_port) as client:
            return client.call("PING").is_error(b"NOAUTH")
    if not eventually(is_closed):
        raise Failed("kv.default_role was emptied, and strangers still come in")


with RedisServer() as oracle:
    if os.environ.get("PG_KV_TEST_DOOR") == "redis":
        with RedisServer() as second:
            def close_second():
                with Resp(second.port) as client:
                    client.ask("CONFIG", "SET", "requirepass", "a password")
            main(oracle.port, second.port, close_second)
    with DoorCluster() as cluster:
        main(oracle.port, cluster.resp_port, lambda: close_for_strangers(cluster))
