"""By which door people send."""

from enum import StrEnum


class Via(StrEnum):
    """The doors that producers know."""

    SQS = "sqs"
    BUS = "bus"

    @property
    def door(self) -> str:
        """Its name in a sentence."""
        return "ingress queue" if self is Via.SQS else "event bus"
