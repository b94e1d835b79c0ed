"""Dunning: when to retry a declined payment."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from lambdas.common.runtime import Runtime
from schemas.environment import durations
from schemas.event_type import Needs
from schemas.payments import PaymentFailed


class Dunning:
    """The stage's schedule of payment retries."""

    need: ClassVar[Needs] = Needs.DUNNING

    def __init__(self, waits: Sequence[timedelta]) -> None:
        """Retry after each of `waits`: after the first declined attempt, the second, and so on, and then no more."""
        self._waits = waits

    @classmethod
    def connect(cls, runtime: Runtime) -> "Dunning":
        """Read the waits from the stage's settings."""
        return cls(durations(runtime.environment.dunning))

    def wait(self, payment: PaymentFailed) -> timedelta | None:
        """How long to wait after the failure before the retry; None where there is to be none.

        A hard decline has no retry, nor has a payment that may not be charged again or had its last retry.
        """
        if not payment.chargeable or payment.is_hard or payment.attempt_count > len(self._waits):
            return None
        return self._waits[payment.attempt_count - 1]
