"""Makes the emulator deliver log lines that it holds back.

The emulator takes a worker's output as complete after 5 ms of silence, and delivers later lines with the next
invocation (ministack 1.5.33, `Worker._drain_stderr_bounded`). On a busy machine the last lines of the last invocation
therefore stay undelivered. An invocation with an empty batch does nothing, logs nothing, and delivers them.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from local.emulator.lambda_client import FunctionInvoker
from ops.stage.log_lines import LogLine

_INITIAL_WAIT = 1.0
"""Seconds without a new line before functions are invoked."""

_WORKERS = 2
"""Workers of a function, since the local stage's concurrency is capped; each may hold lines back.

To reach the second worker, both are invoked at once. If a function has only one, the emulator starts another, which
costs as much as a cold start.
"""

_EMPTY_BATCH = json.dumps({"Records": []}).encode()


class LogFlush:
    """Invokes functions with empty batches while their log lines may be incomplete."""

    def __init__(
        self, client: FunctionInvoker, names: Mapping[str, str], now: Callable[[], float] = time.monotonic
    ) -> None:
        """Watch the log lines of these functions.

        Args:
            client: invokes the functions.
            names: the Lambda function names by the service in their log lines.
            now: returns seconds.
        """
        self._client = client
        self._names = names
        self._now = now
        self._seen: Counter[str] = Counter()
        self._flushed: Counter[str] = Counter()
        self._ended: Counter[str] = Counter()
        self._wait = _INITIAL_WAIT
        self._since = now()

    def forget_workers(self, lines: Sequence[LogLine]) -> None:
        """Note that the workers that wrote these lines have ended: they hold nothing back.

        Invoking their functions would only start new workers.
        """
        self._ended = Counter(line.service for line in lines)

    def flush(self, lines: Sequence[LogLine]) -> None:
        """Invoke functions if there has been no new line for a while.

        First the functions that have logged since the last flush, one worker each. If that yields no line, all workers
        of all functions that have ever logged, at doubling intervals: this must not keep a busy machine busy.
        """
        seen = Counter(line.service for line in lines)
        if seen != self._seen:
            self._seen, self._wait, self._since = seen, _INITIAL_WAIT, self._now()
        elif seen and self._now() - self._since >= self._wait:
            is_first = self._wait == _INITIAL_WAIT
            before = self._flushed if is_first else self._ended
            names = [self._names[service] for service in seen if seen[service] != before[service]]
            self._flushed, self._wait, self._since = seen, self._wait * 2, self._now()
            for name in sorted(names):
                for _ in range(1 if is_first else _WORKERS):
                    self._client.invoke(FunctionName=name, InvocationType="Event", Payload=_EMPTY_BATCH)
