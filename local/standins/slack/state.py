"""The stand-in Slack's state: posts to its incoming webhook, outages and limits.

Sources: Slack, "Sending messages using incoming webhooks" (errors) and "Rate limits" (one message a second for each
webhook, short bursts allowed; 429 with `Retry-After`).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from math import ceil
from threading import Lock
from typing import Any

PayloadCheck = Callable[[Mapping[str, Any]], Sequence[str]]
"""Returns the problems of a message, one sentence each."""


@dataclass(frozen=True, slots=True)
class SlackOutage:
    """How posts fail."""

    status: int = HTTPStatus.SERVICE_UNAVAILABLE
    """The response's status; 200 if Slack is only slow."""

    times: int | None = None
    """How many posts fail before posts succeed again; None for all."""

    retry_after: str = ""
    """The response's Retry-After header; empty for none."""

    seconds: float = 0
    """The delay before the response."""


@dataclass(frozen=True, slots=True)
class PostLimit:
    """The rate limit of a webhook."""

    every: timedelta = timedelta(seconds=1)
    burst: int = 5
    """Posts at once after a pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackPost:
    """A recorded post and Slack's response."""

    at: datetime
    payload: Mapping[str, Any]
    """Empty if the body was not a JSON object."""

    status: int
    said: str
    """The response's text: `ok`, `invalid_blocks`."""

    problems: tuple[str, ...] = ()
    """Why the payload check refused the post. Slack does not return this."""

    @property
    def accepted(self) -> bool:
        """Whether the post is in the channel."""
        return self.status == HTTPStatus.OK


@dataclass(frozen=True, slots=True)
class SlackReply:
    """The response to a post."""

    status: int
    said: str
    retry_after: str = ""
    seconds: float = 0
    """The delay before the response."""


class SlackState:
    """Slack's state, safe for the server's threads."""

    def __init__(self, check: PayloadCheck, limit: PostLimit | None = PostLimit()) -> None:
        """Start without posts.

        Args:
            check: returns the problems of a message.
            limit: the rate limit; None for none.
        """
        self._check = check
        self._lock = Lock()
        self._posts: list[SlackPost] = []
        self._outage: SlackOutage | None = None
        self._limit = limit
        self._free_at: datetime | None = None
        """When all earlier posts will have used up their interval."""

    def fail(self, outage: SlackOutage | None) -> None:
        """Let posts fail from now on; None ends the outage."""
        with self._lock:
            self._outage = outage

    def limit(self, limit: PostLimit | None) -> None:
        """Set the rate limit; None for none."""
        with self._lock:
            self._limit, self._free_at = limit, None

    def receive(self, content_type: str, body: bytes, now: datetime) -> SlackReply:
        """Check and record a post. An outage or the limit decides the response before the content does."""
        payload = _payload(content_type, body)
        with self._lock:
            outage = self._next_outage()
            problems: tuple[str, ...] = ()
            if outage and outage.status != HTTPStatus.OK:
                reply = SlackReply(outage.status, HTTPStatus(outage.status).phrase, outage.retry_after, outage.seconds)
            elif wait := self._wait(now):
                reply = SlackReply(HTTPStatus.TOO_MANY_REQUESTS, "rate_limited", str(wait))
            else:
                reply, problems = self._checked(payload)
                reply = replace(reply, seconds=outage.seconds if outage else 0)
            self._posts.append(
                SlackPost(at=now, payload=payload or {}, status=reply.status, said=reply.said, problems=problems)
            )
            return reply

    def posts(self) -> tuple[SlackPost, ...]:
        """All posts to the webhook's URL, in order."""
        with self._lock:
            return tuple(self._posts)

    def cards(self) -> tuple[Mapping[str, Any], ...]:
        """The messages in the channel, in order."""
        return tuple(post.payload for post in self.posts() if post.accepted)

    def _next_outage(self) -> SlackOutage | None:
        """The outage of the next post, if any; uses up one of its `times`."""
        outage = self._outage
        if outage is None or outage.times is None:
            return outage
        if outage.times == 0:
            return None
        self._outage = replace(outage, times=outage.times - 1)
        return outage

    def _wait(self, now: datetime) -> int:
        """Seconds by which a post is too early; 0 for an accepted post, which counts towards the limit."""
        if self._limit is None:
            return 0
        free_at = max(self._free_at or now, now) + self._limit.every
        early = free_at - now - self._limit.every * self._limit.burst
        if early > timedelta():
            return ceil(early.total_seconds())
        self._free_at = free_at
        return 0

    def _checked(self, payload: Mapping[str, Any] | None) -> tuple[SlackReply, tuple[str, ...]]:
        if payload is None:
            return SlackReply(HTTPStatus.BAD_REQUEST, "invalid_payload"), ()
        if problems := tuple(self._check(payload)):
            return SlackReply(HTTPStatus.BAD_REQUEST, "invalid_blocks"), problems
        return SlackReply(HTTPStatus.OK, "ok"), ()


def _payload(content_type: str, body: bytes) -> Mapping[str, Any] | None:
    """Parse a message; None if it is not a JSON object."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        return None
    try:
        payload = json.loads(body)
    except ValueError:
        return None
    return payload if isinstance(payload, dict) else None
