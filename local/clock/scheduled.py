"""What EventBridge Scheduler does each minute in a real stage: it sends a sign of life and runs the Slack notifier."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Protocol
from uuid import uuid4

from local.errors import LocalStageError
from schemas.system import NO_TENANT, SYSTEM_HEARTBEAT

_SOURCE = "taly.scheduler"


class QueueSender(Protocol):
    """What is used of boto3's SQS client."""

    @property
    def send_message(self) -> Callable[..., object]:
        """SendMessage."""


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return str(uuid4())


class HeartbeatSender:
    """Sends one at a time, as the deployed schedule would, and remembers which; safe for threads.

    Each has an id of its own: where a minute takes seconds, several are of the same minute of the clock.
    """

    def __init__(
        self,
        sqs: QueueSender,
        ingress_queue_url: str,
        now: Callable[[], datetime] = _now,
        new_id: Callable[[], str] = _new_id,
    ) -> None:
        """Beat into the ingress queue."""
        self._sqs = sqs
        self._url = ingress_queue_url
        self._now = now
        self._new_id = new_id
        self._lock = Lock()
        self._ids: set[str] = set()

    @property
    def ids(self) -> frozenset[str]:
        """Of all that were sent, so that they can be told from what was published."""
        with self._lock:
            return frozenset(self._ids)

    def send(self) -> str:
        """Send one; gives its id."""
        message = {
            "id": self._new_id(),
            "type": SYSTEM_HEARTBEAT.name,
            "payload": {"companyId": NO_TENANT},
            "timestamp": f"{self._now():%Y-%m-%dT%H:%M:%SZ}",
            "attempts": 1,
            "source": _SOURCE,
        }
        with self._lock:
            self._ids.add(str(message["id"]))
        self._sqs.send_message(QueueUrl=self._url, MessageBody=json.dumps(message), MessageGroupId=NO_TENANT)
        return str(message["id"])


class FunctionInvoker(Protocol):
    """What is used of boto3's Lambda client."""

    @property
    def invoke(self) -> Callable[..., Any]:
        """Invoke."""


class Notifier:
    """The deployed function."""

    def __init__(self, client: FunctionInvoker, function_name: str) -> None:
        """Invoke by this client."""
        self._client = client
        self._function_name = function_name

    def run(self) -> None:
        """Run it once, to its end.

        Raises:
            LocalStageError: it failed; in a real stage its own alarm would go off.
        """
        answer = self._client.invoke(FunctionName=self._function_name, InvocationType="RequestResponse", Payload=b"{}")
        if "FunctionError" not in answer:
            return
        said = json.loads(answer["Payload"].read())
        raise LocalStageError(
            f"the Slack notifier failed: {said.get('errorType')}: {said.get('errorMessage')}. "
            f"The log of {self._function_name} says more"
        )
