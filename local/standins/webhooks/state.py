"""What the stand-in receiver of webhooks knows and remembers: its endpoints, the posts that came, and its answers."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from threading import Lock

from local.standins.webhooks.signatures import Verdict, verify


@dataclass(frozen=True, slots=True)
class Outage:
    """How an endpoint goes wrong."""

    status: int = HTTPStatus.SERVICE_UNAVAILABLE
    """Its answer; 200 for one that is slow alone."""

    times: int | None = None
    """How many posts go wrong before they go well again; None for all."""

    retry_after: str = ""
    """The header of that name; none where it is empty."""

    seconds: float = 0
    """How long an answer takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A system of a company's that wants to be told of one type of event."""

    endpoint_id: str
    company_id: str
    event: str
    secrets: tuple[str, ...]
    """Each `whsec_` and base64."""

    outage: Outage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post and what the receiver made of it."""

    endpoint_id: str
    headers: Mapping[str, str]
    """By lower-case names."""

    body: str
    at: datetime
    verdict: Verdict
    status: int
    """The answer."""

    @property
    def webhook_id(self) -> str:
        """The same at each attempt: the id of the job."""
        return self.headers.get("webhook-id", "")

    @property
    def accepted(self) -> bool:
        """Whether the sender was told that it was taken."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back."""

    status: int
    retry_after: str = ""
    seconds: float = 0
    """How long it takes."""


class WebhookState:
    """The receiver's state, safe for the threads of its server."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._secrets: dict[str, tuple[str, ...]] = {}
        self._outages: dict[str, Outage] = {}
        self._posts: list[Post] = []

    def open(self, subscriber: Subscriber) -> None:
        """Listen for these posts from now on."""
        with self._lock:
            self._secrets[subscriber.endpoint_id] = subscriber.secrets
            if subscriber.outage:
                self._outages[subscriber.endpoint_id] = subscriber.outage

    def fail(self, endpoint_id: str, outage: Outage) -> None:
        """Let an endpoint go wrong from now on."""
        with self._lock:
            self._outages[endpoint_id] = outage

    def receive(self, endpoint_id: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Reply:
        """Judge a post and enter it; an outage is an endpoint's answer whatever it thinks of the signature."""
        with self._lock:
            secrets = self._secrets.get(endpoint_id)
            verdict = Verdict.UNKNOWN if secrets is None else verify(headers, body, secrets, now)
            outage = self._outage(endpoint_id)
            reply = Reply(outage.status, outage.retry_after, outage.seconds) if outage else Reply(HTTPStatus.OK)
            if reply.status == HTTPStatus.OK:
                reply = replace(reply, status=_answer_to(verdict))
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
        """Every post, in order."""
        with self._lock:
            return tuple(self._posts)

    def posts_to(self, endpoint_id: str) -> tuple[Post, ...]:
        """The posts to one endpoint."""
        return tuple(post for post in self.posts() if post.endpoint_id == endpoint_id)

    def times_accepted(self) -> Counter[str]:
        """How often the sender was told "taken", by webhook-id. More than once is one side effect too many."""
        return Counter(post.webhook_id for post in self.posts() if post.accepted)

    def _outage(self, endpoint_id: str) -> Outage | None:
        """What shall happen to a post; one of its `times` is used up."""
        outage = self._outages.get(endpoint_id)
        if outage is None or outage.times is None:
            return outage
        if outage.times == 0:
            return None
        self._outages[endpoint_id] = replace(outage, times=outage.times - 1)
        return outage


def _answer_to(verdict: Verdict) -> int:
    match verdict:
        case Verdict.VALID:
            return HTTPStatus.NO_CONTENT
        case Verdict.UNKNOWN:
            return HTTPStatus.NOT_FOUND
        case _:
            return HTTPStatus.UNAUTHORIZED
