"""What the stand-in Slack knows and remembers: what was posted to its incoming webhook, its outages, and its answers.

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

Rules = Callable[[Mapping[str, Any]], Sequence[str]]
"""What is wrong with a message, in sentences."""


@dataclass(frozen=True, slots=True)
class SlackOutage:
    """How posts go wrong."""

    status: int = HTTPStatus.SERVICE_UNAVAILABLE
    """The answer; 200 for a Slack that is slow alone."""

    times: int | None = None
    """How many posts go wrong before they go well again; None for all."""

    retry_after: str = ""
    """The answer's header of that name; none where it is empty."""

    seconds: float = 0
    """How long an answer takes."""


@dataclass(frozen=True, slots=True)
class PostLimit:
    """How often a webhook may be posted to."""

    every: timedelta = timedelta(seconds=1)
    burst: int = 5
    """So many at once, after a while of silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackPost:
    """One post and what Slack made of it."""

    at: datetime
    payload: Mapping[str, Any]
    """Empty where it was none."""

    status: int
    said: str
    """Slack's word for it: `ok`, `invalid_blocks`."""

    problems: tuple[str, ...] = ()
    """Why it was refused, where its own rules say so. Slack does not tell."""

    @property
    def accepted(self) -> bool:
        """Whether it is in the channel."""
        return self.status == HTTPStatus.OK


@dataclass(frozen=True, slots=True)
class SlackReply:
    """What goes back."""

    status: int
    said: str
    retry_after: str = ""
    seconds: float = 0
    """How long it takes."""


class SlackState:
    """Slack's state, safe for the threads of its server."""

    def __init__(self, rules: Rules, pace: PostLimit | None = PostLimit()) -> None:
        """Judge by these.

        Args:
            rules: say what is wrong with a message.
            pace: how often may be posted; None for as often as one likes.
        """
        self._rules = rules
        self._lock = Lock()
        self._posts: list[SlackPost] = []
        self._outage: SlackOutage | None = None
        self._pace = pace
        self._free_at: datetime | None = None
        """When the last of what was posted will be forgotten, if each is for as long as one takes."""

    def fail(self, outage: SlackOutage | None) -> None:
        """Let posts go wrong from now on; None lets them go well again."""
        with self._lock:
            self._outage = outage

    def limit(self, pace: PostLimit | None) -> None:
        """Take posts at this pace from now on; None for any."""
        with self._lock:
            self._pace, self._free_at = pace, None

    def receive(self, content_type: str, body: bytes, now: datetime) -> SlackReply:
        """Judge a post and enter it. An outage and a limit are an answer whatever was posted."""
        payload = _payload(content_type, body)
        with self._lock:
            outage = self._failing()
            problems: tuple[str, ...] = ()
            if outage and outage.status != HTTPStatus.OK:
                reply = SlackReply(outage.status, HTTPStatus(outage.status).phrase, outage.retry_after, outage.seconds)
            elif wait := self._wait(now):
                reply = SlackReply(HTTPStatus.TOO_MANY_REQUESTS, "rate_limited", str(wait))
            else:
                reply, problems = self._judged(payload)
                reply = replace(reply, seconds=outage.seconds if outage else 0)
            self._posts.append(
                SlackPost(at=now, payload=payload or {}, status=reply.status, said=reply.said, problems=problems)
            )
            return reply

    def posts(self) -> tuple[SlackPost, ...]:
        """Every post to the right address, in order."""
        with self._lock:
            return tuple(self._posts)

    def cards(self) -> tuple[Mapping[str, Any], ...]:
        """What is in the channel, in order."""
        return tuple(post.payload for post in self.posts() if post.accepted)

    def _failing(self) -> SlackOutage | None:
        """What shall happen to a post; one of its `times` is used up."""
        outage = self._outage
        if outage is None or outage.times is None:
            return outage
        if outage.times == 0:
            return None
        self._outage = replace(outage, times=outage.times - 1)
        return outage

    def _wait(self, now: datetime) -> int:
        """Seconds that a post comes too early; 0 for one that is in time, which counts then."""
        if self._pace is None:
            return 0
        free_at = max(self._free_at or now, now) + self._pace.every
        early = free_at - now - self._pace.every * self._pace.burst
        if early > timedelta():
            return ceil(early.total_seconds())
        self._free_at = free_at
        return 0

    def _judged(self, payload: Mapping[str, Any] | None) -> tuple[SlackReply, tuple[str, ...]]:
        if payload is None:
            return SlackReply(HTTPStatus.BAD_REQUEST, "invalid_payload"), ()
        if problems := tuple(self._rules(payload)):
            return SlackReply(HTTPStatus.BAD_REQUEST, "invalid_blocks"), problems
        return SlackReply(HTTPStatus.OK, "ok"), ()


def _payload(content_type: str, body: bytes) -> Mapping[str, Any] | None:
    """A message; None for what is none."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        return None
    try:
        payload = json.loads(body)
    except ValueError:
        return None
    return payload if isinstance(payload, dict) else None
