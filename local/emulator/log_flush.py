"""Brings out the last lines of functions, where the emulator keeps them back.

It takes a worker's output for complete after 5 ms of silence, and what comes later for the next invocation's
(ministack 1.5.33, `Worker._drain_stderr_bounded`): on a busy machine the last lines of the last invocation stay
unread. An empty batch is an invocation in which nothing is done or said.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from ops.stage.log_lines import LogLine

_PATIENCE = 1.0
"""Seconds without a new line before the functions are run once more."""

_WORKERS = 2
"""Of a function, as the local stage's concurrency is capped: each may keep lines back. To reach the second, both are
run at once, and where there is but one the emulator starts another, which costs as much as a cold start does.
"""

_NOTHING = json.dumps({"Records": []}).encode()


class Lambda(Protocol):
    """What is used of boto3's Lambda client."""

    @property
    def invoke(self) -> Callable[..., Any]:
        """Invoke."""


class LateLines:
    """Watches how many lines there are."""

    def __init__(self, client: Lambda, names: Mapping[str, str], now: Callable[[], float] = time.monotonic) -> None:
        """Watch these functions.

        Args:
            client: by which they are invoked.
            names: what Lambda calls them, by the service of their lines.
            now: tells seconds.
        """
        self._client = client
        self._names = names
        self._now = now
        self._heard: Counter[str] = Counter()
        self._known: Counter[str] = Counter()
        self._gone: Counter[str] = Counter()
        self._patience = _PATIENCE
        self._since = now()

    def forget_workers(self, lines: Sequence[LogLine]) -> None:
        """Those that said these are no more, and keep nothing back: to run their functions would start new ones."""
        self._gone = Counter(line.service for line in lines)

    def bring_out(self, lines: Sequence[LogLine]) -> None:
        """Run functions once more, if there has been no new line for a while.

        At first those that spoke since the last time, by their first worker. Where nothing comes of it all that have
        ever spoken, by all their workers, and less and less often: a busy machine is not to be kept busy by this.
        """
        heard = Counter(line.service for line in lines)
        if heard != self._heard:
            self._heard, self._patience, self._since = heard, _PATIENCE, self._now()
        elif heard and self._now() - self._since >= self._patience:
            is_first = self._patience == _PATIENCE
            before = self._known if is_first else self._gone
            names = [self._names[service] for service in heard if heard[service] != before[service]]
            self._known, self._patience, self._since = heard, self._patience * 2, self._now()
            for name in sorted(names):
                for _ in range(1 if is_first else _WORKERS):
                    self._client.invoke(FunctionName=name, InvocationType="Event", Payload=_NOTHING)
