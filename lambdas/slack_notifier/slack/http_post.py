"""One POST of JSON over the network."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from urllib3 import PoolManager

_LONGEST_ANSWER = 1_000
"""Bytes: Slack answers with a word."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What matters of an answer."""

    status: int
    retry_after: str | None = None
    text: str = ""


class NoResponseError(Exception):
    """The other side did not answer in time, or at all. The text has nothing of the URL."""


Post = Callable[[str, bytes, float], HttpResponse]
"""Posts to a URL within a number of seconds. Raises `NoResponseError`."""


def post(url: str, body: bytes, seconds: float) -> HttpResponse:
    """Post once over the network. Raises `NoResponseError`."""
    return post_by(_pool(), url, body, seconds)


def post_by(pool: "PoolManager", url: str, body: bytes, seconds: float) -> HttpResponse:
    """Post once: no redirect, no second try.

    Raises:
        NoAnswerError: there was no answer.
    """
    from urllib3 import Timeout  # a hundred modules that most runs need not pay: nothing is the matter
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
        said = response.read(_LONGEST_ANSWER)
        response.drain_conn()
    except HTTPError as error:  # its text has the URL
        raise NoResponseError(type(error).__name__) from None
    return HttpResponse(response.status, response.headers.get("Retry-After"), said.decode(errors="replace"))


@cache
def _pool() -> "PoolManager":
    from urllib3 import PoolManager

    # It logs each request's path, which is the secret.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.CRITICAL)
    return PoolManager(retries=False)
