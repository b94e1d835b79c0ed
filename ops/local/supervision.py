"""A local stage that is left running: a supervisor process holds it, one at a time for a checkout.

The supervisor holds a lock for as long as it lives, however it ends; so a state file without a held lock is stale.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from ops.console import console, step
from ops.local import instructions
from ops.local.failures import LocalStageError
from ops.local.local_stage import local_stage
from ops.local.paths import BUILD, ROOT, shown
from ops.local.polling import DeadlineExceededError, poll
from ops.local.running import Running

_LOCK = BUILD / "supervisor.lock"
_LOG = BUILD / "supervisor.log"
_STATE = BUILD / "running.json"
_START_SECONDS = 240
"""The first deploy builds the layers."""

_STOP_SECONDS = 20


def up() -> bool:
    """Start a stage and leave it running; where one is running already, say so.

    Raises:
        LocalStageError: it did not start; what its supervisor said was shown.
    """
    if _is_held():
        stage = _state()
        if stage is None:
            console.print("A local stage is just being started or stopped.")
            return False
        console.print("The local stage is running already.")
    else:
        stage = _start()
    instructions.show(stage)
    return True


def down() -> bool:
    """Stop the stage that is running, and wait until it is gone."""
    if not _is_held():
        _STATE.unlink(missing_ok=True)
        console.print("No local stage is running.")
        return True
    with step("Stop the local stage"):
        _end(int(_LOCK.read_text()))
    return True


def running() -> Running | None:
    """What is known of the stage that is left running; None where there is none, or it only starts or stops."""
    return _state() if _is_held() else None


def supervise() -> bool:
    """Hold a stage until a signal comes or the emulator dies. This is the supervisor's own life.

    Raises:
        LocalStageError: the stage did not start or did not live.
    """
    with _hold(), local_stage("up", step, minutes=True) as stage:
        running = Running(
            endpoint_url=stage.endpoint.url,
            ingress_queue_url=stage.deployed.ingress_queue_url,
            event_bus_name=stage.deployed.event_bus_name,
            crm_base_url=stage.crm.base_url,
            webhooks_base_url=stage.receiver.base_url,
            slack_base_url=stage.slack.base_url,
            folder=str(stage.folder.path),
        )
        unfinished = _STATE.with_suffix(".new")
        unfinished.write_text(json.dumps(asdict(running), indent=2))
        unfinished.rename(_STATE)
        try:
            stage.emulator.process.wait()
            stage.emulator.must_live()
        finally:
            _STATE.unlink(missing_ok=True)
    return False


def _start() -> Running:
    BUILD.mkdir(parents=True, exist_ok=True)
    _STATE.unlink(missing_ok=True)
    with _LOG.open("wb") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "ops", "supervise"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            start_new_session=True,
        )
    try:
        return _ready(supervisor)
    except BaseException:
        supervisor.terminate()
        supervisor.wait()
        raise


def _ready(supervisor: "subprocess.Popen[bytes]") -> Running:
    """Wait until the stage is there; show what the supervisor says meanwhile."""
    with _LOG.open() as log, console.status("Start the local stage …"):

        def look() -> Running | None:
            ended = supervisor.poll() is not None
            running = _state()
            console.print(log.read(), end="", markup=False, soft_wrap=True)
            if ended:
                raise LocalStageError(f"the local stage did not start; what it said is in {shown(_LOG)}")
            return running

        try:
            return poll(look, what="the local stage to be up", seconds=_START_SECONDS)
        except DeadlineExceededError as error:
            raise LocalStageError(f"{error}; what it said is in {shown(_LOG)}") from None


def _end(supervisor: int) -> None:
    """Ask it to unwind; if it does not, kill it: its children's lifelines end with it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        os.kill(supervisor, number)
        try:
            poll(lambda: not _is_held(), what="the supervisor's end", seconds=_STOP_SECONDS, every=0.1)
        except DeadlineExceededError:
            continue
        _STATE.unlink(missing_ok=True)
        return


def _state() -> Running | None:
    try:
        return Running(**json.loads(_STATE.read_text()))
    except FileNotFoundError:
        return None


def _is_held() -> bool:
    """Whether a supervisor lives."""
    try:
        with _LOCK.open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


@contextmanager
def _hold() -> Iterator[None]:
    """Be the one supervisor.

    Raises:
        LocalStageError: there is one.
    """
    with _LOCK.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalStageError("a local stage is running already") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
