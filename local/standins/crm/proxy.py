"""A proxy in front of the CRM that answers in its place for a while, so that the CRM never sees the calls."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from itertools import cycle

Request = tuple[str, str, str]
"""Method, path and idempotency key: what a call and its repeats have in common."""


@dataclass(frozen=True, slots=True)
class ProxyPage:
    """A proxy's answer."""

    status: int
    body: str
    content_type: str = "text/html; charset=utf-8"


PAGES = (
    ProxyPage(
        HTTPStatus.NOT_FOUND,
        "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n"
        "</body>\r\n</html>\r\n",
        "text/html",
    ),
    ProxyPage(HTTPStatus.OK, "<!doctype html><title>Maintenance</title><p>We will be back soon.</p>"),
)
"""What a load balancer answers that knows no such route, and what is shown during a maintenance."""


class CrmProxy:
    """Answers the first calls of each request with its pages in turn."""

    def __init__(self) -> None:
        """Let every call pass."""
        self._about: set[str] = set()
        self._answers_each = 0
        self._to_all = False
        self._answered: Counter[Request] = Counter()
        self._pages = cycle(PAGES)

    def stand_before(self, about: Iterable[str] | None, *, answers_each: int) -> None:
        """Answer calls from now on.

        The number of answers is by request, not by time, so that a message has attempts left on a machine of any speed.

        Args:
            about: ids of companies and subjects; None for all calls.
            answers_each: how many calls of each request it answers.
        """
        self._to_all = self._to_all or about is None
        self._about |= set(about or ())
        self._answers_each = answers_each

    def leave(self) -> None:
        """Let every call pass again."""
        self._to_all = False
        self._about.clear()

    def page(self, about: Iterable[str], request: Request) -> ProxyPage | None:
        """The answer to a call about these ids; None if the call reaches the CRM."""
        stands_before = self._to_all or not self._about.isdisjoint(about)
        if not stands_before or self._answered[request] >= self._answers_each:
            return None
        self._answered[request] += 1
        return next(self._pages)
