"""Runs scripts against both targets and reports each comparison."""

import time

from harness.keyspace_scan import ScanError, scan_all
from harness.quoting import join_arguments, shorten
from harness.script import (
    Command, Define, DefineTime, Flush, Require, Scan, ScriptError, Sleep, Variable,
)
from harness.target import TargetLost

NAME_LENGTH = 120


class _Skip(Exception):
    """The rest of the script does not apply to this target."""


class ScriptRunner:
    def __init__(self, oracle, subject, exceptions, report):
        self.oracle = oracle
        self.subject = subject
        self.exceptions = exceptions
        self.report = report
        self.script = None
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
            self.variables[step.name] = step.value
        elif isinstance(step, DefineTime):
            self.variables[step.name] = b"%d" % (time.time_ns() // 1_000_000 + step.offset)
        elif isinstance(step, Require):
            if self.subject.call([step.command]).is_error(b"ERR unknown command"):
                raise _Skip(f"{self.subject.name} has no {step.command.decode()} yet")

    def _flush(self):
        self.oracle.reset()
        self.subject.reset()

    def _compare(self, step):
        arguments = self._substitute(step.arguments)
        expected = self.oracle.call(arguments)
        actual = self.subject.call(arguments)
        if step.comparison.agree(expected, actual):
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
            expected = scan_all(self.oracle, arguments)
            actual = scan_all(self.subject, arguments)
        except ScanError as error:
            self.report.failed(self._name(step), str(error))
            return
        self.report.check(
            expected == actual,
            self._name(step),
            f"only {self.oracle.name} has: " + join_arguments(sorted(expected - actual)),
            f"only {self.subject.name} has: " + join_arguments(sorted(actual - expected)),
        )

    def _substitute(self, arguments):
        try:
            return [
                self.variables[argument.name] if isinstance(argument, Variable) else argument
                for argument in arguments
            ]
        except KeyError as error:
            raise ScriptError(f"{self.script.name}: unknown variable {error}") from error

    def _name(self, step):
        if not hasattr(step, "line_number"):
            return f"{self.script.name} (between commands)"
        if isinstance(step, Require):
            return f"{self.script.name}:{step.line_number} @requires {step.command.decode()}"
        text = join_arguments(
            f"${argument.name}".encode() if isinstance(argument, Variable) else argument
            for argument in step.arguments
        )
        directive = "@scan " if isinstance(step, Scan) else ""
        return f"{self.script.name}:{step.line_number} {directive}{shorten(text, NAME_LENGTH)}"

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
