"""Run a command that never outlives its parent, however the parent ends.

Usage: `python kill_with_parent.py COMMAND …` as a session leader, with a pipe as standard input. When the pipe closes,
because the parent closes it or dies, the whole process group is killed: none of its state is worth keeping. SIGTERM is
passed on to the command, which may end in its own way. This script needs the standard library only.
"""

import os
import signal
import subprocess
import sys
import threading


def _kill_group_with_parent() -> None:
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


def main() -> int:
    """Run the command and return its exit code; processes that it leaves behind in the group end with it."""
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    threading.Thread(target=_kill_group_with_parent, daemon=True).start()
    code = child.wait()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    os._exit(main())  # the thread is still reading
