#!/usr/bin/python3
"""What the Redis protocol's server has acknowledged survives SIGKILL, of its process and of the
postmaster, under load; and the server comes back by itself."""

import os
import signal
import subprocess
import threading
import time

from lib import diag, done, eventually, is_, ok, size_is_right, unsound
from resp import DoorCluster, Resp

from harness.reply import ProtocolError  # resp.py made it known

CLIENTS = 8
SECONDS = 2


class Load(threading.Thread):
    """A client that notes what it began and what was acknowledged."""

    def __init__(self, port, number):
        super().__init__(daemon=True)
        self.port = port
        self.number = number
        self.last = 0            # number of the last key it began to set
        self.acknowledged = set()
        self.own = [0, 0]        # increments acknowledged, and begun
        self.shared = [0, 0]
        self.pushed = [0, 0]
        self.pairs = [0, 0]      # transactions that add to two keys
        self.unexpected = None

    def run(self):
        try:
            with Resp(self.port) as client:
                while True:
                    self.round(client)
        except (OSError, ProtocolError):
            pass  # the server is gone
        except Exception as error:
            self.unexpected = error

    def round(self, client):
        self.last += 1
        name = f"key:{self.number}:{self.last}"
        client.ask("SET", name, f"value of {name}")
        self.acknowledged.add(self.last)
        self.count(self.own, lambda: client.ask("INCR", f"own:{self.number}"))
        self.count(self.shared, lambda: client.ask("INCR", "shared"))
        self.count(self.pushed, lambda: client.pipeline([("RPUSH", f"list:{self.number}", self.last)] * 4), 4)
        self.count(self.pairs, lambda: client.pipeline([
            ("MULTI",), ("INCR", f"left:{self.number}"), ("INCR", f"right:{self.number}"), ("EXEC",)]))

    @staticmethod
    def count(counter, call, times=1):
        counter[1] += times
        call()
        counter[0] += times


def between(counter, got):
    return counter[0] <= int(got or 0) <= counter[1]


def check(cluster, loads, how):
    with Resp(cluster.resp_port) as client:
        wrong = []
        for load in loads:
            if load.unexpected:
                wrong.append(f"client {load.number}: {load.unexpected!r}")
            numbers = sorted(load.acknowledged)
            values = client.pipeline([("GET", f"key:{load.number}:{i}") for i in numbers])
            for i, value in zip(numbers, values):
                if value != b"value of key:%d:%d" % (load.number, i):
                    wrong.append(f"key:{load.number}:{i} is {value}")
            for name, counter, got in (
                ("own", load.own, client.ask("GET", f"own:{load.number}")),
                ("list", load.pushed, client.ask("LLEN", f"list:{load.number}")),
                ("left", load.pairs, client.ask("GET", f"left:{load.number}")),
            ):
                if not between(counter, got):
                    wrong.append(f"{name}:{load.number} has {counter[0]} to {counter[1]}, and is {got}")
            left, right = client.ask("MGET", f"left:{load.number}", f"right:{load.number}")
            if left != right:
                wrong.append(f"half a transaction: {left} and {right}")
        told = [sum(load.shared[i] for load in loads) for i in (0, 1)]
        shared = client.ask("GET", "shared")
        ok(between(told, shared), f"{how}: {told[0]} to {told[1]} increments of one key by all, and it is {shared}")
        diag("\n".join(wrong[:10]))
        is_(len(wrong), 0, f"{how}: what was acknowledged is there, {sum(len(load.acknowledged) for load in loads)} SET among it")
        client.ask("FLUSHALL")
    is_(unsound(cluster), "", f"{how}: amcheck finds nothing")
    size_is_right(cluster, how)


def under_load(cluster, end, how, meanwhile=None):
    loads = [Load(cluster.resp_port, number) for number in range(CLIENTS)]
    for load in loads:
        load.start()
    benchmark = subprocess.Popen(
        ["redis-benchmark", "-h", "127.0.0.1", "-p", str(cluster.resp_port), "-t", "set,incr,lpush,zadd", "-n", "10000000",
         "-c", "20", "-r", "10000", "-q"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(SECONDS)
    ok(all(load.is_alive() and load.own[0] > 0 for load in loads), f"{how}: until then all was well")
    if meanwhile:
        meanwhile(cluster, loads)
    end()
    for load in loads:
        load.join(30)
    benchmark.kill()
    benchmark.wait()
    ok(not any(load.is_alive() for load in loads), f"{how}: the connections end")
    cluster.wait_for_door()
    check(cluster, loads, how)


def crash_postmaster(cluster):
    cluster.crash()
    cluster.start()


def without_flusher(cluster, loads):
    """The process that waits for the disk goes while replies are held back for it."""
    pid = eventually(lambda: cluster.psql("SELECT pid FROM pg_stat_activity WHERE application_name = 'pg_kv flusher'"))
    ok(pid, "another process waits for the disk")
    cluster.psql(f"SELECT pg_terminate_backend({pid}, 10000)")
    before = [load.last for load in loads]
    ok(eventually(lambda: all(load.last > last + 10 for load, last in zip(loads, before))),
       "it is terminated, and everybody goes on")


def is_new(cluster, former):
    try:
        return cluster.server_worker() not in (None, former)
    except Exception:
        return False


def end_worker(cluster, signal_number):
    former = cluster.server_worker()
    os.kill(former, signal_number)
    ok(eventually(lambda: is_new(cluster, former)), "another process takes its place")


with DoorCluster({"synchronous_commit": "on", "fsync": "on"}) as cluster:
    under_load(cluster, lambda: crash_postmaster(cluster), "flusher terminated, postmaster killed", without_flusher)
    for _ in range(2):
        under_load(cluster, lambda: crash_postmaster(cluster), "postmaster killed")
        under_load(cluster, lambda: end_worker(cluster, signal.SIGKILL), "server killed")
    under_load(cluster, lambda: end_worker(cluster, signal.SIGTERM), "server terminated")
    under_load(cluster, lambda: cluster.restart("fast"), "fast restart")
    under_load(cluster, lambda: cluster.restart("immediate"), "immediate restart")
    ok("PANIC" not in cluster.log(), "no panic in the log")
done()
