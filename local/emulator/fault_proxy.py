"""A proxy between the deployed functions and the emulator that lets AWS fail as AWS fails.

It is `microburst`, of the development environment: whoever asks for no faults needs none of it.
"""

import json
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

from local.errors import failed
from local.polling import DeadlineExceededError, poll
from local.run_folder import RunFolder
from local.supervision.process import Process
from ops.checkout import VENV_BIN
from ops.stage.endpoint import Endpoint

_START_SECONDS = 30
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Past any proxy of the user's."""

_MOST_TOLD = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with the calls of one operation: for the first `times` of them, or with every so manieth."""

    service: str
    """By the name that requests are signed for: `sqs`, `events`, `ses`."""

    operation: str = ""
    """Empty for all. Those of SES v2 microburst does not know: it takes them for SES's first version."""

    queue: str = ""
    """The URL that a call of SQS names; empty for all."""

    times: int | None = None
    every: int | None = None
    """Every so manieth call, the first among them."""

    code: str = ""
    """The error that AWS answers with, such as `ThrottlingException`."""

    status: int | None = None
    """The error's HTTP status, where it is not the one that AWS's service model gives it."""

    milliseconds: int = 0
    """How much longer an answer takes."""

    is_reset: bool = False
    """Whether the connection is reset before AWS has heard the call."""

    is_lost: bool = False
    """Whether the connection breaks after AWS has done what it was asked, so that nobody hears of it."""

    def rule(self) -> dict[str, Any]:
        """As microburst takes it."""
        wanted = {
            "service": self.service,
            "operation": self.operation,
            "body": f"QueueUrl == '{self.queue}'" if self.queue else None,
            "times": self.times,
            "sequence": {"fail": 1, "pass": self.every - 1} if self.every else None,
            "error": {"code": self.code, "status": self.status} if self.code else None,
            "latency": self.milliseconds,
            "reset": self.is_reset,
            "response": {"abort_bytes": 0} if self.is_lost else None,
        }
        return {name: value for name, value in wanted.items() if value}


@dataclass(frozen=True, slots=True)
class FaultProxy:
    """A running proxy; as long as it is told nothing, it changes nothing."""

    url: str
    process: Process

    def cause(self, faults: Sequence[Fault]) -> None:
        """Let these happen from now on, and no others; where several fit a call, the first that is not used up."""
        self._control("DELETE", "fired")
        self._control("POST", "rules", [fault.rule() for fault in faults])

    @contextmanager
    def causing(self, *faults: Fault) -> Iterator[None]:
        """Let these happen during the block."""
        self.cause(faults)
        try:
            yield
        finally:
            self._control("POST", "rules", [])

    def happened(self) -> Counter[str]:
        """How often calls of each service met a fault, since `cause` was called last."""
        return Counter(each["service"] for each in self._control("GET", f"fired?limit={_MOST_TOLD}"))

    def is_ready(self) -> bool:
        """Whether it answers.

        Raises:
            LocalStageError: it is gone.
        """
        if self.process.exit_code is not None:
            raise failed(f"the fault proxy ended with exit code {self.process.exit_code}", self.process.log)
        try:
            return bool(self._control("GET", "health"))
        except (URLError, ConnectionError, TimeoutError):
            return False

    def _control(self, method: str, what: str, body: object = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_microburst/{what}", data=content, method=method)  # noqa: S310 ours
        with _DIRECT.open(request, timeout=10) as answer:
            return json.load(answer)


@contextmanager
def fault_proxy(folder: RunFolder, url: str, upstream: str) -> Iterator[FaultProxy]:
    """Start it, and stop it at the end.

    Args:
        folder: takes its log.
        url: where it shall listen, on loopback.
        upstream: the address that it stands before.

    Raises:
        LocalStageError: it does not start, as where microburst is not installed.
    """
    log = folder.log("faults")
    command = [str(VENV_BIN / "python"), "-m", "microburst", "--upstream", upstream]
    command += ["--host", str(urlsplit(url).hostname), "--port", str(urlsplit(url).port)]
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder.scratch), "LANG": "C.UTF-8"}
    with Process("the fault proxy", command, log=log, env=env, cwd=folder.scratch) as process:
        proxy = FaultProxy(url, process)
        try:
            poll(proxy.is_ready, what="the fault proxy's first answer", seconds=_START_SECONDS, every=0.1)
        except DeadlineExceededError as error:
            raise failed(str(error), log) from None
        # At its first call it reads the models of all of AWS's services, for seconds: longer than functions wait.
        Endpoint(url).events.list_event_buses()
        yield proxy
