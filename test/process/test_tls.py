#!/usr/bin/python3
"""The Redis protocol over TLS, and the addresses on which the server listens."""

import os
import pathlib
import subprocess
import tempfile

from lib import done, eventually, free_port, is_, ok
from resp import CLIENT_ROLE, DoorCluster, Resp, answers

PASSWORD = "not told"

# In /proc/net/tcp
LISTEN = "0A"
IPV4_LOOPBACK = "0100007F"
IPV6_LOOPBACK = "00000000000000000000000001000000"


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def make_certificates(folder):
    """An authority, and what it vouches for: the server and a client."""
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=authority",
            "-keyout", f"{folder}/ca.key", "-out", f"{folder}/ca.crt")
    for name in ("server", "client"):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
                "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.csr")
        openssl("x509", "-req", "-in", f"{folder}/{name}.csr", "-CA", f"{folder}/ca.crt", "-CAkey", f"{folder}/ca.key",
                "-CAcreateserial", "-days", "2", "-out", f"{folder}/{name}.crt")
    for path in pathlib.Path(folder).iterdir():
        path.chmod(0o644)
    os.chmod(folder, 0o755)


def redis_cli(port, folder, *words, host="127.0.0.1", user=None, client=False):
    command = ["redis-cli", "--no-auth-warning", "--tls", "--cacert", f"{folder}/ca.crt", "--sni", "localhost", "-h", host,
               "-p", str(port)]
    if user:
        command += ["--user", user, "--pass", PASSWORD]
    if client:
        command += ["--cert", f"{folder}/client.crt", "--key", f"{folder}/client.key"]
    ended = subprocess.run([*command, *words], capture_output=True, text=True, timeout=60)
    return (ended.stdout + ended.stderr).strip()


def listening(port):
    """The addresses on which somebody listens at a port, as the kernel writes them."""
    lines = [line.split() for name in ("tcp", "tcp6") for line in pathlib.Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return {place.split(":")[0] for _, place, _, state, *_ in lines if state == LISTEN and place.endswith(f":{port:04X}")}


def state(cluster):
    return cluster.psql("SELECT state, last_error FROM kv.workers WHERE kind = 'server'").strip()


def encrypted(cluster, folder, port):
    is_(redis_cli(port, folder, "SET", "key", "value"), "OK", "redis-cli --tls writes")
    is_(redis_cli(port, folder, "GET", "key"), "value", "and reads")
    with Resp(cluster.resp_port) as client:
        is_(client.ask("GET", "key"), b"value", "what comes in at the plain port is the same")
    big = "x" * 100_000
    is_(redis_cli(port, folder, "SET", "big", big), "OK", "a large value")
    is_(redis_cli(port, folder, "GET", "big"), big, "comes back")
    cluster.configure({"kv.tls_auth_clients": "yes", "kv.tls_ca_file": f"{folder}/ca.crt"})
    cluster.reload()
    ok(eventually(lambda: redis_cli(port, folder, "PING") != "PONG"), "a client without a certificate is refused")
    is_(redis_cli(port, folder, "PING", client=True), "PONG", "with one it comes in")
    cluster.configure({"kv.tls_auth_clients": "no"})
    cluster.reload()
    ok(eventually(lambda: redis_cli(port, folder, "PING") == "PONG"), "and without, where none is asked for")


def beyond_loopback(cluster, folder, port):
    cluster.psql(f"CREATE ROLE somebody LOGIN PASSWORD '{PASSWORD}' IN ROLE {CLIENT_ROLE}; SELECT kv.grant_write('somebody')")
    cluster.configure({"kv.listen_addresses": "*"})
    cluster.reload()
    ok(eventually(lambda: "lets everybody in" in state(cluster)), "not on all addresses while there is a default role")
    ok(answers(cluster.resp_port), "it goes on listening as before")
    cluster.configure({"kv.default_role": ""})
    cluster.reload()
    ok(eventually(lambda: redis_cli(port, folder, "GET", "key", user="somebody") == "value"), "without one it does")
    is_(redis_cli(port, folder, "GET", "key"), "NOAUTH Authentication required.", "for who logs in")
    ok(answers(cluster.resp_port), "the plain port is there still")
    is_(listening(cluster.resp_port) - {IPV6_LOOPBACK}, {IPV4_LOOPBACK}, "on loopback")
    cluster.configure({"kv.tls_port": 0})
    cluster.reload()
    ok(eventually(lambda: "without TLS" in state(cluster)), "nor without TLS")


with tempfile.TemporaryDirectory() as folder:
    make_certificates(folder)
    tls_port = free_port()
    with DoorCluster({"kv.tls_port": tls_port, "kv.tls_cert_file": f"{folder}/server.crt", "kv.tls_key_file": f"{folder}/server.key",
                      "kv.tls_auth_clients": "no"}) as cluster:
        encrypted(cluster, folder, tls_port)
        beyond_loopback(cluster, folder, tls_port)
done()
