"""A local stage that is left running: a supervisor process holds it, one at a time for a checkout.

The supervisor outlives the process that started it, but not before it says so: until then both write to the same
terminal, and it unwinds when its starter is gone. How others find its stage: `ops/stage/local.py`.
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
from ops.checkout import BUILD, ROOT
from ops.stage.local import LOCK, STATE, Running, is_held, state
from ops.terminal.interrupts import StoppedError
from ops.terminal.output import console, step

_LOG = BUILD / "supervisor.log"

_START_SECONDS = 240
"""The first deploy builds the layers."""

_DEMO_SECONDS = _START_SECONDS + 240
"""Until everything of the demonstration must have ended, and people were told."""

_STOP_SECONDS = 20

_ONE_IS_RUNNING = "a local stage is running already"


class ParentWatch:
    """What ties this process to its starter: a pipe as standard input, which closes with the starter."""

    def __init__(self, pipe: int = 0) -> None:
        """Unwind from now on, as on SIGTERM, as soon as the pipe closes.

        Args:
            pipe: its file descriptor.
        """
        self._pipe = pipe
        self._is_loose = Event()
        Thread(target=self._watch, name="leash", daemon=True).start()

    def loose(self) -> None:
        """Live on from now on, whatever becomes of the starter."""
        self._is_loose.set()

    def _watch(self) -> None:
        # Not by sys.stdin: a thread that waits in it breaks the interpreter's end.
        while os.read(self._pipe, 1):
            pass
        if not self._is_loose.is_set():
            os.kill(os.getpid(), signal.SIGTERM)


def speak_into(log: Path) -> None:
    """Let what this process says go into a file, from now on, and no longer to its starter's terminal or pipe."""
    sys.stdout.flush()
    sys.stderr.flush()
    with log.open("wb") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)


def up() -> bool:
    """Start a stage and leave it running; where one is running already, say so.

    Raises:
        LocalStageError: it did not start; its supervisor has said why.
    """
    if is_held():
        stage = state()
        if stage is None:
            console.print("A local stage is just being started or stopped.")
            return False
        console.print("The local stage is running already.")
    else:
        stage = _start()
    instructions.show(stage)
    return True


def keep_demo() -> bool:
    """Show the demonstration on a stage that is left running; whether everything was as promised.

    Raises:
        LocalStageError: a stage is running already; or it did not start, and its supervisor has said why.
    """
    if is_held():
        raise LocalStageError(
            f"{_ONE_IS_RUNNING}: `make down` stops it; then the demonstration can have one of its own"
        )
    return _start("--demo", seconds=_DEMO_SECONDS).is_as_promised


def down() -> bool:
    """Stop the stage that is running, and wait until it is gone."""
    if not is_held():
        STATE.unlink(missing_ok=True)
        console.print("No local stage is running.")
        return True
    with step("Stop the local stage"):
        _end(int(LOCK.read_text()))
    return True


def supervise(label: str, before: Callable[[LocalStage], bool] | None = None) -> bool:
    """Hold a stage until a signal comes or the emulator dies. This is the supervisor's own life.

    Until the stage is left alone the supervisor is on the leash of whoever started it, who tells people how it ended.

    Args:
        label: names the run's folder.
        before: happens on the stage before it is left alone and minutes pass by themselves; tells whether all was as
            promised. None for nothing.

    Raises:
        LocalStageError: the stage did not start or did not live.
    """
    leash = ParentWatch()
    try:
        with _hold(), local_stage(label, step) as stage:
            is_as_promised = before(stage) if before else True
            stage.minutes.start()
            leash.loose()
            speak_into(_LOG)
            with _stated(_running(stage, is_as_promised=is_as_promised)):
                stage.emulator.process.wait()
                stage.emulator.must_live()
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
        folder=str(stage.folder.path),
        is_as_promised=is_as_promised,
    )


@contextmanager
def _stated(known: Running) -> Iterator[None]:
    """Let others find the stage during the block."""
    unfinished = STATE.with_suffix(".new")
    unfinished.write_text(json.dumps(asdict(known), indent=2))
    unfinished.rename(STATE)
    try:
        yield
    finally:
        STATE.unlink(missing_ok=True)


def _start(*arguments: str, seconds: float = _START_SECONDS) -> Running:
    """Start a supervisor on a leash, let it speak to the terminal, and wait until it has left its stage alone."""
    BUILD.mkdir(parents=True, exist_ok=True)
    STATE.unlink(missing_ok=True)
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "local", "supervise", *arguments],
        stdin=subprocess.PIPE,
        cwd=ROOT,
        start_new_session=True,
    )

    def look() -> Running | None:
        code = supervisor.poll()
        if code is not None:
            raise LocalStageError(f"the local stage did not start, or was stopped meanwhile: exit code {code}")
        return state()

    try:
        return poll(look, what="the local stage to be up", seconds=seconds)
    except BaseException as error:
        supervisor.terminate()
        supervisor.wait()
        if isinstance(error, DeadlineExceededError):
            raise LocalStageError(str(error)) from None
        raise


def _end(supervisor: int) -> None:
    """Ask it to unwind; if it does not, kill it: its children's lifelines end with it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        os.kill(supervisor, number)
        try:
            poll(lambda: not is_held(), what="the supervisor's end", seconds=_STOP_SECONDS, every=0.1)
        except DeadlineExceededError:
            continue
        STATE.unlink(missing_ok=True)
        return


@contextmanager
def _hold() -> Iterator[None]:
    """Be the one supervisor.

    Raises:
        LocalStageError: there is one.
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
