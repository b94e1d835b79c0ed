"""A process and its child processes end with their parent."""

import os
import sys
from functools import partial
from pathlib import Path

import pytest

from local.errors import LocalStageError
from local.polling import poll
from local.supervision.process import Process

PARENT_OF_TWO = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(os.getpid(), child.pid, flush=True)
child.wait()
"""


def start(code: str, folder: Path) -> Process:
    command = [sys.executable, "-c", code]
    return Process("the group", command, log=folder / "group.log", env=dict(os.environ), cwd=folder)


def is_gone(pid: int) -> bool:
    """Whether a process has ended; it may be a zombie that nobody has waited for yet."""
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] == "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_stopping_a_process_ends_its_child_processes(tmp_path: Path) -> None:
    with start(PARENT_OF_TWO, tmp_path) as process:
        pids = poll(process.log.read_text, what="the group's process ids", seconds=20, every=0.02).split()
        assert not any(is_gone(int(pid)) for pid in pids)

    for pid in pids:
        assert poll(partial(is_gone, int(pid)), what=f"the end of {pid}", seconds=20, every=0.02)


def test_a_failure_names_the_log_and_quotes_its_end(tmp_path: Path) -> None:
    with (
        start("print('the disk is full'); raise SystemExit(3)", tmp_path) as process,
        pytest.raises(LocalStageError, match=r"the group failed with exit code 3.*group\.log(.|\n)*the disk is full"),
    ):
        process.succeed()


HANDLES_SIGTERM = """
import signal, sys
def end(*_):
    print("saved", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("began", flush=True)
signal.pause()
"""


def test_a_restarted_process_ends_in_its_own_way_and_keeps_its_log(tmp_path: Path) -> None:
    with start(HANDLES_SIGTERM, tmp_path) as process:
        poll(process.log.read_text, what="its first output", seconds=20, every=0.02)

        process.restart()

        assert poll(
            lambda: process.log.read_text().split() == ["began", "saved", "began"],
            what="its second start",
            seconds=20,
            every=0.02,
        )
        assert process.exit_code is None
