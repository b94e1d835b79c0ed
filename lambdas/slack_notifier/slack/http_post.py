"""POST JSON over the network."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from urllib3 import PoolManager

_MAX_RESPONSE = 1_000
"""Bytes read of a response: Slack sends one word."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The parts of an HTTP response that Slack's webhook needs."""

    status: int
    retry_after: str | None = None
    text: str = ""


class NoResponseError(Exception):
    """No response came in time. The message holds nothing of the URL."""


Post = Callable[[str, bytes, float], HttpResponse]
"""Post a body to a URL within a number of seconds. Raises `NoResponseError`."""


def post(url: str, body: bytes, seconds: float) -> HttpResponse:
    """Post once over the network. Raises `NoResponseError`."""
    return post_by(_pool(), url, body, seconds)


def post_by(pool: "PoolManager", url: str, body: bytes, seconds: float) -> HttpResponse:
    """Post once, without following redirects or retrying.

    Raises:
        NoResponseError: no response came within `seconds`.
    """
    from urllib3 import Timeout  # a hundred modules, and most runs have nothing to post
    from urllib3.exceptions import HTTPError

    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Taly-Alerts/1"}
    try:
        response = pool.request(
            "POST",
            url,
            body=body,
            headers=headers,
            timeout=Timeout(total=seconds),
            redirect=False,
            preload_content=False,
        )
        text = response.read(_MAX_RESPONSE).decode(errors="replace")
        response.drain_conn()
    except HTTPError as error:  # its message holds the URL
        raise NoResponseError(type(error).__name__) from None
    return HttpResponse(response.status, response.headers.get("Retry-After"), text)


@cache
def _pool() -> "PoolManager":
    from urllib3 import PoolManager

    # This logger writes each request's path, which is the secret.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.CRITICAL)
    return PoolManager(retries=False)
