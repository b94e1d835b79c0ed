"""A proxy between the deployed functions and the emulator that injects failures of AWS.

The proxy is `microburst`, a development dependency: runs without faults do not need it.
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
from ops.stage.endpoint import Endpoint
from ops.terminal.checkout import VENV_BIN

_START_SECONDS = 30
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Opens URLs without the user's proxy."""

_MAX_LISTED = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A failure of one operation's calls: of the first `times` calls, or of every nth."""

    service: str
    """The name for which requests are signed: `sqs`, `events`, `ses`."""

    operation: str = ""
    """Empty for all operations. microburst does not know those of SES v2 and takes them for SES v1."""

    queue: str = ""
    """The queue's name in an SQS call, whose URL has AWS's host or the emulator's; empty for all queues."""

    times: int | None = None
    every: int | None = None
    """Every nth call fails, beginning with the first."""

    code: str = ""
    """The error code that AWS returns, such as `ThrottlingException`."""

    status: int | None = None
    """The error's HTTP status, if it is not the one in AWS's service model."""

    milliseconds: int = 0
    """Additional latency of the response."""

    is_reset: bool = False
    """Whether the connection is reset before AWS gets the call."""

    is_lost: bool = False
    """Whether the connection breaks after AWS has performed the call, so that the response is lost."""

    def rule(self) -> dict[str, Any]:
        """The fault as a microburst rule."""
        fields = {
            "service": self.service,
            "operation": self.operation,
            "body": f"ends_with(QueueUrl, '/{self.queue}')" if self.queue else None,
            "times": self.times,
            "sequence": {"fail": 1, "pass": self.every - 1} if self.every else None,
            "error": {"code": self.code, "status": self.status} if self.code else None,
            "latency": self.milliseconds,
            "reset": self.is_reset,
            "response": {"abort_bytes": 0} if self.is_lost else None,
        }
        return {name: value for name, value in fields.items() if value}


@dataclass(frozen=True, slots=True)
class FaultProxy:
    """A running proxy; it changes nothing until faults are injected."""

    url: str
    process: Process

    def inject(self, faults: Sequence[Fault]) -> None:
        """Inject only these faults from now on; of several that match a call, the first that is not used up."""
        self._control("DELETE", "fired")
        self._control("POST", "rules", [fault.rule() for fault in faults])

    @contextmanager
    def injecting(self, *faults: Fault) -> Iterator[None]:
        """Inject these faults during the block."""
        self.inject(faults)
        try:
            yield
        finally:
            self._control("POST", "rules", [])

    def injected(self) -> Counter[str]:
        """The number of faults injected by service since the last call of `inject`."""
        return Counter(each["service"] for each in self._control("GET", f"fired?limit={_MAX_LISTED}"))

    def is_ready(self) -> bool:
        """Whether the proxy responds.

        Raises:
            LocalStageError: the proxy has ended.
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
    """Start the proxy, and stop it at the end.

    Args:
        folder: the folder for its log.
        url: the proxy's address, on loopback.
        upstream: the address to which the proxy forwards.

    Raises:
        LocalStageError: the proxy does not start, for example because microburst is not installed.
    """
    log = folder.log("faults")
    command = [str(VENV_BIN / "python"), "-m", "microburst", "--upstream", upstream]
    command += ["--host", str(urlsplit(url).hostname), "--port", str(urlsplit(url).port)]
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder.scratch), "LANG": "C.UTF-8"}
    with Process("the fault proxy", command, log=log, env=env, cwd=folder.scratch) as process:
        proxy = FaultProxy(url, process)
        try:
            poll(proxy.is_ready, what="the fault proxy's first response", seconds=_START_SECONDS, every=0.1)
        except DeadlineExceededError as error:
            raise failed(str(error), log) from None
        # The proxy's first call takes seconds, longer than functions wait: it reads the models of all AWS services.
        Endpoint(url).events.list_event_buses()
        yield proxy
