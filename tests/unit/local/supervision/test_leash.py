"""A process is a part of its starter until it says otherwise."""

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
    """Where the process reads, and what its starter holds open: that is for the case to close."""
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)


def wait_after(happened: Callable[[], None]) -> None:
    happened()
    threading.Event().wait(SECONDS)


def test_it_unwinds_when_its_starter_is_gone(pipe: tuple[int, int]) -> None:
    reading, writing = pipe

    with unwinding_on_signals():
        ParentWatch(reading)
        with pytest.raises(StoppedError):
            wait_after(lambda: os.close(writing))


def test_it_lives_on_once_it_was_let_loose(pipe: tuple[int, int]) -> None:
    reading, writing = pipe

    with unwinding_on_signals():
        leash = ParentWatch(reading)
        leash.loose()
        os.close(writing)
        watched = [thread for thread in threading.enumerate() if thread.name == "leash"]

        assert poll(lambda: not any(each.is_alive() for each in watched), what="its end to be seen", seconds=SECONDS)


def test_what_it_says_then_goes_into_a_log_alone(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = f"""
import sys
from pathlib import Path
from local.supervision.supervisor import speak_into
print("before")
speak_into(Path({str(log)!r}))
print("after")
print("and wrong", file=sys.stderr)
"""

    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert (said.stdout, said.stderr) == ("before\n", "")
    assert sorted(log.read_text().splitlines()) == ["after", "and wrong"]
