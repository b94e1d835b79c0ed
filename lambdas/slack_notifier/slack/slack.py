"""Post to Slack, which may be slow or down, limit the rate, or refuse a card.

Sources: Slack, "Sending messages using incoming webhooks" (errors) and "Rate limits" (one message a second, bursts
allowed; 429 with `Retry-After`).
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from http import HTTPStatus
from typing import Any

from lambdas.common.clients.http import retry_after
from lambdas.common.clients.http.errors import NoResponseError
from lambdas.slack_notifier.slack.block_kit import Payload
from lambdas.slack_notifier.slack.http_post import HttpResponse, Post
from lambdas.slack_notifier.slack.webhook import Webhook

_MAX_POST_SECONDS = 5.0
_MIN_POST_SECONDS = 1.0
"""With less time left nothing is posted: a post that times out may have arrived."""

_MIN_WAIT_SECONDS = 1.0
"""The wait after a 429 without a usable `Retry-After`."""

_GONE = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
"""The webhook was revoked or replaced, or its channel archived."""

_ACCEPTED = "ok"
"""The whole body of Slack's 200. A proxy's login page comes with 200, too."""

_TEMPORARY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}

_ERROR = re.compile("[a-z_]{1,64}")
"""Slack's error codes, such as `invalid_blocks`. Other response text is not logged: it may repeat what was posted."""


class PostOutcome(Enum):
    """Whether Slack accepted a message."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """Slack refused this message; the next may be accepted."""

    UNAVAILABLE = "unavailable"
    """Slack accepts no message now."""


@dataclass(frozen=True, slots=True)
class PostResult:
    """Outcome of posting a message, with Slack's status and error code."""

    outcome: PostOutcome
    status: int | None = None
    reason: str = ""


class Slack:
    """Posts messages to Slack during one run."""

    def __init__(
        self,
        webhook: Webhook,
        post: Post,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Any],
        seconds_left: Callable[[], float],
    ) -> None:
        """Post to one webhook.

        Args:
            webhook: holds the URL to post to.
            post: posts once.
            now: the clock.
            sleep: waits for a number of seconds.
            seconds_left: time left for posting and waiting.
        """
        self._webhook = webhook
        self._post_once = post
        self._now = now
        self._sleep = sleep
        self._seconds_left = seconds_left

    def post(self, message: Payload) -> PostResult:
        """Post a message; retry after a rate limit's wait, once after a failure, and once with a new URL."""
        body = json.dumps(message).encode()
        retries = {"failure": 1, "rotation": 1}
        result = PostResult(PostOutcome.UNAVAILABLE, reason="no time left")
        while (left := self._seconds_left()) >= _MIN_POST_SECONDS:
            try:
                response = self._post_once(self._webhook.url(), body, min(_MAX_POST_SECONDS, left))
            except NoResponseError as error:
                result = PostResult(PostOutcome.UNAVAILABLE, reason=f"no answer: {error}")
                retry = _use_retry(retries, "failure")
            else:
                result = _result(response)
                retry = result.outcome is PostOutcome.UNAVAILABLE and self._may_retry(response, retries)
            if not retry:
                break
        return result

    def _may_retry(self, response: HttpResponse, retries: dict[str, int]) -> bool:
        if response.status == HTTPStatus.TOO_MANY_REQUESTS:
            return self._wait(response)
        if response.status in _GONE:
            return _use_retry(retries, "rotation") and self._webhook.renew()
        return _use_retry(retries, "failure")

    def _wait(self, response: HttpResponse) -> bool:
        """Wait as long as Slack asks; return False at once if that leaves no time to post."""
        seconds = max(_MIN_WAIT_SECONDS, retry_after.wait_seconds(response.retry_after or "", self._now()) or 0.0)
        if seconds + _MIN_POST_SECONDS > self._seconds_left():
            return False
        self._sleep(seconds)
        return True


def _use_retry(retries: dict[str, int], kind: str) -> bool:
    retries[kind] -= 1
    return retries[kind] >= 0


def _result(response: HttpResponse) -> PostResult:
    status = response.status
    if status == HTTPStatus.OK:
        if response.text == _ACCEPTED:
            return PostResult(PostOutcome.ACCEPTED, status)
        return PostResult(PostOutcome.UNAVAILABLE, status, "the answer is not Slack's: a proxy may have given it")
    reason = response.text if _ERROR.fullmatch(response.text) else ""
    is_client_error = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    is_temporary = status == HTTPStatus.TOO_MANY_REQUESTS or status in _GONE | _TEMPORARY
    outcome = PostOutcome.REFUSED if is_client_error and not is_temporary else PostOutcome.UNAVAILABLE
    return PostResult(outcome, status, reason)
