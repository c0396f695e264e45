"""Several clients by turns, some of whose commands are in transactions."""

from harness.transaction import QUEUED, Queue
from random_sequences.steps import Call, Watch

EXEC, DISCARD, MULTI = Call((b"EXEC",)), Call((b"DISCARD",)), Call((b"MULTI",))
MOST_WATCHED = 3


class Client:
    """What is known of a client."""

    def __init__(self, number, database):
        self.number = number
        self.database = database
        self.database_after = database  # of the transaction, if there is one
        self.in_transaction = False
        self.watched = ()
        self.queue = Queue()

    def note(self, arguments, reply):
        """Follows the client by the oracle's replies."""
        name = arguments[0]
        if name == b"WATCH" and not self.in_transaction:
            self.watched += arguments[1:]
        elif name == b"UNWATCH" and not self.in_transaction:
            self.watched = ()
        if name == b"SELECT":
            self.database_after = int(arguments[1])
            if str(reply) != QUEUED:
                self.database = self.database_after
        elif name == b"MULTI":
            self.in_transaction = True
        elif name in (b"EXEC", b"DISCARD") and self.in_transaction:
            self.in_transaction = False
            self.watched = ()
            if isinstance(reply.value, tuple):
                self.database = self.database_after
            self.database_after = self.database


class Turns:
    """Whose turn it is, and what this client does."""

    def __init__(self, generator, clients):
        self.generator = generator
        self.random = generator.random
        self.clients = clients

    def next(self):
        """A client and its next steps."""
        if len(self.clients) == 1:
            return self.clients[0], self.generator.steps()
        client = self.random.choice(self.clients)
        return client, self._steps_in(client) if client.in_transaction else self._steps()

    def last(self):
        """What ends the transactions that are open."""
        return [(client, [EXEC]) for client in self.clients if client.in_transaction]

    def _steps(self):
        chance = self.random.random()
        if chance < 0.05:
            count = self.random.randint(1, MOST_WATCHED)
            return [Watch(tuple(self.generator.words.any_keys(count)))]
        if chance < 0.13:
            return [MULTI]
        if chance < 0.14:
            return [self.random.choice((EXEC, DISCARD, Call((b"UNWATCH",)), Call((b"WATCH",))))]
        return self.generator.steps()

    def _steps_in(self, client):
        chance = self.random.random()
        if chance < 0.2:
            return [EXEC]
        if chance < 0.24:
            return [DISCARD]
        if chance < 0.25:
            return [self.random.choice((MULTI, Call((b"WATCH", b"a")), Call((b"UNWATCH",))))]
        # The transaction may be discarded, so what it flushes need not be gone.
        lingered = self.generator.expired_keys_linger
        steps = self.generator.steps()
        self.generator.expired_keys_linger |= lingered
        if all(isinstance(step, Call) and step.arguments != (b"DBSIZE",) for step in steps):
            return steps
        return [EXEC, *steps]
