"""Each fault of a target must fail the scripts, and the random sequences too."""

import contextlib
import io
import os
import unittest
from unittest import mock

import random_sequences
from harness.command_line import PORT_SCRIPTS, SCRIPTS
from harness.exception_list import ExceptionList
from harness.redis_server import LOOPBACK, RedisServer
from harness.report import Report
from harness.script import Script, parse_steps
from harness.script_runner import ScriptRunner
from harness.target import RedisTarget
from self_tests import faults

SEED = "1"
COMMANDS = "4000"
SLOW_SCRIPTS = ("large.txt", "wrong_type.txt", "collection_large.txt")


class Detection(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.resources = contextlib.ExitStack()
        cls.addClassCleanup(cls.resources.close)
        cls.oracle, cls.healthy = (
            RedisTarget(name, LOOPBACK, cls.resources.enter_context(RedisServer()).port, 2)
            for name in ("redis", "redis 2")
        )
        cls.resources.callback(cls.oracle.close)
        cls.resources.callback(cls.healthy.close)

    def setUp(self):
        self.report = Report(io.StringIO())

    def output(self):
        return self.report.output.getvalue()

    def run_scripts(self, fault, scripts):
        subject = faults.FaultyTarget(self.healthy, fault)
        runner = ScriptRunner(self.oracle, subject, ExceptionList(), self.report)
        for script in scripts:
            runner.run(script)
            if self.report.failures:
                return

    def run_random(self, fault):
        subject = faults.FaultyTarget(self.healthy, fault)
        environment = {"COMPAT_SEED": SEED, "COMPAT_COMMANDS": COMMANDS}
        with mock.patch.dict(os.environ, environment):
            random_sequences.run(self.oracle, subject, self.report)

    def test_every_fault_fails_a_script(self):
        scripts = [Script.read(path) for folder in (SCRIPTS, PORT_SCRIPTS)
                   for path in sorted(folder.glob("*.txt")) if path.name not in SLOW_SCRIPTS]
        for fault in faults.FAULTS:
            with self.subTest(fault.__name__):
                self.report = Report(io.StringIO())
                self.run_scripts(fault, scripts)
                self.assertGreater(self.report.failures, 0)
                self.assertEqual(self.report.finish(), 1)

    def test_every_fault_fails_the_random_sequences(self):
        for fault in faults.FAULTS:
            with self.subTest(fault.__name__):
                self.report = Report(io.StringIO())
                self.run_random(fault)
                self.assertGreater(self.report.failures, 0)
                self.assertIn("COMPAT_SEED=" + SEED, self.output())

    def test_without_a_fault_nothing_fails(self):
        self.run_random(faults.none)
        self.assertEqual(self.report.finish(), 0, self.output())

    def test_a_mismatch_shows_both_replies(self):
        script = Script("small.txt", parse_steps("SET a 1\nGET missing\n"))
        self.run_scripts(faults.null_is_of_another_kind, [script])
        self.assertIn("ok 1 - small.txt:1 SET a 1\n", self.output())
        self.assertIn("not ok 2 - small.txt:2 GET missing\n", self.output())
        self.assertIn("redis: $(null)", self.output())
        self.assertIn("faulty: *(null)", self.output())

    def test_a_run_that_compares_nothing_fails(self):
        self.assertEqual(self.report.finish(), 1)

    def test_a_lost_connection_fails_the_script(self):
        def disappears(target, arguments, calls):
            target.close()
            target.connect()
            target.connections[target.client].socket.shutdown(2)
            return target.call(arguments)

        self.run_scripts(disappears, [Script("small.txt", parse_steps("GET a\nGET b\n"))])
        self.assertEqual((self.report.count, self.report.failures), (1, 1))
