"""A process stops with its parent until it detaches."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.polling import poll
from local.supervision.supervisor import ParentWatch
from ops.terminal.interrupts import StoppedError, unwinding_on_signals

SECONDS = 10


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The reading end for the process and the writing end of its parent, which the test closes."""
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)


def wait_after(close_pipe: Callable[[], None]) -> None:
    close_pipe()
    threading.Event().wait(SECONDS)


def test_a_process_stops_when_its_parent_ends(pipe: tuple[int, int]) -> None:
    reading, writing = pipe

    with unwinding_on_signals():
        ParentWatch(reading)
        with pytest.raises(StoppedError):
            wait_after(lambda: os.close(writing))


def test_a_detached_process_keeps_running(pipe: tuple[int, int]) -> None:
    reading, writing = pipe

    with unwinding_on_signals():
        parent_watch = ParentWatch(reading)
        parent_watch.detach()
        os.close(writing)
        watched = [thread for thread in threading.enumerate() if thread.name == "parent-watch"]

        assert poll(lambda: not any(each.is_alive() for each in watched), what="its end to be seen", seconds=SECONDS)


def test_redirected_output_goes_to_the_log_only(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = f"""
import sys
from pathlib import Path
from local.supervision.supervisor import redirect_output
print("before")
redirect_output(Path({str(log)!r}))
print("after")
print("and wrong", file=sys.stderr)
"""

    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert (run.stdout, run.stderr) == ("before\n", "")
    assert sorted(log.read_text().splitlines()) == ["after", "and wrong"]
