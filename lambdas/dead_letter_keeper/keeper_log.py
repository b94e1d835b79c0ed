"""The keeper's log lines: each renewed dead letter, what could not be done and why, and how each run ended."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from lambdas.common.budget import Context
from lambdas.dead_letter_keeper.held import HeldDeadLetter
from schemas.names import DEAD_LETTER_KEEPER
from schemas.reasons import OperatorAction


class KeeperLog:
    """Writes the log lines of one run. They hold ids and figures, and nothing of a payload."""

    def __init__(
        self, context: Context, *, version: str, now: Callable[[], datetime], write: Callable[[str], Any]
    ) -> None:
        """Write the lines of one invocation; each names the function, its code's version and the request id."""
        self._origin = {
            "service": DEAD_LETTER_KEEPER,
            "function_name": context.function_name,
            "function_version": version,
            "function_request_id": context.aws_request_id,
        }
        self._now = now
        self._write = write

    def renewed(self, dead_letter: HeldDeadLetter, queue: str, *, as_: str) -> None:
        """Log that a fresh copy, with the SQS id `as_`, replaced a dead letter; `trace` shows it."""
        self._line("INFO", OperatorAction.RENEWED, queue=queue, **dead_letter.logged, new_sqs_message_id=as_)

    def not_renewed(self, dead_letter: HeldDeadLetter, queue: str, *, error: Exception) -> None:
        """Log that AWS refused to renew a dead letter."""
        self._line("WARNING", "not renewed", queue=queue, **dead_letter.logged, error=_code(error))

    def not_read(self, queue: str, *, error: Exception) -> None:
        """Log that AWS refused to read a queue."""
        self._line("WARNING", "not read", queue=queue, error=_code(error))

    def not_alerted(self, code: str) -> None:
        """Log that the bus refused the alert about dead letters that end soon, with its error code."""
        self._line("WARNING", "not alerted", error=code)

    def done(self, *, seen: int, renewed: int, ending: int) -> None:
        """Log the end of the run: dead letters seen, renewed, and those that end within three days."""
        self._line("INFO", "kept", seen=seen, renewed=renewed, ending=ending)

    def _line(self, level: str, message: str, **fields: Any) -> None:
        at = self._now().isoformat(timespec="milliseconds")
        line = {"level": level, "message": message, "timestamp": at, **self._origin, **fields}
        self._write(json.dumps(line, separators=(",", ":")))


def _code(error: Exception) -> str:
    """AWS's code; where AWS did not answer, the exception's class."""
    response = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", type(error).__name__))
