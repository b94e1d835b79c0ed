"""Who may do what to which resource: said here apart from the stacks, and held against them.

Tests compare it with the templates of every stage (`tests/infrastructure/processing/test_grants.py`) and with what each
role can do on an emulator that enforces policies (`tests/e2e/flow/test_access.py`); `docs/security.md` shows it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType, Kind, Needs
from schemas.names import QUEUE_PROCESSOR, SLACK_NOTIFIER


class Place(StrEnum):
    """A resource, as it is seen from a role: its own, another's, or the one that there is."""

    QUEUE = "its own queue"
    DEAD_LETTERS = "its own dead-letter queue"
    ANOTHERS_QUEUE = "another's queue"
    ANOTHERS_DEAD_LETTERS = "another's dead-letter queue"
    INGRESS = "the ingress queue"
    INGRESS_DEAD_LETTERS = "the ingress queue's dead letters"
    SCHEDULE_DEAD_LETTERS = "the schedules' dead letters"
    UNROUTED = "the queue of what no rule took"
    UNDELIVERABLE = "the queue of what could not be delivered"
    ALERTS = "the alerts queue"
    BUS = "the bus"
    DEFAULT_BUS = "the account's default bus"
    LOGS = "its own log group"
    ANOTHERS_LOGS = "another's log group"
    AUDIT_LOGS = "the audit log group"
    CRM_TOKEN = "the CRM's token"  # noqa: S105 a name, not a secret
    SLACK_WEBHOOK = "Slack's webhook"
    TABLE = "the table of what was done"
    SENDER = "the sender of mail"
    PHONES = "phones"
    ALARMS_TOPIC = "the alarms' topic"
    NOTIFIER_TOPIC = "the topic about the notifier"
    TOPICS_KEY = "the topics' key"
    SCHEDULES = "the stage's schedules"
    SCHEDULE_ROLE = "the schedules' role"
    FUNCTION = "its own function"
    ANOTHERS_FUNCTION = "another's function"
    NOTIFIER = "the notifier's function"
    ROLE = "its own role"
    ANOTHERS_ROLE = "another's role"
    TRACES = "traces"
    ACCOUNT = "the account"


@dataclass(frozen=True, order=True)
class Access:
    """One action on one resource."""

    action: str
    """In IAM's words: `sqs:SendMessage`."""

    place: Place


SCHEDULES = "schedules"
"""The role that EventBridge Scheduler takes to send what is due."""

EACH_MINUTE = "each minute"
"""The one that it takes to start the notifier."""

OF_SCHEDULER = frozenset({SCHEDULES, EACH_MINUTE})


@dataclass(frozen=True)
class Actor:
    """A role, by whom it belongs to."""

    name: str
    """A type's, the ingress's, the notifier's, or one of EventBridge Scheduler's two."""

    event_type: EventType[Any] | None = None


ACTORS = (
    Actor(QUEUE_PROCESSOR),
    *(Actor(event_type.name, event_type) for event_type in CATALOGUE),
    Actor(SLACK_NOTIFIER),
    Actor(SCHEDULES),
    Actor(EACH_MINUTE),
)

_DESCRIBE = ("sqs:GetQueueAttributes", "sqs:GetQueueUrl")
_CONSUME = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", *_DESCRIBE)
_SEND = ("sqs:SendMessage", *_DESCRIBE)
_READ_SECRET = ("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret")


def on(place: Place, *actions: str) -> set[Access]:
    """These actions on this resource."""
    return {Access(action, place) for action in actions}


_EVERY_FUNCTION = on(Place.LOGS, "logs:CreateLogStream", "logs:PutLogEvents") | on(
    Place.TRACES, "xray:PutTraceSegments", "xray:PutTelemetryRecords"
)
_EVERY_CONSUMER = (
    _EVERY_FUNCTION
    | on(Place.QUEUE, *_CONSUME, "sqs:SendMessage")
    | on(Place.DEAD_LETTERS, *_SEND)
    | on(Place.BUS, "events:PutEvents")
)
_BY_NEED = {
    Needs.CRM: on(Place.CRM_TOKEN, *_READ_SECRET),
    Needs.EMAIL: on(Place.SENDER, "ses:SendEmail", "ses:SendRawEmail"),
    Needs.SMS: on(Place.PHONES, "sns:Publish"),
    Needs.WEBHOOKS: set[Access](),
    Needs.REMINDERS: set[Access](),
    Needs.DUNNING: set[Access](),
    Needs.TEXTS: set[Access](),
}
_REMEMBER = on(Place.TABLE, "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:GetItem")
_SCHEDULE = on(
    Place.SCHEDULES, "scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"
) | on(Place.SCHEDULE_ROLE, "iam:PassRole")
_NOTIFY = (
    _EVERY_FUNCTION
    | on(Place.ALERTS, *_CONSUME)
    | on(Place.SLACK_WEBHOOK, *_READ_SECRET)
    | on(Place.NOTIFIER_TOPIC, "sns:Publish")
    | on(Place.TOPICS_KEY, "kms:Decrypt", "kms:GenerateDataKey*")
    | on(Place.ANOTHERS_DEAD_LETTERS, "sqs:ReceiveMessage", *_DESCRIBE)
    | on(Place.INGRESS_DEAD_LETTERS, "sqs:ReceiveMessage", *_DESCRIBE)
)
_SEND_WHAT_IS_DUE = on(Place.INGRESS, *_SEND) | on(Place.SCHEDULE_DEAD_LETTERS, *_SEND)


def allowed(actor: Actor) -> set[Access]:
    """All that a role may do; whatever is not here is denied."""
    match actor:
        case Actor(event_type=EventType() as event_type):
            needed = _EVERY_CONSUMER.union(*(_BY_NEED[need] for need in event_type.needs))
            if event_type.kind is Kind.JOB:
                needed |= _REMEMBER
            return needed | (_SCHEDULE if event_type.schedules else set())
        case Actor(name=name) if name == QUEUE_PROCESSOR:
            return {Access(right.action, _OF_THE_INGRESS.get(right.place, right.place)) for right in _EVERY_CONSUMER}
        case Actor(name=name) if name == SLACK_NOTIFIER:
            return _NOTIFY
        case Actor(name=name) if name == SCHEDULES:
            return _SEND_WHAT_IS_DUE
    return on(Place.NOTIFIER, "lambda:InvokeFunction")


_OF_THE_INGRESS = {Place.QUEUE: Place.INGRESS, Place.DEAD_LETTERS: Place.INGRESS_DEAD_LETTERS}


def lacks(actor: Actor) -> set[Place]:
    """What a role has none of its own of, so that nothing is tried there."""
    if actor.event_type:
        return set()
    own = {Place.QUEUE, Place.DEAD_LETTERS}
    return own | {Place.LOGS, Place.FUNCTION} if actor.name in OF_SCHEDULER else own
