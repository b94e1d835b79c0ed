"""A process with a log, that is gone when its owner is."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from local.errors import failed

_KILL_WITH_PARENT = Path(__file__).with_name("kill_with_parent.py")


class Process:
    """One command and all that it starts, in a session of its own, so that Ctrl-C reaches it through its owner alone.

    Use as a context manager: whatever still runs at its end is killed.
    """

    def __init__(self, what: str, command: Sequence[str], *, log: Path, env: Mapping[str, str], cwd: Path) -> None:
        """Start it.

        Args:
            what: its name in sentences.
            command: an absolute program and its arguments.
            log: takes both of its outputs.
            env: its whole environment.
            cwd: where it runs.
        """
        self.what = what
        self.log = log
        self._command = [sys.executable, "-I", "-S", str(_KILL_WITH_PARENT), *command]
        self._env = env
        self._cwd = cwd
        log.write_bytes(b"")
        self._process = self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def wait(self) -> int:
        """Wait for its end; gives the exit code."""
        return self._process.wait()

    def succeed(self) -> None:
        """Wait for its end.

        Raises:
            LocalStageError: it ended with another exit code than 0.
        """
        code = self.wait()
        if code != 0:
            raise failed(f"{self.what} failed with exit code {code}", self.log)

    def restart(self) -> None:
        """Ask it to end, wait until it has ended as it likes, and start it again."""
        self._process.terminate()
        self.wait()
        self.stop()
        self._process = self._start()

    def stop(self) -> None:
        """Kill it and all that it started, and wait for that."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as output:
            return subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._env,
                cwd=self._cwd,
                start_new_session=True,
            )
