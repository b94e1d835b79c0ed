"""The supervisor: a background process that keeps a local stage running, at most one for a checkout.

The supervisor outlives the process that started it only after it has detached. Until then both write to the same
terminal, and the supervisor stops when its parent is gone. `ops/stage/local.py` says how others find the stage.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Event, Thread

from local.demo import instructions
from local.errors import LocalStageError
from local.polling import DeadlineExceededError, poll
from local.stage import LocalStage, local_stage
from ops.stage.local import LOCK, STATE, Running, is_held, state
from ops.terminal.checkout import BUILD, ROOT
from ops.terminal.interrupts import StoppedError
from ops.terminal.output import console, step

_LOG = BUILD / "supervisor.log"

_START_SECONDS = 240
"""The first deployment also builds the layers."""

_DEMO_SECONDS = _START_SECONDS + 240
"""Until all outcomes of the demonstration must be final and its failures alerted."""

_STOP_SECONDS = 20

_ONE_IS_RUNNING = "a local stage is running already"


class ParentWatch:
    """Stops this process when its parent ends: standard input is a pipe that closes with the parent."""

    def __init__(self, pipe: int = 0) -> None:
        """Stop this process, as by SIGTERM, as soon as the pipe closes.

        Args:
            pipe: the pipe's file descriptor.
        """
        self._pipe = pipe
        self._is_detached = Event()
        Thread(target=self._watch, name="parent-watch", daemon=True).start()

    def detach(self) -> None:
        """Keep running from now on even if the parent ends."""
        self._is_detached.set()

    def _watch(self) -> None:
        # Not sys.stdin: a thread that blocks in it breaks the interpreter's shutdown.
        while os.read(self._pipe, 1):
            pass
        if not self._is_detached.is_set():
            os.kill(os.getpid(), signal.SIGTERM)


def redirect_output(log: Path) -> None:
    """Write this process's output to a file from now on instead of its parent's terminal or pipe."""
    sys.stdout.flush()
    sys.stderr.flush()
    with log.open("wb") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)


def up() -> bool:
    """Start a stage that stays up, or report that one is running already; returns whether a stage is up.

    Raises:
        LocalStageError: the stage did not start; its supervisor has printed the reason.
    """
    if is_held():
        stage = state()
        if stage is None:
            console.print("A local stage is being started or stopped.")
            return False
        console.print("The local stage is running already.")
    else:
        stage = _start()
    instructions.show(stage)
    return True


def keep_demo() -> bool:
    """Run the demonstration on a stage that stays up; returns whether all checks passed.

    Raises:
        LocalStageError: a stage is running already, or the stage did not start and its supervisor has printed the
            reason.
    """
    if is_held():
        raise LocalStageError(f"{_ONE_IS_RUNNING}: stop it with `make down` first")
    return _start("--demo", seconds=_DEMO_SECONDS).is_as_promised


def down() -> bool:
    """Stop the running stage and wait for its end."""
    if not is_held():
        STATE.unlink(missing_ok=True)
        console.print("No local stage is running.")
        return True
    with step("Stop the local stage"):
        _stop(int(LOCK.read_text(encoding="utf-8")))
    return True


def supervise(label: str, first: Callable[[LocalStage], bool] | None = None) -> bool:
    """Keep a stage running until a signal arrives or the emulator ends. This is the supervisor's main function.

    Until the supervisor detaches, it stops when its parent ends; the parent reports how the start went.

    Args:
        label: part of the name of the run's folder.
        first: runs on the stage before the supervisor detaches and the clock starts; returns whether all checks passed.

    Raises:
        LocalStageError: the stage did not start, or ended early.
    """
    parent_watch = ParentWatch()
    try:
        with _lock(), local_stage(label, step) as stage:
            is_as_promised = first(stage) if first else True
            stage.clock.start()
            parent_watch.detach()
            redirect_output(_LOG)
            with _published(_running(stage, is_as_promised=is_as_promised)):
                stage.emulator.process.wait()
                stage.emulator.check_running()
    except StoppedError as stopped:
        raise SystemExit(stopped.code) from None
    return False


def _running(stage: LocalStage, *, is_as_promised: bool) -> Running:
    return Running(
        endpoint_url=stage.endpoint.url,
        ingress_queue_url=stage.deployed.ingress_queue_url,
        event_bus_name=stage.deployed.event_bus_name,
        crm_base_url=stage.crm.base_url,
        webhooks_base_url=stage.receiver.base_url,
        slack_base_url=stage.slack.base_url,
        mails_base_url=stage.ses.base_url,
        folder=str(stage.folder.path),
        is_as_promised=is_as_promised,
    )


@contextmanager
def _published(known: Running) -> Iterator[None]:
    """Let other processes find the stage during the block."""
    unfinished = STATE.with_suffix(".new")
    unfinished.write_text(json.dumps(asdict(known), indent=2), encoding="utf-8")
    unfinished.rename(STATE)
    try:
        yield
    finally:
        STATE.unlink(missing_ok=True)


def _start(*arguments: str, seconds: float = _START_SECONDS) -> Running:
    """Start a supervisor that writes to this terminal, and wait until it has detached."""
    BUILD.mkdir(parents=True, exist_ok=True)
    STATE.unlink(missing_ok=True)
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "local", "supervise", *arguments],
        stdin=subprocess.PIPE,
        cwd=ROOT,
        start_new_session=True,
    )

    def running_stage() -> Running | None:
        code = supervisor.poll()
        if code is not None:
            raise LocalStageError(f"the local stage did not start, or was stopped meanwhile: exit code {code}")
        return state()

    try:
        return poll(running_stage, what="the local stage", seconds=seconds)
    except BaseException as error:
        supervisor.terminate()
        supervisor.wait()
        if isinstance(error, DeadlineExceededError):
            raise LocalStageError(str(error)) from None
        raise


def _stop(supervisor: int) -> None:
    """Send SIGTERM to the supervisor, then SIGKILL if it does not end; its child processes end with it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        os.kill(supervisor, number)
        try:
            poll(lambda: not is_held(), what="the end of the supervisor", seconds=_STOP_SECONDS, every=0.1)
        except DeadlineExceededError:
            continue
        STATE.unlink(missing_ok=True)
        return


@contextmanager
def _lock() -> Iterator[None]:
    """Hold the lock of the only supervisor.

    Raises:
        LocalStageError: another supervisor holds it.
    """
    with LOCK.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalStageError(_ONE_IS_RUNNING) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
