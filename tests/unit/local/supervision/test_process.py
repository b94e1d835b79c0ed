"""What a process starts is gone when its owner is."""

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
    return Process("the family", command, log=folder / "family.log", env=dict(os.environ), cwd=folder)


def is_gone(pid: int) -> bool:
    """Gone, or a zombie that its adopter has still to bury."""
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] == "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_stopping_a_process_ends_its_whole_family(tmp_path: Path) -> None:
    with start(PARENT_OF_TWO, tmp_path) as process:
        pids = poll(process.log.read_text, what="the family's process ids", seconds=20, every=0.02).split()
        assert not any(is_gone(int(pid)) for pid in pids)

    for pid in pids:
        assert poll(partial(is_gone, int(pid)), what=f"the end of {pid}", seconds=20, every=0.02)


def test_a_failure_names_the_log_and_shows_its_end(tmp_path: Path) -> None:
    with (
        start("print('the disk is full'); raise SystemExit(3)", tmp_path) as process,
        pytest.raises(LocalStageError, match=r"the family failed with exit code 3.*family\.log(.|\n)*the disk is full"),
    ):
        process.succeed()


ENDS_AS_IT_LIKES = """
import signal, sys
def end(*_):
    print("saved", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("began", flush=True)
signal.pause()
"""


def test_a_process_that_is_restarted_ends_as_it_likes_and_keeps_its_log(tmp_path: Path) -> None:
    with start(ENDS_AS_IT_LIKES, tmp_path) as process:
        poll(process.log.read_text, what="its first word", seconds=20, every=0.02)

        process.restart()

        assert poll(
            lambda: process.log.read_text().split() == ["began", "saved", "began"],
            what="its second beginning",
            seconds=20,
            every=0.02,
        )
        assert process.exit_code is None
