"""Contestants' processes: fresh ones for one task, and warm ones for repeated requests."""

import marshal
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from time import monotonic
from typing import IO, Any, cast

from tests.benchmarks.contestants import Contestant

_CHILD = Path(__file__).parent / "child"
_PYTHON = [sys.executable, "-S", "-s", "-P"]
"""An interpreter whose path has no packages of this environment and not the current folder, only what is added."""

_SECONDS = 300


class ContestantError(Exception):
    """A contestant could not do what it was asked to do."""


def cold_run(contestant: Contestant, event: Mapping[str, Any], *, log: str = os.devnull) -> Any:
    """Let a fresh process import the handler and handle a batch; `child/fresh.py` describes the answer.

    The answer also has `started`, the process's start by the same clock.
    """
    started = monotonic()
    return {"started": started, **_fresh(contestant, "cold", {"event": event, "log": log})}


def imported_modules(contestant: Contestant, module: str) -> list[str]:
    """The modules that a module imports in a fresh process beyond pydantic's."""
    names: list[str] = _fresh(contestant, "modules", {"module": module})
    return names


def _fresh(contestant: Contestant, task: str, request: Mapping[str, Any]) -> Any:
    run = subprocess.run(
        [*_PYTHON, _CHILD / "fresh.py", task],
        input=marshal.dumps(dict(request)),
        env=contestant.environment(),
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    if run.returncode:
        raise ContestantError(f"{contestant.name} failed: {run.stderr.decode(errors='replace').strip()[-2000:]}")
    return marshal.loads(run.stdout)  # noqa: S302 our own child's


class Worker(AbstractContextManager["Worker"]):
    """A contestant's warm process."""

    def __init__(self, contestant: Contestant, *, under: Sequence[str] = ()) -> None:
        """Start the process; `under` is a command that runs it, such as valgrind with its options."""
        self._contestant = contestant
        self._process = process = subprocess.Popen(
            [*under, *_PYTHON, _CHILD / "loops.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=contestant.environment(_CHILD, _CHILD / "subjects"),
        )
        self._requests, self._answers = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """End the process and wait for its end."""
        with suppress(BrokenPipeError):  # it has ended already
            self._requests.close()
        self._process.wait(_SECONDS)
        self._answers.close()

    def ask(self, request: Mapping[str, Any]) -> Any:
        """Send a request and return the answer of `child/loops.py`.

        Raises:
            ContestantError: the process ended instead; its standard error says why.
        """
        try:
            marshal.dump(dict(request), self._requests)
            self._requests.flush()
            return marshal.load(self._answers)  # noqa: S302 our own child's
        except (EOFError, BrokenPipeError):
            raise ContestantError(f"{self._contestant.name} ended while it was asked for {request['name']}") from None


class Timed:
    """A worker's subject that is timed at each call: seconds of processor time for one run."""

    def __init__(self, worker: Worker, name: str, kind: str, subject: Mapping[str, Any], *, seconds: float) -> None:
        """Time a subject (see `child/loops.py`) over as many runs as take this many seconds."""
        self._worker = worker
        self._request = {"task": "timed", "name": name, "kind": kind, "subject": subject, "seconds": seconds}
        self._repeats = 0

    def __call__(self) -> float:
        """Measure once."""
        answer = self._worker.ask({**self._request, "repeats": self._repeats})
        self._repeats = answer["repeats"]
        return float(answer["seconds"])
