"""The exceptions that say how a handler's work ended. Any other exception counts as a retryable failure.

Exception             the next attempt, after the type's backoff; after the last one: `attempts_exhausted`
├── Skip              there is nothing to do: `skipped`
│   └── Expired            the message's own time is over
├── RetryableError    the next attempt, after the wait that the other side asked for
│   ├── UnclearError       the next attempt if the other side is well; if not, `deferred`
│   └── MaybeDoneError     the next attempt, after five minutes at least
├── PermanentError    no further attempt: dead-lettered as `permanent`, with the remedy that its raiser names
│   ├── IdConflictError    dead-lettered as `id_conflict`
│   └── UnreadableError    nothing that the CRM answered can be served
└── NotNowError       `deferred`, and no attempt is spent, for as long as the type's patience lasts: `unavailable`
    ├── UnavailableError   because another system is unavailable
    └── NotDeliveredError  the receiver did not take it: tried again after the type's next `delivery_delays`
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from schemas.reasons import Reason, Remedy

if TYPE_CHECKING:
    from schemas.destinations import Route


class Skip(Exception):  # noqa: N818 it is no error
    """There is nothing to do any more. The text says why, and is logged."""

    is_answer = True
    """Whether another system's answer says so. It may be wrong, so an alarm watches the share of such skips."""


class Expired(Skip):
    """The message's own time is over: what it asks for makes no sense any more."""

    is_answer = False

    def __init__(self, ends_at: datetime) -> None:
        """Say when it was over, to the minute: redaction would hide the time as the payload writes it."""
        super().__init__(f"expired: its time was over at {ends_at.astimezone(UTC):%Y-%m-%dT%H:%MZ}")


class PermanentError(Exception):
    """Another attempt cannot help: the message is dead-lettered at once."""

    reason = Reason.PERMANENT
    remedy = Remedy.REDRIVE
    """The action that helps with the dead letter. By default the one that loses nothing."""

    def __init__(self, text: str, *, remedy: Remedy | None = None) -> None:
        """Say what cannot be done, and whose turn it is.

        Args:
            text: the failure, for the log and the card.
            remedy: the action that helps; None for that of the class. One function raises errors of one remedy, so that
                a cause has one, too.
        """
        super().__init__(text)
        if remedy:
            self.remedy = remedy


class IdConflictError(PermanentError):
    """Another message with the same id and another payload was done before."""

    reason = Reason.ID_CONFLICT
    remedy = Remedy.DISCARD


class UnreadableError(PermanentError):
    """Nobody can be served by the CRM's answer. It must not pass for having nobody to serve: people correct it."""

    remedy = Remedy.REDRIVE

    def __init__(self, what: str, left_out: Iterable[str]) -> None:
        """Say what cannot be done.

        Args:
            what: such as "none of the company's admins can be notified".
            left_out: the sentences of the answer about what was left out.
        """
        super().__init__(f"{what}; correct this in the CRM, then redrive: {'; '.join(left_out)}")


class RetryableError(Exception):
    """Another attempt may help."""

    def __init__(self, text: str, *, retry_after: float | None = None) -> None:
        """Say what failed.

        Args:
            text: the failure, for the log.
            retry_after: the wait in seconds that the other side asked for.
        """
        super().__init__(text)
        self.retry_after = retry_after


class UnclearError(RetryableError):
    """Nobody knows whether this message is at fault or the other side: a 5xx, a time-out, an answer that breaks off."""

    def __init__(self, text: str, route: "Route", *, retry_after: float | None = None) -> None:
        """Say what failed on which route."""
        super().__init__(text, retry_after=retry_after)
        self.route = route


class MaybeDoneError(RetryableError):
    """A side that does not know repetitions did not answer after the request was sent: it may have been done."""

    def __init__(self, text: str, route: "Route") -> None:
        """Say what failed on which route."""
        super().__init__(text)
        self.route = route


class NotNowError(Exception):
    """The work cannot be done now, for a reason outside the message. The text says why."""

    def __init__(self, text: str, *, after: float = 0.0) -> None:
        """Say why it cannot be done.

        Args:
            text: the reason, for the log.
            after: seconds to wait at least.
        """
        super().__init__(text)
        self.after = after


class UnavailableError(NotNowError):
    """Another system is unavailable: what it answered, or that it did not, is about us or about now."""

    def __init__(
        self, text: str, route: "Route", *, after: float = 0.0, to_do: str = "", throttled: bool = False
    ) -> None:
        """Say what is unavailable.

        Args:
            text: what happened, for the log; without values of the message.
            route: what was called.
            after: seconds to wait at least, as the other side asked.
            to_do: what people have to do, where the fault is on our side; it is shown on a card.
            throttled: whether it answered that this is too much or too fast.
        """
        super().__init__(text, after=after)
        self.route = route
        self.to_do = to_do
        self.throttled = throttled


class NotDeliveredError(NotNowError):
    """A receiver that is not ours did not take the message; after the type's last try it ends as `unavailable`."""
