"""An HTTP client for the CRM with responses in memory."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from urllib3 import HTTPResponse

Answering = Callable[[str, str], HTTPResponse | Exception]
"""Returns the response to a method and URL, or the exception of a failed connection."""


def answer(status: int, body: Any = "", **headers: str) -> HTTPResponse:
    """A response of the CRM; a body that is not a string is encoded as JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HTTPResponse(body=text.encode(errors="replace"), status=status, headers=named, preload_content=True)


def in_turn(*answers: HTTPResponse | Exception) -> Answering:
    """Each response once, then the last one repeatedly."""
    left = list(answers)
    return lambda _method, _url: left.pop(0) if len(left) > 1 else left[0]


@dataclass
class FakeCrmHttp:
    """The part of urllib3's pool that `Crm` uses."""

    answering: Answering
    requests: list[dict[str, Any]] = field(default_factory=list)

    def request(self, method: str, url: str, **more: Any) -> HTTPResponse:
        self.requests.append({"method": method, "url": url, **more})
        given = self.answering(method, url)
        if isinstance(given, Exception):
            raise given
        return given
