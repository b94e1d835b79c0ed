"""Runs a command that never outlives the one who started it, however that one ends.

Usage: `python lifeline.py COMMAND …`, as the leader of a session of its own, with a pipe as standard input. When the
pipe closes, because its owner says so or was killed, the whole process group is killed: nothing of it is worth keeping.
SIGTERM is handed on to the command, which may end as it likes. It runs with the standard library alone.
"""

import os
import signal
import subprocess
import sys
import threading


def _die_with_the_owner() -> None:
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


def main() -> int:
    """Run the command to its end and pass on its exit code; what it left behind in the group ends with it."""
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    threading.Thread(target=_die_with_the_owner, daemon=True).start()
    code = child.wait()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    os._exit(main())  # the thread still reads
