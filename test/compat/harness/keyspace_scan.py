"""A whole iteration of SCAN or its kin: what it visits, from cursor 0 to cursor 0."""

ITERATIONS = 100_000  # far more than any script needs; an iteration without end must not hang


PAIR_COMMANDS = (b"HSCAN", b"ZSCAN")


class ScanError(Exception):
    """SCAN failed, answered in another form, or did not come to an end."""


def scan_all(target, arguments, command=(b"SCAN",)):
    """All that a command (SCAN, or SSCAN key, say) visits; of HSCAN and ZSCAN pairs, joined."""
    found = set()
    cursor = b"0"
    for _ in range(ITERATIONS):
        cursor, visited = scan_once(target, cursor, arguments, command)
        if command[0].upper() in PAIR_COMMANDS:
            if len(visited) % 2:
                raise ScanError(f"{target.name}: half a pair in {visited}")
            visited = [b"%s -> %s" % pair for pair in zip(visited[::2], visited[1::2])]
        found.update(visited)
        if cursor == b"0":
            return found
    raise ScanError(f"{target.name}: {command[0].decode()} does not end")


def scan_once(target, cursor, arguments, command=(b"SCAN",)):
    """The next cursor and what was visited."""
    reply = target.call([*command, cursor, *arguments])
    failure = ScanError(f"{target.name}: {command[0].decode()} {cursor.decode()} answers {reply}")
    if reply.kind != "*" or len(reply.value) != 2:
        raise failure
    next_cursor, visited = reply.value
    if next_cursor.kind != "$" or not next_cursor.value.isdigit() or visited.kind != "*":
        raise failure
    return next_cursor.value, [key.value for key in visited.value]
