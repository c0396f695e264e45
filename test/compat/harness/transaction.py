"""What clients queue between MULTI and EXEC."""

QUEUED = "+QUEUED"


class Queue:
    """Keeps something about each command that one client has queued."""

    def __init__(self):
        self.items = []

    def after(self, arguments, item, reply):
        """Takes note of a command and its reply. Of EXEC: the items of what it ran; else None."""
        name = arguments[0].upper()
        if str(reply) == QUEUED:
            self.items.append(item)
        elif name in (b"MULTI", b"DISCARD", b"RESET") and not reply.is_error():
            self.items = []
        elif name == b"EXEC":
            items, self.items = self.items, []
            return items
        return None
