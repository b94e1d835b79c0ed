"""A signal ends a command."""

import signal
import subprocess
import sys

from ops.checkout import ROOT

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
