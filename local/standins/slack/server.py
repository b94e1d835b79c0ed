"""A stand-in for Slack's incoming webhook on loopback that applies Slack's limits; tests set its outages.

    POST /services/T…/B…/…     the only secret URL; 404 `no_service` at any other.
                               400 `invalid_payload` for anything but JSON, 400 `invalid_blocks` by Slack's limits,
                               429 for more than one post a second and a short burst

`/_control/…` is for tests:

    GET  /_control/posts       every post and Slack's response
    PUT  /_control/outage      {"status": 503, "times": 1, "retry_after": "5", "seconds": 0}, each optional:
                               how posts fail; `times` 0 ends the outage
    PUT  /_control/limit       {"seconds": 1, "burst": 5}: the rate limit; `null` for none

Bodies and the secret are not logged.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from threading import Event
from typing import Any

from local.standins.http_server import HttpReply, HttpRequest, http_stand_in
from local.standins.slack.block_kit_rules import problems
from local.standins.slack.state import PostLimit, SlackOutage, SlackState


@dataclass(frozen=True, slots=True)
class SlackStandIn:
    """A running stand-in."""

    base_url: str
    webhook_url: str
    """The URL for posts, a secret as in Slack."""

    state: SlackState


@contextmanager
def slack_stand_in(log: Path) -> Iterator[SlackStandIn]:
    """Serve on a free port during the block."""
    state, token = SlackState(problems), secrets.token_urlsafe(18)
    path = f"/services/T0LOCAL/B0LOCAL/{token}"
    with http_stand_in(log, partial(_answer, state, path), Event(), secret=token) as server:
        yield SlackStandIn(server.base_url, server.base_url + path, state)


def _answer(state: SlackState, path: str, request: HttpRequest) -> HttpReply:
    match request.method, request.path:
        case "GET", "/_control/posts":
            return _json({"posts": [asdict(post) | {"at": post.at.isoformat()} for post in state.posts()]})
        case "PUT", "/_control/outage" | "/_control/limit":
            return _control(state, request)
        case "POST", to if to == path:
            return _post(state, request)
    return _text(HTTPStatus.NOT_FOUND, "no_service")


def _post(state: SlackState, request: HttpRequest) -> HttpReply:
    reply = state.receive(request.headers.get("content-type", ""), request.body, datetime.now(UTC))
    headers = {"Retry-After": reply.retry_after} if reply.retry_after else {}
    return _text(reply.status, reply.said, headers, seconds=reply.seconds)


def _control(state: SlackState, request: HttpRequest) -> HttpReply:
    try:
        fields = json.loads(request.body)
        if request.path == "/_control/outage":
            state.fail(SlackOutage(**fields))
        else:
            state.limit(fields and PostLimit(timedelta(seconds=fields["seconds"]), int(fields["burst"])))
    except (ValueError, TypeError, KeyError) as error:
        return _json({"error": f"{type(error).__name__}: {error}"}, HTTPStatus.BAD_REQUEST)
    return _json({"set": fields})


def _json(body: Mapping[str, Any], status: int = HTTPStatus.OK) -> HttpReply:
    return HttpReply(status=status, body=json.dumps(body).encode(), headers={"Content-Type": "application/json"})


def _text(status: int, said: str, headers: Mapping[str, str] | None = None, *, seconds: float = 0) -> HttpReply:
    plain = {"Content-Type": "text/plain; charset=utf-8"}
    return HttpReply(status=status, body=said.encode(), headers=plain | dict(headers or {}), seconds=seconds)
