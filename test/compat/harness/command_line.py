"""What `run` does with its arguments."""

import argparse
import contextlib
import os
from pathlib import Path

import random_sequences
from harness.exception_list import ExceptionList
from harness.redis_server import LOOPBACK, RedisServer
from harness.report import Report
from harness.script import Script
from harness.script_runner import ScriptRunner
from harness.target import RedisTarget, SocketTarget, SqlTarget, TargetLost

HERE = Path(__file__).resolve().parent.parent
SCRIPTS = HERE / "scripts"
PORT_SCRIPTS = HERE / "port_scripts"  # about connections, which SQL has not
EXCEPTIONS = HERE / "exceptions.txt"


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        prog="run",
        description="Sends the same commands to redis-server and to pg_kv and compares the "
        "replies. All keys of the target are deleted.",
    )
    parser.add_argument("scripts", nargs="*", metavar="script", help="a file; default: all, "
                        "then the random sequences")
    parser.add_argument("--random", action="store_true", help="only the random sequences")
    parser.add_argument("--target", choices=("sql", "port", "redis"), default="sql",
                        help="sql: pg_kv at PGHOST and its kin; port: whoever listens at --port; "
                        "redis: a second redis-server, to test the scripts themselves")
    parser.add_argument("--port", type=int, default=int(os.environ.get("KV_PORT", "6379")),
                        help="for --target port; default: KV_PORT, or 6379")
    parser.add_argument("--protocol", type=int, choices=(2, 3), default=2,
                        help="version of the Redis protocol; sql has only 2")
    options = parser.parse_args(arguments)
    if options.target == "sql" and options.protocol != 2:
        parser.error("kv.call answers in version 2 of the protocol")
    return options


def make_subject(options, resources):
    if options.target == "sql":
        return SqlTarget()
    if options.target == "port":
        return SocketTarget("pg_kv", LOOPBACK, options.port, options.protocol)
    server = resources.enter_context(RedisServer())
    return RedisTarget("redis 2", LOOPBACK, server.port, options.protocol)


def main(arguments):
    options = parse_arguments(arguments)
    report = Report()
    with contextlib.ExitStack() as resources:
        server = resources.enter_context(RedisServer())
        oracle = RedisTarget("redis", LOOPBACK, server.port, options.protocol)
        subject = make_subject(options, resources)
        resources.callback(oracle.close)
        resources.callback(subject.close)
        try:
            subject.reset()
        except TargetLost as loss:
            print(f"Bail out! {loss}")
            return 1
        if not options.random:
            run_scripts(options, oracle, subject, report)
        if options.random or not options.scripts:
            random_sequences.run(oracle, subject, report)
    return report.finish()


def run_scripts(options, oracle, subject, report):
    folders = [SCRIPTS] if options.target == "sql" else [SCRIPTS, PORT_SCRIPTS]
    known = [path for folder in folders for path in sorted(folder.glob("*.txt"))]
    paths = [Path(name) for name in options.scripts] or known
    # A second redis-server has no reason to differ.
    exceptions = (
        ExceptionList() if options.target == "redis" else ExceptionList.read(EXCEPTIONS)
    )
    runner = ScriptRunner(oracle, subject, exceptions, report)
    for path in paths:
        runner.run(Script.read(path))
    all_names = {path.name for folder in (SCRIPTS, PORT_SCRIPTS) for path in folder.glob("*.txt")}
    for difference in exceptions.without_script(all_names):
        report.failed(f"exceptions.txt: {difference}", "There is no such script.")
    for difference in exceptions.unused({path.name for path in paths}):
        report.failed(f"exceptions.txt: {difference}", "This exception was not needed.")
