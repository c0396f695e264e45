"""Runs scripts against both targets and reports each comparison."""

import collections
import time
from dataclasses import dataclass

from harness.comparison import of_reply
from harness.keyspace_scan import ScanError, scan_all
from harness.quoting import join_arguments, quote, shorten
from harness.script import (
    Closed, Command, Damage, Define, DefineTime, Flush, Keep, Receive, Rename, Require, Scan,
    ScriptError, Send, Sleep, UseClient, Variable,
)
from harness.target import FIRST_CLIENT, TargetLost
from harness.transaction import Queue

NAME_LENGTH = 120


@dataclass(frozen=True)
class Kept:
    """What a command answered on either side."""

    oracle: bytes
    subject: bytes

    def damaged(self, position):
        return Kept(*(_with_byte_changed(payload, position)
                      for payload in (self.oracle, self.subject)))


def _with_byte_changed(payload, position):
    changed = bytearray(payload)
    changed[position] ^= 0x55
    return bytes(changed)


def _clock(offset):
    return b"%d" % (time.time_ns() // 1_000_000 + offset)


class _Skip(Exception):
    """The rest of the script does not apply to this target."""


class ScriptRunner:
    def __init__(self, oracle, subject, exceptions, report):
        self.oracle = oracle
        self.subject = subject
        self.exceptions = exceptions
        self.report = report
        self.script = None
        # What a variable stands for: a tuple of arguments, or a pair of Kept.
        self.variables = {}
        self.client = FIRST_CLIENT
        self.queues = collections.defaultdict(Queue)  # by client
        self.actions = {
            Command: self._call,
            Scan: self._compare_scans,
            Send: self._send,
            Receive: self._receive,
            UseClient: self._use_client,
            Closed: self._check_closed,
            Sleep: lambda step: time.sleep(step.seconds),
            Flush: lambda step: self._flush(),
            Define: lambda step: self._define(step, step.values),
            DefineTime: lambda step: self._define(step, (_clock(step.offset),)),
            Rename: lambda step: self._define(step, self._look_up(step.source)),
            Damage: lambda step: self._define(step, self._damaged(step)),
            Keep: self._keep,
            Require: self._require,
        }

    def run(self, script):
        self.script = script
        self.variables = {}
        step = None
        try:
            self._flush()
            for step in script.steps:
                self.actions[type(step)](step)
        except _Skip as reason:
            self.report.skipped(self._name(step), str(reason))
        except TargetLost as loss:
            # Later commands build upon this one, so the script ends here.
            self.report.failed(self._name(step), str(loss), "The rest of the script is left out.")

    def _call(self, step):
        replies = [target.call(arguments) for target, arguments in self._both_sides(step)]
        self._compare(step, *replies)

    def _receive(self, step):
        self._compare(step, self.oracle.receive(), self.subject.receive())

    def _send(self, step):
        for target, arguments in self._both_sides(step):
            target.send(arguments, step.has_reply)

    def _use_client(self, step):
        self.client = step.number
        self.oracle.use_client(step.number)
        self.subject.use_client(step.number)

    def _check_closed(self, step):
        closed = [target.has_closed() for target in (self.oracle, self.subject)]
        self.report.check(all(closed), self._name(step),
                          f"{self.oracle.name}: {closed[0]}, {self.subject.name}: {closed[1]}")

    def _define(self, step, values):
        self.variables[step.name] = values

    def _damaged(self, step):
        return self._look_up(step.source).damaged(step.position)

    def _keep(self, step):
        replies = [target.call(arguments) for target, arguments in self._both_sides(step)]
        texts = all(isinstance(reply.value, bytes) and not reply.is_error() for reply in replies)
        self.report.check(texts, self._name(step), *map(str, replies))
        self._define(step, Kept(*(reply.value if texts else b"" for reply in replies)))

    def _require(self, step):
        if self.subject.call([step.command]).is_error(b"ERR unknown command"):
            raise _Skip(f"{self.subject.name} has no {step.command.decode()} yet")

    def _flush(self):
        self.oracle.reset()
        self.subject.reset()
        self.client = FIRST_CLIENT
        self.queues.clear()

    def _compare(self, step, expected, actual):
        arguments = self._substitute(step.arguments)
        comparison = of_reply(step.comparison, self.queues[self.client], arguments, expected)
        if comparison.agree(expected, actual):
            self.report.passed(self._name(step))
            return
        text = join_arguments(arguments)
        difference = self.exceptions.excuse(self.script.name, text, expected, actual)
        if difference:
            self.report.passed(self._name(step) + " (a listed exception)")
        else:
            self.report.failed(self._name(step), *self._both(expected, actual))

    def _compare_scans(self, step):
        arguments = self._substitute(step.arguments)
        try:
            command = self._substitute(step.command)
            expected = scan_all(self.oracle, arguments, command)
            actual = scan_all(self.subject, arguments, command)
        except ScanError as error:
            self.report.failed(self._name(step), str(error))
            return
        self.report.check(
            expected == actual,
            self._name(step),
            f"only {self.oracle.name} has: " + join_arguments(sorted(expected - actual)),
            f"only {self.subject.name} has: " + join_arguments(sorted(actual - expected)),
        )

    def _both_sides(self, step):
        """Each target with the step's arguments as it shall get them."""
        return ((self.oracle, self._substitute(step.arguments)),
                (self.subject, self._substitute(step.arguments, for_oracle=False)))

    def _substitute(self, arguments, for_oracle=True):
        substituted = []
        for argument in arguments:
            if not isinstance(argument, Variable):
                substituted.append(argument)
                continue
            values = self._look_up(argument.name)
            if isinstance(values, Kept):
                values = (values.oracle if for_oracle else values.subject,)
            substituted += values
        return substituted

    def _look_up(self, name):
        if name not in self.variables:
            raise ScriptError(f"{self.script.name}: unknown variable {name}")
        return self.variables[name]

    def _name(self, step):
        if not hasattr(step, "line_number"):
            return f"{self.script.name} (between commands)"
        text = " ".join(
            f"${argument.name}" if isinstance(argument, Variable) else quote(argument)
            for argument in self._words(step)
        )
        client = f" client {self.client}:" if self.client != FIRST_CLIENT else ""
        return f"{self.script.name}:{step.line_number}{client} {shorten(text, NAME_LENGTH)}"

    @staticmethod
    def _words(step):
        if isinstance(step, Require):
            return (b"@requires", step.command)
        if isinstance(step, Keep):
            return (b"@keep", step.name.encode(), *step.arguments)
        if isinstance(step, Closed):
            return (b"@closed",)
        if isinstance(step, Send):
            return (b"@send" if step.has_reply else b"@silent", *step.arguments)
        if not isinstance(step, Scan):
            return step.arguments
        if step.command == (b"SCAN",):
            return (b"@scan", *step.arguments)
        return (b"@scan_of", *step.command, *step.arguments)

    def _both(self, expected, actual):
        return describe_difference(self.oracle, expected, self.subject, actual)


def describe_difference(oracle, expected, subject, actual):
    lines = [f"{oracle.name:>8}: {expected}", f"{subject.name:>8}: {actual}"]
    if expected.raw == actual.raw:
        lines.append("They are the same, but neither is what the script wants.")
    elif lines[0].partition(": ")[2] == lines[1].partition(": ")[2]:  # differ in what is not shown
        position = next(
            index for index in range(len(expected.raw) + 1)
            if expected.raw[index : index + 1] != actual.raw[index : index + 1]
        )
        lines.append(f"first difference at byte {position} of {len(expected.raw)}: "
                     f"{expected.raw[position : position + 40]!r} and "
                     f"{actual.raw[position : position + 40]!r}")
    return lines
