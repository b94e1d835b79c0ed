"""The permissions of every role, written independently of the stacks, which are tested against them.

Tests compare them with the templates of every stage (`tests/infrastructure/processing/test_grants.py`) and with what
each role can do on an emulator that enforces policies (`tests/e2e/flow/test_access.py`). `docs/security.md` shows them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType, Kind, Needs
from schemas.names import QUEUE_PROCESSOR, SLACK_NOTIFIER


class Place(StrEnum):
    """A resource in relation to a role: its own, another role's, or a single shared one."""

    QUEUE = "its own queue"
    DEAD_LETTERS = "its own dead-letter queue"
    ANOTHERS_QUEUE = "another's queue"
    ANOTHERS_DEAD_LETTERS = "another's dead-letter queue"
    INGRESS = "the ingress queue"
    INGRESS_DEAD_LETTERS = "the ingress queue's dead letters"
    SCHEDULE_DEAD_LETTERS = "the schedules' dead letters"
    UNROUTED = "`unrouted`"
    UNDELIVERABLE = "`undeliverable`"
    ALERTS = "the alerts queue"
    BUS = "the bus"
    DEFAULT_BUS = "the account's default bus"
    LOGS = "its own log group"
    ANOTHERS_LOGS = "another's log group"
    AUDIT_LOGS = "the audit log group"
    CRM_TOKEN = "the CRM's token"  # noqa: S105 a name, not a secret
    SLACK_WEBHOOK = "Slack's webhook"
    TABLE = "the idempotency table"
    SENDER = "the mail sender"
    MAIL_ACCOUNT = "the account's settings of SES"
    PHONES = "phones"
    TEXT_ACCOUNT = "the account's settings of SNS"
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
    """In IAM's form: `sqs:SendMessage`."""

    place: Place


SCHEDULES = "schedules"
"""EventBridge Scheduler's role for sending scheduled messages."""

EACH_MINUTE = "each minute"
"""EventBridge Scheduler's role for starting the notifier."""

OF_SCHEDULER = frozenset({SCHEDULES, EACH_MINUTE})


@dataclass(frozen=True)
class Actor:
    """A role, named after its owner."""

    name: str
    """A type, the ingress, the notifier, or one of EventBridge Scheduler's two roles."""

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
    | on(Place.TABLE, "dynamodb:GetItem", "dynamodb:UpdateItem")
)
_BY_NEED = {
    Needs.CRM: on(Place.CRM_TOKEN, *_READ_SECRET),
    Needs.EMAIL: on(Place.SENDER, "ses:SendEmail") | on(Place.MAIL_ACCOUNT, "ses:GetAccount"),
    Needs.SMS: on(Place.PHONES, "sns:Publish") | on(Place.TEXT_ACCOUNT, "sns:GetSMSAttributes"),
    Needs.WEBHOOKS: set[Access](),
    Needs.REMINDERS: set[Access](),
    Needs.DUNNING: set[Access](),
    Needs.TEXTS: set[Access](),
}
_IDEMPOTENCY = on(Place.TABLE, "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:GetItem")
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
    | on(Place.ANOTHERS_QUEUE, "sqs:GetQueueAttributes")
    | {
        Access("sqs:GetQueueAttributes", place)
        for place in (Place.INGRESS, Place.SCHEDULE_DEAD_LETTERS, Place.UNROUTED, Place.UNDELIVERABLE)
    }
    | on(Place.TABLE, "dynamodb:BatchGetItem", "dynamodb:PutItem")
)
_SEND_DUE_MESSAGES = on(Place.INGRESS, *_SEND) | on(Place.SCHEDULE_DEAD_LETTERS, *_SEND)


def allowed(actor: Actor) -> set[Access]:
    """Everything that a role may do; all else is denied."""
    match actor:
        case Actor(event_type=EventType() as event_type):
            accesses = _EVERY_CONSUMER.union(*(_BY_NEED[need] for need in event_type.needs))
            if event_type.kind is Kind.JOB:
                accesses |= _IDEMPOTENCY
            return accesses | (_SCHEDULE if event_type.schedules else set())
        case Actor(name=name) if name == QUEUE_PROCESSOR:
            return {Access(right.action, _INGRESS_PLACES.get(right.place, right.place)) for right in _EVERY_CONSUMER}
        case Actor(name=name) if name == SLACK_NOTIFIER:
            return _NOTIFY
        case Actor(name=name) if name == SCHEDULES:
            return _SEND_DUE_MESSAGES
    return on(Place.NOTIFIER, "lambda:InvokeFunction")


_INGRESS_PLACES = {Place.QUEUE: Place.INGRESS, Place.DEAD_LETTERS: Place.INGRESS_DEAD_LETTERS}


def lacks(actor: Actor) -> set[Place]:
    """The places that a role does not have, so that nothing is tried there."""
    if actor.event_type:
        return set()
    own = {Place.QUEUE, Place.DEAD_LETTERS}
    return own | {Place.LOGS, Place.FUNCTION} if actor.name in OF_SCHEDULER else own
