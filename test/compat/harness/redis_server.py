"""A redis-server of our own: on a free loopback port, in a temporary folder, nothing saved."""

import os
import socket
import subprocess
import tempfile
import time

LOOPBACK = "127.0.0.1"
ATTEMPTS = 5
START_SECONDS = 10.0


class RedisServer:
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="compat_redis_")
        self.port = None
        self.process = None

    def __enter__(self):
        # Another process may take the free port before redis-server does; then try the next.
        for _ in range(ATTEMPTS):
            self._start()
            if self._answers():
                return self
            self._stop()
        with open(self._log_path(), encoding="utf-8", errors="replace") as log:
            raise RuntimeError("redis-server does not start:\n" + log.read())

    def __exit__(self, *_):
        self._stop()
        self.folder.cleanup()

    def _start(self):
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            ["redis-server", "--bind", LOOPBACK, "--port", str(self.port),
             "--dir", self.folder.name, "--logfile", self._log_path(),
             "--save", "", "--appendonly", "no", "--databases", "16",
             "--enable-debug-command", "yes"],
            stdout=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C"},  # SORT ALPHA collates
        )

    def _answers(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection((LOOPBACK, self.port), timeout=1).close()
                return self.process.poll() is None
            except OSError:
                time.sleep(0.02)
        return False

    def _stop(self):
        self.process.terminate()
        self.process.wait()

    def _log_path(self):
        return self.folder.name + "/redis.log"
