"""Brings out the last lines of functions, where the emulator keeps them back.

It takes a worker's output for complete after 5 ms of silence, and what comes later for the next invocation's
(ministack 1.5.33, `Worker._drain_stderr_bounded`): on a busy machine the last lines of the last invocation stay
unread. An empty batch is an invocation in which nothing is done or said.
"""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ops.local.outcomes import OutcomeLine

_PATIENCE = 1.0
"""Seconds without a new line before the functions are run once more."""

_LONGEST_PATIENCE = 2.0
"""Seconds until they are run again, when nothing came of it: not every worker may have had its turn."""

_WORKERS = 2
"""Of a function, as the local stage's concurrency is capped: each may keep lines back."""

_NOTHING = json.dumps({"Records": []}).encode()


class Lambda(Protocol):
    """What is used of boto3's Lambda client."""

    @property
    def invoke(self) -> Callable[..., Any]:
        """Invoke."""


class LateLines:
    """Watches how many lines there are."""

    def __init__(self, client: Lambda, now: Callable[[], float] = time.monotonic) -> None:
        """Invoke by this client; `now` tells seconds."""
        self._client = client
        self._now = now
        self._count = 0
        self._patience = _PATIENCE
        self._since = now()

    def bring_out(self, lines: Sequence[OutcomeLine]) -> None:
        """Run every function that has ever said a word once more, if there has been no new one for a while."""
        if len(lines) != self._count:
            self._count, self._patience, self._since = len(lines), _PATIENCE, self._now()
        elif lines and self._now() - self._since >= self._patience:
            self._patience, self._since = _LONGEST_PATIENCE, self._now()
            for name in sorted({line.function_name for line in lines}):
                for _ in range(_WORKERS):
                    self._client.invoke(FunctionName=name, InvocationType="Event", Payload=_NOTHING)
