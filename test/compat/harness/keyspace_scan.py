"""A whole iteration of SCAN: which keys it visits, from cursor 0 to cursor 0."""

ITERATIONS = 100_000  # far more than any script needs; an iteration without end must not hang


class ScanError(Exception):
    """SCAN failed, answered in another form, or did not come to an end."""


def scan_all(target, arguments):
    keys = set()
    cursor = b"0"
    for _ in range(ITERATIONS):
        cursor, visited = scan_once(target, cursor, arguments)
        keys.update(visited)
        if cursor == b"0":
            return keys
    raise ScanError(f"{target.name}: SCAN does not end")


def scan_once(target, cursor, arguments):
    """The next cursor and the keys visited."""
    reply = target.call([b"SCAN", cursor, *arguments])
    if reply.kind != "*" or len(reply.value) != 2:
        raise ScanError(f"{target.name}: SCAN {cursor.decode()} answers {reply}")
    next_cursor, visited = reply.value
    if next_cursor.kind != "$" or not next_cursor.value.isdigit() or visited.kind != "*":
        raise ScanError(f"{target.name}: SCAN {cursor.decode()} answers {reply}")
    return next_cursor.value, [key.value for key in visited.value]
