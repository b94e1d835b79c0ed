"""Slack, which may be slow, down, asking to wait, or of another opinion about a card.

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

from lambdas.common.clients import http_answers
from lambdas.slack_notifier.slack.block_kit import Payload
from lambdas.slack_notifier.slack.http_post import HttpResponse, NoResponseError, Post
from lambdas.slack_notifier.slack.webhook import Webhook

_LONGEST_POST = 5.0
_SHORTEST_POST = 1.0
"""Seconds; with less nothing is posted, lest it is not known whether it was."""

_LEAST_WAIT = 1.0
"""Seconds, where a 429 asks for none or for nothing sensible."""

_GONE = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
"""The webhook was revoked or its channel archived, or there is a new URL."""

_MAY_PASS = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}

_ERROR = re.compile("[a-z_]{1,64}")
"""Slack's word for an error, such as `invalid_blocks`; anything else may repeat what was posted."""


class Verdict(Enum):
    """What became of a message."""

    TAKEN = "taken"
    REFUSED = "refused"
    """This one; the next may fare better."""

    NOT_NOW = "not now"
    """Nor would the next."""


@dataclass(frozen=True, slots=True)
class Reception:
    """How Slack took a message."""

    fate: Verdict
    status: int | None = None
    why: str = ""
    """In a word or two."""


class Slack:
    """Takes messages, during one run."""

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
            webhook: where to.
            post: posts once.
            now: the clock.
            sleep: waits for a number of seconds.
            seconds_left: what there is for all that is still to be posted and waited for.
        """
        self._webhook = webhook
        self._post = post
        self._now = now
        self._sleep = sleep
        self._seconds_left = seconds_left

    def take(self, message: Payload) -> Reception:
        """Post a message: again after the wait that Slack asks for, once more where it fails, or has a new URL."""
        body = json.dumps(message).encode()
        spare = {"failure": 1, "rotation": 1}
        reception = Reception(Verdict.NOT_NOW, why="no time left")
        while (left := self._seconds_left()) >= _SHORTEST_POST:
            try:
                answer = self._post(self._webhook.url(), body, min(_LONGEST_POST, left))
            except NoResponseError as error:
                reception = Reception(Verdict.NOT_NOW, why=f"no answer: {error}")
                again = _spend(spare, "failure")
            else:
                reception = _judged(answer)
                again = self._may_try_again(answer, spare) if reception.fate is Verdict.NOT_NOW else False
            if not again:
                break
        return reception

    def _may_try_again(self, answer: HttpResponse, spare: dict[str, int]) -> bool:
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            return self._waited(answer)
        if answer.status in _GONE:
            return _spend(spare, "rotation") and self._webhook.renew()
        return _spend(spare, "failure")

    def _waited(self, answer: HttpResponse) -> bool:
        """Wait as long as Slack asks for, if something can still be posted then."""
        seconds = max(_LEAST_WAIT, http_answers.wait(answer.retry_after or "", self._now()) or 0.0)
        if seconds + _SHORTEST_POST > self._seconds_left():
            return False
        self._sleep(seconds)
        return True


def _spend(spare: dict[str, int], what: str) -> bool:
    spare[what] -= 1
    return spare[what] >= 0


def _judged(answer: HttpResponse) -> Reception:
    status = answer.status
    if status == HTTPStatus.OK:
        return Reception(Verdict.TAKEN, status)
    why = answer.text if _ERROR.fullmatch(answer.text) else ""
    is_about_it = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    passes = status == HTTPStatus.TOO_MANY_REQUESTS or status in _GONE | _MAY_PASS
    return Reception(Verdict.REFUSED if is_about_it and not passes else Verdict.NOT_NOW, status, why)
