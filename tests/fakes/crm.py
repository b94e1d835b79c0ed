"""The HTTP client that reaches the CRM, answered in memory."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from urllib3 import HTTPResponse

Answering = Callable[[str, str], HTTPResponse | Exception]
"""Gives the answer to a request, by its method and URL; an exception: that of a connection that fails."""


def answer(status: int, body: Any = "", **headers: str) -> HTTPResponse:
    """An answer of the CRM's; a body that is no text is written as JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HTTPResponse(body=text.encode(errors="replace"), status=status, headers=named, preload_content=True)


def in_turn(*answers: HTTPResponse | Exception) -> Answering:
    """Each answer once; the last again and again."""
    left = list(answers)
    return lambda _method, _url: left.pop(0) if len(left) > 1 else left[0]


@dataclass
class FakeCrmHttp:
    """What `Crm` uses of urllib3's pool."""

    answering: Answering
    requests: list[dict[str, Any]] = field(default_factory=list)

    def request(self, method: str, url: str, **more: Any) -> HTTPResponse:
        self.requests.append({"method": method, "url": url, **more})
        given = self.answering(method, url)
        if isinstance(given, Exception):
            raise given
        return given
