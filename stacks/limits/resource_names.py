"""Names that two resources would share, or that are too long: refused before a stack is built."""

from collections.abc import Sequence
from typing import Any

from schemas import signals
from schemas.event_type import EventType
from schemas.names import (
    ALERTS,
    DEAD_LETTER_KEEPER,
    INGRESS,
    QUEUE_PROCESSOR,
    REDO,
    SLACK_NOTIFIER,
    dead_letter_queue_name,
    resource_name,
)
from stacks.errors import CannotSynthesizeError
from stacks.messaging.mail_events import SES_EVENTS

LONGEST_NAME = 64
"""Characters of the name of a function (Lambda, CreateFunction: FunctionName) and of a rule (EventBridge, PutRule:
Name). A queue may have 80, enough for the suffix of its dead-letter queue (SQS, CreateQueue: QueueName)."""

FIXED = {
    INGRESS: "the ingress queue",
    QUEUE_PROCESSOR: "the ingress function",
    SLACK_NOTIFIER: "the Slack notifier",
    DEAD_LETTER_KEEPER: "the dead-letter keeper",
    ALERTS: "the alerts queue",
    signals.UNROUTED.slug: "the holding queue `unrouted`",
    signals.UNDELIVERABLE.slug: "the holding queue `undeliverable`",
    signals.DEAD_SCHEDULES.slug: "the holding queue `dead-schedules`",
    "catch-all": "the rule for events of no type",
    "alerts-of-others": "the rule for alerts of others",
    "alerts-of-another-type": "the rule for alerts of another type",
    SES_EVENTS: "the rule for SES's events",
    REDO: "the rule and queue of `taly-async redo`",
}
"""Queues, functions and rules of every stage, by subject."""


def check_names(catalogue: Sequence[EventType[Any]], stage: str) -> None:
    """Check that the queue, function and rule of each type have names of their own that AWS takes.

    Args:
        catalogue: the types.
        stage: the stage's name.

    Raises:
        CannotSynthesizeError: two resources would have the same name, or a name is too long.
    """
    owners = {resource_name(stage, subject): owner for subject, owner in FIXED.items()}
    suffix = dead_letter_queue_name(stage, QUEUE_PROCESSOR).removeprefix(resource_name(stage, INGRESS))
    for event_type in catalogue:
        name = resource_name(stage, event_type.name)
        if name in owners:
            raise CannotSynthesizeError(
                f"{owners[name]} and type {event_type.name} would both be named {name}, as `.` and `_` become `-`: "
                "rename the type"
            )
        if name.endswith(suffix):
            raise CannotSynthesizeError(
                f"the queue of type {event_type.name} would be named {name}, like a dead-letter queue: rename the "
                f"type, so that its name does not end in {suffix[1:]}"
            )
        if (excess := len(name) - LONGEST_NAME) > 0:
            raise CannotSynthesizeError(
                f"the function of type {event_type.name} would be named {name}, which has {len(name)} characters, and "
                f"Lambda takes {LONGEST_NAME}: shorten the name of the type or of the stage by {excess}"
            )
        owners[name] = f"type {event_type.name}"
