"""A process that writes a log and ends with its parent."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from local.errors import failed

_KILL_WITH_PARENT = Path(__file__).with_name("kill_with_parent.py")


class Process:
    """One command and its child processes, in a session of their own: Ctrl-C reaches them only through the parent.

    Use as a context manager: whatever still runs at the end of the block is killed.
    """

    def __init__(self, name: str, command: Sequence[str], *, log: Path, env: Mapping[str, str], cwd: Path) -> None:
        """Start the command.

        Args:
            name: the command's name in messages.
            command: an absolute program path and its arguments.
            log: the file for both standard output and standard error.
            env: the complete environment.
            cwd: the working directory.
        """
        self.name = name
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
        """The exit code; None while the process runs."""
        return self._process.poll()

    def wait(self) -> int:
        """Wait for the process to end and return its exit code."""
        return self._process.wait()

    def succeed(self) -> None:
        """Wait for the process to end.

        Raises:
            LocalStageError: the exit code is not 0.
        """
        code = self.wait()
        if code != 0:
            raise failed(f"{self.name} failed with exit code {code}", self.log)

    def restart(self) -> None:
        """Terminate the command, wait until it has ended in its own way, and start it again."""
        self._process.terminate()
        self.wait()
        self.stop()
        self._process = self._start()

    def stop(self) -> None:
        """Kill the command and its child processes, and wait for their end."""
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
