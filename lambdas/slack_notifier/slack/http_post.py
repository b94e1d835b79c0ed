"""POST JSON over the network."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lambdas.common.clients.http.client import HttpClient

_MAX_RESPONSE = 1_000
"""Bytes read of a response: Slack sends one word."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The parts of an HTTP response that Slack's webhook needs."""

    status: int
    retry_after: str | None = None
    text: str = ""


Post = Callable[[str, bytes, float], HttpResponse]
"""Post a body to a URL within a number of seconds. Raises `NoResponseError`."""


def post(url: str, body: bytes, seconds: float) -> HttpResponse:
    """Post over the network. Raises `NoResponseError`."""
    return post_by(_client(), url, body, seconds)


def post_by(client: "HttpClient", url: str, body: bytes, seconds: float) -> HttpResponse:
    """Post; a second time only if a kept connection was closed without a response. Slack knows no idempotency key.

    Raises:
        NoResponseError: no response came within `seconds`.
    """
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Taly-Alerts/1"}
    response = client.request("POST", url, headers=headers, body=body, seconds=seconds)
    text = response.data[:_MAX_RESPONSE].decode(errors="replace")
    return HttpResponse(response.status, response.headers.get("Retry-After"), text)


@cache
def _client() -> "HttpClient":
    from lambdas.common.clients.http.client import HttpClient  # most runs have nothing to post

    return HttpClient(limit=_MAX_RESPONSE)
