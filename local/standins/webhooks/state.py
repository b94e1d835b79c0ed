"""The stand-in webhook receiver's state: endpoints, outages, and recorded posts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from threading import Lock

from standardwebhooks import Webhook, WebhookVerificationError


class SignatureVerdict(StrEnum):
    """The receiver's verdict on a post's signature."""

    VALID = "valid"
    INVALID = "no secret of this endpoint verifies its headers and body, or its timestamp is over five minutes off"
    UNKNOWN = "there is no such endpoint"


@dataclass(frozen=True, slots=True)
class Outage:
    """How an endpoint fails."""

    status: int = HTTPStatus.SERVICE_UNAVAILABLE
    """The response's status; 200 if the endpoint is only slow."""

    times: int | None = None
    """How many posts fail before posts succeed again; None for all."""

    retry_after: str = ""
    """The response's Retry-After header; empty for none."""

    seconds: float = 0
    """The delay before the response."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A company's endpoint that subscribes to one type of event."""

    endpoint_id: str
    company_id: str
    event: str
    secrets: tuple[str, ...]
    """Each `whsec_` and base64; there are two while a secret is replaced."""

    outage: Outage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A recorded post and the receiver's response."""

    endpoint_id: str
    headers: Mapping[str, str]
    """Header values by lower-case names."""

    body: str
    at: datetime
    verdict: SignatureVerdict
    status: int
    """The response's status."""

    @property
    def webhook_id(self) -> str:
        """The id of the job, the same at each attempt."""
        return self.headers.get("webhook-id", "")

    @property
    def accepted(self) -> bool:
        """Whether the sender got a success response."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


@dataclass(frozen=True, slots=True)
class Reply:
    """The response to a post."""

    status: int
    retry_after: str = ""
    seconds: float = 0
    """The delay before the response."""


class WebhookState:
    """The receiver's state, safe for the server's threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._subscribers: dict[str, Subscriber] = {}
        self._outages: dict[str, Outage] = {}
        self._posts: list[Post] = []

    def add_endpoint(self, subscriber: Subscriber) -> None:
        """Accept posts to this endpoint from now on."""
        with self._lock:
            self._subscribers[subscriber.endpoint_id] = subscriber
            if subscriber.outage:
                self._outages[subscriber.endpoint_id] = subscriber.outage

    def fail(self, endpoint_id: str, outage: Outage) -> None:
        """Let posts to an endpoint fail from now on."""
        with self._lock:
            self._outages[endpoint_id] = outage

    def receive(self, endpoint_id: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Reply:
        """Verify and record a post; an outage decides the response before the signature does."""
        with self._lock:
            subscriber = self._subscribers.get(endpoint_id)
            verdict = _verdict(subscriber.secrets if subscriber else None, headers, body)
            outage = self._next_outage(endpoint_id)
            reply = Reply(outage.status, outage.retry_after, outage.seconds) if outage else Reply(HTTPStatus.OK)
            if reply.status == HTTPStatus.OK:
                reply = replace(reply, status=_STATUS[verdict])
            post = Post(
                endpoint_id=endpoint_id,
                headers=headers,
                body=body.decode(errors="replace"),
                at=now,
                verdict=verdict,
                status=reply.status,
            )
            self._posts.append(post)
            return reply

    def posts(self) -> tuple[Post, ...]:
        """All posts, in order."""
        with self._lock:
            return tuple(self._posts)

    def posts_to(self, endpoint_id: str) -> tuple[Post, ...]:
        """The posts to one endpoint."""
        return tuple(post for post in self.posts() if post.endpoint_id == endpoint_id)

    def times_accepted(self) -> Counter[tuple[str, str]]:
        """How often a post was accepted, by tenant and webhook-id. More than once means a repeated side effect."""
        accepted = [post for post in self.posts() if post.accepted]
        with self._lock:
            return Counter((self._subscribers[post.endpoint_id].company_id, post.webhook_id) for post in accepted)

    def _next_outage(self, endpoint_id: str) -> Outage | None:
        """The outage of the next post, if any; uses up one of its `times`."""
        outage = self._outages.get(endpoint_id)
        if outage is None or outage.times is None:
            return outage
        if outage.times == 0:
            return None
        self._outages[endpoint_id] = replace(outage, times=outage.times - 1)
        return outage


_STATUS = {
    SignatureVerdict.VALID: HTTPStatus.NO_CONTENT,
    SignatureVerdict.INVALID: HTTPStatus.UNAUTHORIZED,
    SignatureVerdict.UNKNOWN: HTTPStatus.NOT_FOUND,
}


def _verdict(secrets: tuple[str, ...] | None, headers: Mapping[str, str], body: bytes) -> SignatureVerdict:
    if secrets is None:
        return SignatureVerdict.UNKNOWN
    is_signed = any(_verifies(secret, headers, body) for secret in secrets)
    return SignatureVerdict.VALID if is_signed else SignatureVerdict.INVALID


def _verifies(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    try:
        Webhook(secret).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # ValueError: a malformed signature, or a body that is not UTF-8
        return False
    return True
