"""What alarms and the dashboard's rows are about."""

from dataclasses import dataclass
from datetime import timedelta

from aws_cdk import aws_sqs as sqs

from schemas.signals import DEAD_LETTERS, Signal
from stacks.processing.function import Function
from stacks.stage import AlarmThresholds


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A type's function and its queues, or the ingress's."""

    name: str
    """The type, or the ingress's function: in alarms' names, and as the dimension `service` of its metrics."""

    queue: sqs.IQueue
    dead_letter_queue: sqs.IQueue
    worker: Function
    thresholds: AlarmThresholds
    objective: timedelta | None = None
    """How soon 95 of 100 of its messages have succeeded; None: nobody is told of late ones."""

    dead: Signal = DEAD_LETTERS
    """What a letter in its dead-letter queue means."""
