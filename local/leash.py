"""A process that outlives the one who started it, but not before it says so.

Until then it is as a part of its starter: both write to the same terminal, and it unwinds when the starter is gone,
however that ended.
"""

import os
import signal
import sys
from pathlib import Path
from threading import Event, Thread


class Leash:
    """What ties this process to its starter: a pipe as standard input, which closes with the starter."""

    def __init__(self, pipe: int = 0) -> None:
        """Unwind from now on, as on SIGTERM, as soon as the pipe closes.

        Args:
            pipe: its file descriptor.
        """
        self._pipe = pipe
        self._is_loose = Event()
        Thread(target=self._watch, name="leash", daemon=True).start()

    def loose(self) -> None:
        """Live on from now on, whatever becomes of the starter."""
        self._is_loose.set()

    def _watch(self) -> None:
        # Not by sys.stdin: a thread that waits in it breaks the interpreter's end.
        while os.read(self._pipe, 1):
            pass
        if not self._is_loose.is_set():
            os.kill(os.getpid(), signal.SIGTERM)


def speak_into(log: Path) -> None:
    """Let what this process says go into a file, from now on, and no longer to its starter's terminal or pipe."""
    sys.stdout.flush()
    sys.stderr.flush()
    with log.open("wb") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
