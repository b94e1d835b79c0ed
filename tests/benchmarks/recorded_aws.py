"""Real AWS clients without a network: each request is recorded as botocore would send it, and answered here."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders


@dataclass(frozen=True, slots=True)
class AwsCall:
    """One request."""

    api: str
    """For example `sqs:SendMessageBatch`."""

    size: int
    """Bytes of the body. Headers are botocore's, and the same for all."""


@dataclass
class RecordedAws:
    """Clients with a common record."""

    calls: list[AwsCall] = field(default_factory=list)
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """The client of a service by its boto3 name, created once."""
        if service not in self._clients:
            session = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none", region_name="us-east-1")  # noqa: S106 nobody's
            client: Any = session.client(service)  # type: ignore[call-overload]  # stubs list literal names only
            self.listen_to(client)
            self._clients[service] = client
        return self._clients[service]

    def listen_to(self, client: Any) -> None:
        """Record what a client sends from now on, instead of sending it."""
        service = client.meta.service_model.service_name

        def send(request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:
            operation = event_name.rsplit(".", 1)[-1]
            body = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
            self.calls.append(AwsCall(f"{service}:{operation}", len(body)))
            answer = json.dumps(_ANSWERS[operation](json.loads(body))).encode()
            return AWSResponse(request.url, 200, HTTPHeaders(), _Raw(answer))

        client.meta.events.register(f"before-send.{service}", send)

    def counted(self) -> Mapping[str, tuple[int, int]]:
        """Calls and bytes by API."""
        calls, sizes = Counter[str](), Counter[str]()
        for call in self.calls:
            calls[call.api] += 1
            sizes[call.api] += call.size
        return {api: (calls[api], sizes[api]) for api in calls}


@dataclass
class _Raw:
    """A response body in urllib3's interface as botocore uses it."""

    content: bytes

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.content


def _all_accepted(request: Mapping[str, Any]) -> Mapping[str, Any]:
    accepted = [{"Id": each["Id"], "MessageId": each["Id"], "MD5OfMessageBody": ""} for each in request["Entries"]]
    return {"Successful": accepted, "Failed": []}


def _all_published(request: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"FailedEntryCount": 0, "Entries": [{"EventId": str(number)} for number, _ in enumerate(request["Entries"])]}


def _nothing(_request: Mapping[str, Any]) -> Mapping[str, Any]:
    return {}


_ANSWERS: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
    "SendMessageBatch": _all_accepted,
    "PutEvents": _all_published,
    "PutItem": _nothing,
    "UpdateItem": _nothing,
    "DeleteItem": _nothing,
}
"""AWS's responses on success."""
