"""A stand-in for companies' webhook endpoints on loopback; tests set its endpoints and outages.

    POST   /hooks/{id}               401 without a valid signature by the endpoint's secret, 404 for no such endpoint

`/_control/…` is for tests:

    GET    /_control/posts           every post, the verdict on its signature, and the response
    PUT    /_control/endpoints/{id}  {"companyId": "…", "event": "booking.created", "secrets": ["whsec_…"]}:
                                     add an endpoint here; the CRM's control API adds it to the CRM
    PUT    /_control/outages/{id}    {"status": 503, "times": 1, "retry_after": "5", "seconds": 0}, each optional:
                                     how posts to this endpoint fail

Bodies are not logged: they contain personal data.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from threading import Event
from typing import Any

from local.standins.http_server import HttpReply, HttpRequest, http_stand_in
from local.standins.webhooks.state import Outage, Subscriber, WebhookState


@dataclass(frozen=True, slots=True)
class WebhookReceiver:
    """A running stand-in."""

    base_url: str
    state: WebhookState

    def url(self, endpoint_id: str) -> str:
        """The URL of an endpoint."""
        return f"{self.base_url}/hooks/{endpoint_id}"


@contextmanager
def webhook_receiver(log: Path) -> Iterator[WebhookReceiver]:
    """Serve on a free port during the block."""
    state = WebhookState()
    with http_stand_in(log, lambda request: _answer(state, request), Event()) as server:
        yield WebhookReceiver(server.base_url, state)


def _answer(state: WebhookState, request: HttpRequest) -> HttpReply:
    match request.method:
        case "POST":
            return _post(state, request)
        case "GET" if request.path == "/_control/posts":
            return _json({"posts": [asdict(post) | {"at": post.at.isoformat()} for post in state.posts()]})
        case "PUT":
            return _put(state, request)
    return _unknown(request)


def _post(state: WebhookState, request: HttpRequest) -> HttpReply:
    endpoint_id = _id_under("/hooks/", request)
    reply = state.receive(endpoint_id, request.headers, request.body, datetime.now(UTC))
    headers = {"Retry-After": reply.retry_after} if reply.retry_after else {}
    return HttpReply(status=reply.status, headers=headers, seconds=reply.seconds)


def _put(state: WebhookState, request: HttpRequest) -> HttpReply:
    try:
        fields = json.loads(request.body)
        if endpoint_id := _id_under("/_control/endpoints/", request):
            state.add_endpoint(_subscriber(endpoint_id, fields))
        elif endpoint_id := _id_under("/_control/outages/", request):
            state.fail(endpoint_id, Outage(**fields))
        else:
            return _unknown(request)
    except (ValueError, TypeError, KeyError) as error:
        return _json({"error": f"{type(error).__name__}: {error}"}, HTTPStatus.BAD_REQUEST)
    return _json({"endpoint": endpoint_id})


def _unknown(request: HttpRequest) -> HttpReply:
    return _json({"error": f"there is no {request.method} {request.path}"}, HTTPStatus.NOT_FOUND)


def _json(body: Mapping[str, Any], status: int = HTTPStatus.OK) -> HttpReply:
    return HttpReply(status=status, body=json.dumps(body).encode())


def _id_under(folder: str, request: HttpRequest) -> str:
    match = re.fullmatch(f"{folder}([^/?]+)", request.path)
    return match[1] if match else ""


def _subscriber(endpoint_id: str, fields: Mapping[str, Any]) -> Subscriber:
    return Subscriber(
        endpoint_id=endpoint_id,
        company_id=str(fields["companyId"]),
        event=str(fields["event"]),
        secrets=tuple(fields["secrets"]),
    )
