"""The result as TAP, the Test Anything Protocol."""

import sys


class Report:
    def __init__(self, output=None):
        self.output = output or sys.stdout
        self.count = 0
        self.failures = 0

    def passed(self, name):
        self._line("ok", name)

    def failed(self, name, *details):
        self.failures += 1
        self._line("not ok", name)
        for detail in details:
            self.note(detail)

    def skipped(self, name, reason):
        self._line("ok", name, f" # SKIP {reason}")

    def check(self, condition, name, *details):
        if condition:
            self.passed(name)
        else:
            self.failed(name, *details)

    def note(self, text):
        for line in text.splitlines():
            print("# " + line, file=self.output)

    def finish(self):
        """Writes the plan; the exit status of the run."""
        print(f"1..{self.count}", file=self.output)
        if self.count == 0:
            self.note("Nothing was compared.")
        elif self.failures:
            self.note(f"{self.failures} of {self.count} failed.")
        return 0 if self.count and not self.failures else 1

    def _line(self, result, name, directive=""):
        self.count += 1
        name = name.replace("#", "\\#")  # or TAP would take it for a directive
        print(f"{result} {self.count} - {name}{directive}", file=self.output, flush=True)
