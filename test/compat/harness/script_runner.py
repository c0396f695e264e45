"""Runs scripts against both targets and reports each comparison."""

import time
from dataclasses import dataclass

from harness.comparison import by_command
from harness.keyspace_scan import ScanError, scan_all
from harness.quoting import join_arguments, quote, shorten
from harness.script import (
    Command, Damage, Define, DefineTime, Dump, Flush, Rename, Require, Scan, ScriptError, Sleep,
    Variable,
)
from harness.target import TargetLost

NAME_LENGTH = 120


@dataclass(frozen=True)
class Payloads:
    """What DUMP answered on either side."""

    oracle: bytes
    subject: bytes

    def damaged(self, position):
        return Payloads(*(_with_byte_changed(payload, position)
                          for payload in (self.oracle, self.subject)))


def _with_byte_changed(payload, position):
    changed = bytearray(payload)
    changed[position] ^= 0x55
    return bytes(changed)


class _Skip(Exception):
    """The rest of the script does not apply to this target."""


class ScriptRunner:
    def __init__(self, oracle, subject, exceptions, report):
        self.oracle = oracle
        self.subject = subject
        self.exceptions = exceptions
        self.report = report
        self.script = None
        # What a variable stands for: a tuple of arguments, or a pair of Payloads.
        self.variables = {}

    def run(self, script):
        self.script = script
        self.variables = {}
        step = None
        try:
            self._flush()
            for step in script.steps:
                self._run_step(step)
        except _Skip as reason:
            self.report.skipped(self._name(step), str(reason))
        except TargetLost as loss:
            # Later commands build upon this one, so the script ends here.
            self.report.failed(self._name(step), str(loss), "The rest of the script is left out.")

    def _run_step(self, step):
        if isinstance(step, Command):
            self._compare(step)
        elif isinstance(step, Scan):
            self._compare_scans(step)
        elif isinstance(step, Sleep):
            time.sleep(step.seconds)
        elif isinstance(step, Flush):
            self._flush()
        elif isinstance(step, Define):
            self.variables[step.name] = step.values
        elif isinstance(step, DefineTime):
            self.variables[step.name] = (b"%d" % (time.time_ns() // 1_000_000 + step.offset),)
        elif isinstance(step, Rename):
            self.variables[step.name] = self._look_up(step.source)
        elif isinstance(step, Dump):
            self._dump(step)
        elif isinstance(step, Damage):
            self.variables[step.name] = self._look_up(step.source).damaged(step.position)
        elif isinstance(step, Require):
            if self.subject.call([step.command]).is_error(b"ERR unknown command"):
                raise _Skip(f"{self.subject.name} has no {step.command.decode()} yet")

    def _flush(self):
        self.oracle.reset()
        self.subject.reset()

    def _compare(self, step):
        arguments = self._substitute(step.arguments)
        expected = self.oracle.call(arguments)
        actual = self.subject.call(self._substitute(step.arguments, for_oracle=False))
        comparison = step.comparison or by_command(arguments)
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

    def _dump(self, step):
        replies = [target.call([b"DUMP", step.key]) for target in (self.oracle, self.subject)]
        dumped = all(reply.kind == "$" and reply.value is not None for reply in replies)
        self.report.check(dumped, self._name(step), *map(str, replies))
        self.variables[step.name] = Payloads(*(reply.value or b"" for reply in replies))

    def _substitute(self, arguments, for_oracle=True):
        substituted = []
        for argument in arguments:
            if not isinstance(argument, Variable):
                substituted.append(argument)
                continue
            values = self._look_up(argument.name)
            if isinstance(values, Payloads):
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
        if isinstance(step, Require):
            return f"{self.script.name}:{step.line_number} @requires {step.command.decode()}"
        if isinstance(step, Dump):
            return f"{self.script.name}:{step.line_number} @dump {step.name}"
        text = " ".join(
            f"${argument.name}" if isinstance(argument, Variable) else quote(argument)
            for argument in self._words(step)
        )
        return f"{self.script.name}:{step.line_number} {shorten(text, NAME_LENGTH)}"

    @staticmethod
    def _words(step):
        if not isinstance(step, Scan):
            return step.arguments
        if step.command == (b"SCAN",):
            return (b"@scan", *step.arguments)
        return (b"@scan_of", *step.command, *step.arguments)

    def _both(self, expected, actual):
        return describe_difference(self.oracle, expected, self.subject, actual)


def describe_difference(oracle, expected, subject, actual):
    lines = [f"{oracle.name:>8}: {expected}", f"{subject.name:>8}: {actual}"]
    if lines[0].partition(": ")[2] == lines[1].partition(": ")[2]:  # differ in what is not shown
        position = next(
            index for index in range(len(expected.raw) + 1)
            if expected.raw[index : index + 1] != actual.raw[index : index + 1]
        )
        lines.append(f"first difference at byte {position} of {len(expected.raw)}: "
                     f"{expected.raw[position : position + 40]!r} and "
                     f"{actual.raw[position : position + 40]!r}")
    return lines
