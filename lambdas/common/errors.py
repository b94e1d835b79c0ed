"""How a handler says what became of its work. Any other exception counts as retryable."""

from schemas.reasons import Reason


class Skip(Exception):  # noqa: N818 it is no error
    """There is nothing to do any more; the text says why, and is logged."""


class PermanentError(Exception):
    """Trying again cannot help: the message goes to the dead-letter queue at once."""

    reason = Reason.PERMANENT


class IdConflictError(PermanentError):
    """Another message with the same id, and another payload, was done before."""

    reason = Reason.ID_CONFLICT


class NotNowError(Exception):
    """It was not run and must be put back, no attempt spent; the text says why. Of the shared layer alone."""


class RetryableError(Exception):
    """Trying again may help."""

    def __init__(self, text: str, *, retry_after: float | None = None) -> None:
        """Say what failed; `retry_after` is the wait in seconds that the other side asked for."""
        super().__init__(text)
        self.retry_after = retry_after
