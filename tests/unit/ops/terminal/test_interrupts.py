"""A signal ends a command."""

import signal
import subprocess
import sys

from ops.terminal.checkout import ROOT

_WAITING = """
import signal
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from ops.terminal.interrupts import abandoning_threads, unwinding_on_signals

ThreadPoolExecutor().submit(Event().wait)
with unwinding_on_signals(), abandoning_threads():
    print("ready", flush=True)
    signal.pause()
"""


def test_a_call_that_nobody_answers_does_not_delay_the_end() -> None:
    command = [sys.executable, "-c", _WAITING]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            process.send_signal(signal.SIGINT)
            _, printed = process.communicate(timeout=60)
        finally:
            process.kill()

    assert process.returncode == 128 + signal.SIGINT
    assert printed == "Stopped: nothing that was started here is left running.\n"


_IN_A_CALLBACK = """
import signal
import weakref

from ops.terminal.interrupts import StoppedError, unwinding_on_signals

class Thing:
    pass

try:
    with unwinding_on_signals():
        thing = Thing()
        reference = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGINT))
        del thing
        signal.pause()
except StoppedError as stopped:
    print(stopped.code)
"""


def test_a_signal_in_a_callback_that_drops_exceptions_is_not_lost() -> None:
    """The import system has such callbacks, so that Ctrl-C during a command's imports had no effect, now and then."""
    ended = subprocess.run(
        [sys.executable, "-c", _IN_A_CALLBACK], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "130\n", "")
