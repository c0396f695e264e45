"""Runs the random commands in batches, each of which is one line of the report."""

import os
import secrets
import time
from random import Random

from harness.comparison import of_reply
from harness.keyspace_scan import ScanError, scan_all
from harness.quoting import join_arguments, shorten
from harness.script_runner import describe_difference
from harness.target import TargetLost
from random_sequences.changing_scan import missed_keys
from random_sequences.generator import Generator
from random_sequences.state import first_difference, read_state
from random_sequences.steps import Call, RandomKey, Transfer, Wait, Watch, WholeScan
from random_sequences.turns import Client, Turns
from random_sequences.vocabulary import DATABASES, KEYS

MOST_CLIENTS = 2
BATCH = 100
SHOWN_HISTORY = 30
SHOWN_LENGTH = 160

# Commands that may concern every key.
COMMANDS_WITHOUT_KEY = (
    b"FLUSHDB", b"FLUSHALL", b"SWAPDB", b"MULTI", b"EXEC", b"DISCARD", b"UNWATCH",
)


class Mismatch(Exception):
    def __init__(self, details, concerned):
        super().__init__(details)
        self.details = details
        self.concerned = concerned  # keys


def run(oracle, subject, report):
    seed = int(os.environ.get("COMPAT_SEED") or secrets.randbelow(2**32))
    commands = int(os.environ.get("COMPAT_COMMANDS") or 5000)
    report.note(f"Random sequences: COMPAT_SEED={seed} COMPAT_COMMANDS={commands}")
    for clients in range(1, MOST_CLIENTS + 1 if subject.has_clients else 2):
        try:
            oracle.reset()
            subject.reset()
            Sequence(seed, clients, oracle, subject, report).run(commands)
        except TargetLost as loss:
            report.failed(f"random sequences, seed {seed}", str(loss))


