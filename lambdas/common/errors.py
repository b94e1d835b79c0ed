"""The exceptions that say how a handler's work ended. Any other exception counts as a retryable failure.

Exception             the next attempt, after the type's backoff; after the last one: `attempts_exhausted`
├── Skip              there is nothing to do: `skipped`
│   └── Expired                        the message's own time is over
├── RetryableError    the next attempt, after the wait that the other side asked for
├── PermanentError    no further attempt: dead-lettered as `permanent`
│   ├── IdConflictError                dead-lettered as `id_conflict`
│   └── UnreadableError                nothing that the CRM answered can be served
└── NotNowError       not run: `deferred`, and no attempt is spent; raised by shared code alone
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from schemas.reasons import Reason


class Skip(Exception):  # noqa: N818 it is no error
    """There is nothing to do any more. The text says why, and is logged."""


class Expired(Skip):
    """The message's own time is over: what it asks for makes no sense any more."""

    def __init__(self, ends_at: datetime) -> None:
        """Say when it was over, to the minute: redaction would hide the time as the payload writes it."""
        super().__init__(f"expired: its time was over at {ends_at.astimezone(UTC):%Y-%m-%dT%H:%MZ}")


class PermanentError(Exception):
    """Another attempt cannot help: the message is dead-lettered at once."""

    reason = Reason.PERMANENT


class IdConflictError(PermanentError):
    """Another message with the same id and another payload was done before."""

    reason = Reason.ID_CONFLICT


class UnreadableError(PermanentError):
    """Nobody can be served by the CRM's answer. It must not pass for having nobody to serve: people correct it."""

    def __init__(self, what: str, left_out: Iterable[str]) -> None:
        """Say what cannot be done.

        Args:
            what: such as "none of the company's admins can be notified".
            left_out: the sentences of the answer about what was left out.
        """
        super().__init__(f"{what}; correct this in the CRM, then redrive: {'; '.join(left_out)}")


class NotNowError(Exception):
    """The job was not run and must be deferred. The text says why."""


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
