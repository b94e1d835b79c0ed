"""The tasks that EventBridge Scheduler runs each minute in a real stage: send a heartbeat, run the Slack notifier."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import Protocol
from uuid import uuid4

from local.emulator.lambda_client import FunctionInvoker
from local.errors import LocalStageError
from schemas.system import NO_TENANT, SYSTEM_HEARTBEAT

_SOURCE = "taly.scheduler"


class QueueSender(Protocol):
    """The part of boto3's SQS client that sends messages."""

    @property
    def send_message(self) -> Callable[..., object]:
        """The SendMessage operation."""


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return str(uuid4())


class HeartbeatSender:
    """Sends heartbeat messages as the deployed schedule would, and records their ids; safe for threads.

    Each heartbeat has an id, since several can have the same timestamp: a simulated minute takes only seconds.
    """

    def __init__(
        self,
        sqs: QueueSender,
        ingress_queue_url: str,
        now: Callable[[], datetime] = _now,
        new_id: Callable[[], str] = _new_id,
    ) -> None:
        """Send heartbeats to the ingress queue."""
        self._sqs = sqs
        self._url = ingress_queue_url
        self._now = now
        self._new_id = new_id
        self._lock = Lock()
        self._ids: set[str] = set()

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all heartbeats sent, to distinguish them from published messages."""
        with self._lock:
            return frozenset(self._ids)

    def send(self) -> str:
        """Send one heartbeat and return its id."""
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
        self._sqs.send_message(QueueUrl=self._url, MessageBody=json.dumps(message))
        return str(message["id"])


class Notifier:
    """The deployed Slack notifier function."""

    def __init__(self, client: FunctionInvoker, function_name: str) -> None:
        """Create a notifier that is invoked by this client."""
        self._client = client
        self._function_name = function_name

    def run(self) -> None:
        """Run the function once and wait for its end.

        Raises:
            LocalStageError: the function failed; in a real stage the notifier's alarm would go off.
        """
        answer = self._client.invoke(FunctionName=self._function_name, InvocationType="RequestResponse", Payload=b"{}")
        if "FunctionError" not in answer:
            return
        error = json.loads(answer["Payload"].read())
        raise LocalStageError(
            f"the Slack notifier failed: {error.get('errorType')}: {error.get('errorMessage')}. "
            f"The log of {self._function_name} says more"
        )