class Sequence:
    def __init__(self, seed, clients, oracle, subject, report):
        self.seed = seed
        self.oracle = oracle
        self.subject = subject
        self.report = report
        self.clients = [Client(number, DATABASES[0]) for number in range(1, clients + 1)]
        self.client = self.clients[0]
        self.turns = Turns(Generator(Random(seed)), self.clients)
        self.history = []  # (client's number, its database, arguments, the oracle's reply)
        self.count = 0

    def run(self, commands):
        while self.count < commands:
            first = self.count + 1
            last = min(self.count + BATCH, commands)
            name = f"{self._title()}, commands {first} to {last}"
            try:
                self._run_batch(last)
                self._compare_states()
            except Mismatch as mismatch:
                # Whatever follows would differ too.
                self.report.failed(
                    name, f"COMPAT_SEED={self.seed}, after {self.count} commands",
                    *mismatch.details, *self._recall(mismatch.concerned),
                )
                return
            except TargetLost as loss:
                self.report.failed(name, str(loss), *self._recall(self.history[-1][2]))
                return
            self.report.passed(name)
        if len(self.clients) == 1:
            self._scan_while_keys_change()

    def _title(self):
        several = f" of {len(self.clients)} clients" if len(self.clients) > 1 else ""
        return f"random sequence{several}, seed {self.seed}"

    def _run_batch(self, last):
        while self.count < last:
            self._run_turn(*self.turns.next())
        for turn in self.turns.last():
            self._run_turn(*turn)

    def _run_turn(self, client, steps):
        if client is not self.client:
            self.client = client
            self.oracle.use_client(client.number)
            self.subject.use_client(client.number)
        for step in steps:
            self._run_step(step)

    def _run_step(self, step):
        if isinstance(step, Wait):
            time.sleep(step.seconds)
            return
        self.count += 1
        if isinstance(step, Call):
            self._compare_replies(step)
        elif isinstance(step, WholeScan):
            self._compare_scans(step)
        elif isinstance(step, Transfer):
            self._compare_transfers(step)
        elif isinstance(step, RandomKey):
            self._compare_random_keys()
        elif isinstance(step, Watch):
            keys = [key for key in step.keys if str(self.oracle.call((b"EXISTS", key))) == ":1"]
            self._compare_replies(Call((b"WATCH", *keys) if keys else (b"UNWATCH",)))

    def _compare_replies(self, call):
        expected = self._call_oracle(call.arguments)
        actual = self.subject.call(call.arguments)
        concerned = call.arguments[1:] + self.client.watched
        self.client.note(call.arguments, expected)
        comparison = of_reply(call.comparison, self.client.queue, call.arguments, expected)
        if not comparison.agree(expected, actual):
            raise Mismatch(self._describe(call.arguments, expected, actual), concerned)

    def _describe(self, arguments, expected, actual):
        return [self._show(self.client.number, self.client.database, arguments),
                *describe_difference(self.oracle, expected, self.subject, actual)]

    def _call_oracle(self, arguments):
        self._remember(arguments, "no reply")
        reply = self.oracle.call(arguments)
        self.history.pop()
        self._remember(arguments, str(reply))
        return reply

    def _remember(self, arguments, reply):
        self.history.append((self.client.number, self.client.database, arguments, reply))

    def _compare_scans(self, scan):
        name = join_arguments((*scan.command, b"...", *scan.arguments))
        if len(scan.command) > 1 and self._compare_refusals(scan):
            return
        try:
            expected = scan_all(self.oracle, scan.arguments, scan.command)
            actual = scan_all(self.subject, scan.arguments, scan.command)
        except ScanError as error:
            raise Mismatch([str(error)], scan.command[1:]) from error
        if expected != actual:
            differing = sorted(expected ^ actual)
            raise Mismatch([f"{name} differs in: {join_arguments(differing)}"],
                           scan.command[1:] or differing)

    def _compare_refusals(self, scan):
        """Whether both sides refuse to scan a key, which may be of another type."""
        call = (*scan.command, b"0", *scan.arguments)
        replies = [target.call(call) for target in (self.oracle, self.subject)]
        refused = [reply.is_error() for reply in replies]
        if any(refused) and replies[0].raw != replies[1].raw:
            raise Mismatch(self._describe(call, *replies), call)
        return all(refused)

    def _compare_transfers(self, transfer):
        replies = []
        for target in (self.oracle, self.subject):
            reply = target.call((b"DUMP", transfer.source))
            if reply.kind == "$" and reply.value is not None:
                reply = target.call(
                    (b"RESTORE", transfer.target, b"0", reply.value, *transfer.options)
                )
            replies.append(reply)
        call = (b"RESTORE", transfer.target, b"0", transfer.source, *transfer.options)
        self._remember(call, str(replies[0]))
        if replies[0].raw != replies[1].raw:
            raise Mismatch(self._describe(call, *replies), call)

    def _compare_random_keys(self):
        replies = [target.call((b"RANDOMKEY",)) for target in (self.oracle, self.subject)]
        if replies[0].value is None and replies[0].raw == replies[1].raw:
            return
        for target, reply in zip((self.oracle, self.subject), replies):
            exists = reply.value in KEYS and str(target.call((b"EXISTS", reply.value))) == ":1"
            if reply.kind != "$" or not exists:
                raise Mismatch([f"{target.name}: RANDOMKEY answers {reply}"], (reply.value,))

    def _compare_states(self):
        difference = first_difference(read_state(self.oracle), read_state(self.subject))
        for target in (self.oracle, self.subject):
            target.call((b"SELECT", b"%d" % self.client.database))
        if difference:
            database, key, expected, actual = difference
            raise Mismatch(
                [f"The states differ: database {database}, key {join_arguments([key])}",
                 f"{self.oracle.name:>8}: {expected or 'is missing'}",
                 f"{self.subject.name:>8}: {actual or 'is missing'}"],
                (key,),
            )

    def _scan_while_keys_change(self):
        name = f"SCAN while keys come and go, seed {self.seed}"
        for target in (self.oracle, self.subject):
            try:
                missed = missed_keys(target, Random(self.seed))
                self.report.check(not missed, f"{name}, {target.name}",
                                  f"not visited: {join_arguments(sorted(missed))}")
            except ScanError as error:
                self.report.failed(f"{name}, {target.name}", str(error))

    def _recall(self, concerned):
        """The last commands on any of the keys, oldest first."""
        keys = set(concerned) & set(KEYS)
        related = [
            f"{self._show(client, database, arguments)}  ->  {shorten(reply, SHOWN_LENGTH)}"
            for client, database, arguments, reply in self.history
            if arguments[0] in COMMANDS_WITHOUT_KEY or keys.intersection(arguments[1:])
        ]
        return ["The last commands on its keys, by database:", *related[-SHOWN_HISTORY:]]

    def _show(self, client, database, arguments):
        number = f"{client}:" if len(self.clients) > 1 else ""
        return f"[{number}{database}] {shorten(join_arguments(arguments), SHOWN_LENGTH)}"
