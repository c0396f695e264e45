"""SCAN while keys come and go: those that stay must all be visited."""

from harness.keyspace_scan import ITERATIONS, ScanError, scan_once

STABLE_KEYS = 300
DATABASE = b"3"  # none that the random commands use


def missed_keys(target, random):
    """The keys that stayed during a whole SCAN and were not visited."""
    stable = {b"stable:%d" % number for number in range(STABLE_KEYS)}
    target.call((b"SELECT", DATABASE))
    for key in stable:
        target.call((b"SET", key, b"value"))
    count = b"%d" % random.randint(1, 40)
    visited = set()
    passing = 0
    cursor = b"0"
    for _ in range(ITERATIONS):
        cursor, keys = scan_once(target, cursor, (b"COUNT", count))
        visited.update(keys)
        if cursor == b"0":
            break
        for _ in range(random.randint(0, 5)):
            target.call((b"SET", b"passing:%d" % passing, b"value"))
            target.call((b"SET", random.choice(sorted(stable)), b"changed"))
            target.call((b"DEL", b"passing:%d" % (passing - 20)))
            passing += 1
    else:
        raise ScanError(f"{target.name}: SCAN does not end")
    target.call((b"FLUSHDB",))
    strangers = {key for key in visited - stable if not key.startswith(b"passing:")}
    if strangers:
        raise ScanError(f"{target.name}: SCAN visits keys that never were: {sorted(strangers)}")
    return stable - visited
