"""When a declined payment is tried again."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from lambdas.common.runtime import Runtime
from schemas.environment import durations
from schemas.event_type import Needs
from schemas.payments import PaymentFailed


class Dunning:
    """The stage's rule for retries."""

    need: ClassVar[Needs] = Needs.DUNNING

    def __init__(self, waits: Sequence[timedelta]) -> None:
        """Wait so long after the first declined attempt, the second, and so on; after the last there is no other."""
        self._waits = waits

    @classmethod
    def connect(cls, runtime: Runtime) -> "Dunning":
        """The stage's waits."""
        return cls(durations(runtime.environment.dunning))

    def wait(self, payment: PaymentFailed) -> timedelta | None:
        """How long after its failure a payment is tried again; None where it is not."""
        if payment.is_hard or payment.attempt_count > len(self._waits):
            return None
        return self._waits[payment.attempt_count - 1]
