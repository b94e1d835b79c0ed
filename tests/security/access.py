"""The permissions of every role and of people, written independently of the stacks, which are tested against them.

Tests compare them with the templates of every stage (`tests/infrastructure/processing/test_grants.py`,
`tests/infrastructure/monitoring/test_people.py`) and with what each can do on an emulator that enforces policies
(`tests/e2e/flow/test_access.py`). `docs/security.md` shows them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType, Kind, Needs
from schemas.names import DEAD_LETTER_KEEPER, QUEUE_PROCESSOR, SLACK_NOTIFIER
from schemas.people import StagePolicy


class Place(StrEnum):
    """A resource in relation to a role: its own, another role's, or a single shared one."""

    QUEUE = "its own queue"
    DEAD_LETTERS = "its own dead-letter queue"
    ANOTHERS_QUEUE = "another's queue"
    ANOTHERS_DEAD_LETTERS = "another's dead-letter queue"
    INGRESS = "the ingress queue"
    INGRESS_DEAD_LETTERS = "the ingress queue's dead letters"
    SCHEDULE_DEAD_LETTERS = "the schedules' dead letters"
    DRILLS_DEAD_LETTERS = "the heartbeats' dead letters"
    UNROUTED = "`unrouted`"
    UNDELIVERABLE = "`undeliverable`"
    REDO_QUEUE = "the queue of `taly-async redo`"
    ALERTS = "the alerts queue"
    BUS = "the bus"
    DEFAULT_BUS = "the account's default bus"
    LOGS = "its own log group"
    ANOTHERS_LOGS = "another's log group"
    AUDIT_LOGS = "the audit log group"
    CRM_TOKEN = "the CRM's token"  # noqa: S105 a name, not a secret
    SLACK_WEBHOOK = "Slack's webhook"
    SUPPRESSION_KEY = "the key of the suppression list"
    TABLE = "the idempotency table"
    CAUSES = "the table of causes"
    SENDER = "the mail sender"
    MAIL_ACCOUNT = "the account's settings of SES"
    PHONES = "phones"
    TEXT_ACCOUNT = "the account's settings of SNS"
    ALARMS_TOPIC = "the alarms' topic"
    NOTIFIER_TOPIC = "the topic of the notifier's emails"
    TOPICS_KEY = "the topics' key"
    SCHEDULES = "the stage's schedules"
    SCHEDULE_ROLE = "the schedules' role"
    FUNCTION = "its own function"
    ANOTHERS_FUNCTION = "another's function"
    NOTIFIER = "the notifier's function"
    KEEPER = "the dead-letter keeper's function"
    MAPPINGS = "the functions' event source mappings"
    ROLE = "its own role"
    ANOTHERS_ROLE = "another's role"
    TRACES = "traces"
    RULES = "the bus's rules"
    ARCHIVE = "the bus's archive"
    REPLAYS = "replays of the archive"
    STACKS = "the stage's stacks"
    DASHBOARD = "the dashboard"
    PARAMETERS = "the stage's parameters"
    MAIL_IDENTITY = "the mail sender's identity"
    BOOTSTRAP_ROLES = "the roles of `cdk bootstrap`"
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

EACH_DAY = "each day"
"""EventBridge Scheduler's role for starting the dead-letter keeper."""

OF_SCHEDULER = frozenset({SCHEDULES, EACH_MINUTE, EACH_DAY})


@dataclass(frozen=True)
class Actor:
    """A role, named after its owner; or a person with one of the stage's policies, named after it."""

    name: str
    """A type, the ingress, the notifier, the keeper, one of EventBridge Scheduler's roles, or a policy for people."""

    event_type: EventType[Any] | None = None


ROLES = (
    Actor(QUEUE_PROCESSOR),
    *(Actor(event_type.name, event_type) for event_type in CATALOGUE),
    Actor(SLACK_NOTIFIER),
    Actor(DEAD_LETTER_KEEPER),
    Actor(SCHEDULES),
    Actor(EACH_MINUTE),
    Actor(EACH_DAY),
)

VIEWER, OPERATOR, DEPLOYER = PEOPLE = tuple(Actor(policy) for policy in StagePolicy)

ACTORS = (*ROLES, *PEOPLE)

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
    Needs.EMAIL: on(Place.SENDER, "ses:SendEmail", "ses:SendRawEmail") | on(Place.MAIL_ACCOUNT, "ses:GetAccount"),
    Needs.SMS: on(Place.PHONES, "sns:Publish") | on(Place.TEXT_ACCOUNT, "sns:GetSMSAttributes"),
    Needs.WEBHOOKS: set[Access](),
    Needs.REMINDERS: set[Access](),
    Needs.DUNNING: set[Access](),
    Needs.QUIET_HOURS: set[Access](),
    Needs.SUPPRESSED: on(Place.TABLE, "dynamodb:GetItem") | on(Place.SUPPRESSION_KEY, *_READ_SECRET),
    Needs.HASH_KEY: on(Place.SUPPRESSION_KEY, *_READ_SECRET),
    Needs.SUPPRESSION_LIST: on(Place.TABLE, "dynamodb:UpdateItem") | on(Place.SUPPRESSION_KEY, *_READ_SECRET),
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
        for place in (
            Place.INGRESS,
            Place.SCHEDULE_DEAD_LETTERS,
            Place.UNROUTED,
            Place.UNDELIVERABLE,
            Place.REDO_QUEUE,
        )
    }
    | on(Place.TABLE, "dynamodb:BatchGetItem", "dynamodb:PutItem")
    | on(Place.CAUSES, "dynamodb:Scan", "dynamodb:PutItem")
    | on(Place.ACCOUNT, "lambda:ListEventSourceMappings")
    | on(Place.MAPPINGS, "lambda:ListTags", "lambda:UntagResource", "lambda:UpdateEventSourceMapping")
)
_KEEP = (
    _EVERY_FUNCTION
    | on(Place.BUS, "events:PutEvents")
    | {
        Access(action, place)
        for action in (*_CONSUME, "sqs:SendMessage")
        for place in (
            Place.ANOTHERS_DEAD_LETTERS,
            Place.INGRESS_DEAD_LETTERS,
            Place.SCHEDULE_DEAD_LETTERS,
            Place.UNROUTED,
            Place.UNDELIVERABLE,
        )
    }
)
_SEND_DUE_MESSAGES = on(Place.INGRESS, *_SEND) | on(Place.SCHEDULE_DEAD_LETTERS, *_SEND)


_ALL_QUEUES = (
    *(Place.ANOTHERS_QUEUE, Place.INGRESS, Place.ALERTS, Place.ANOTHERS_DEAD_LETTERS, Place.INGRESS_DEAD_LETTERS),
    *(Place.SCHEDULE_DEAD_LETTERS, Place.DRILLS_DEAD_LETTERS, Place.UNROUTED, Place.UNDELIVERABLE),
    Place.REDO_QUEUE,
)


_ALL_SECRETS = (Place.CRM_TOKEN, Place.SLACK_WEBHOOK, Place.SUPPRESSION_KEY)


def _on_each(places: Iterable[Place], *actions: str) -> set[Access]:
    return set[Access]().union(*(on(place, *actions) for place in places))


_VIEW = (
    _on_each(_ALL_QUEUES, *_DESCRIBE)
    | _on_each(
        (Place.ANOTHERS_LOGS, Place.AUDIT_LOGS),
        *("logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartQuery"),
    )
    | _on_each(
        (Place.ANOTHERS_FUNCTION, Place.NOTIFIER, Place.KEEPER),
        "lambda:GetFunctionConfiguration",
        "lambda:GetFunctionRecursionConfig",
    )
    | _on_each((Place.ALARMS_TOPIC, Place.NOTIFIER_TOPIC), "sns:ListSubscriptionsByTopic")
    | _on_each(_ALL_SECRETS, "secretsmanager:DescribeSecret")
    | on(Place.BUS, "events:DescribeEventBus")
    | on(Place.RULES, "events:ListTargetsByRule")
    | on(Place.ARCHIVE, "events:DescribeArchive")
    | on(Place.REPLAYS, "events:DescribeReplay")
    | on(Place.TABLE, "dynamodb:BatchGetItem", "dynamodb:GetItem")
    | on(Place.CAUSES, "dynamodb:Scan")
    | on(Place.STACKS, "cloudformation:DescribeStackEvents", "cloudformation:DescribeStacks")
    | on(Place.DASHBOARD, "cloudwatch:GetDashboard")
    | on(Place.PARAMETERS, "ssm:GetParameter")
    | on(Place.SCHEDULES, "scheduler:ListSchedules")
    | on(Place.MAPPINGS, "lambda:ListTags")
    | on(Place.MAIL_ACCOUNT, "ses:GetAccount")
    | on(Place.MAIL_IDENTITY, "ses:GetEmailIdentity")
    | on(Place.TEXT_ACCOUNT, "sns:GetSMSAttributes", "sns:GetSMSSandboxAccountStatus", "sns:ListOriginationNumbers")
    | on(
        Place.ACCOUNT,
        "cloudwatch:DescribeAlarmHistory",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "cloudwatch:GetMetricStatistics",
        "cloudwatch:ListDashboards",
        "cloudwatch:ListMetrics",
        "events:ListArchives",
        "events:ListReplays",
        "events:ListRules",
        "lambda:GetAccountSettings",
        "lambda:ListEventSourceMappings",
        "logs:DescribeLogGroups",
        "logs:DescribeQueryDefinitions",
        "logs:GetQueryResults",
        "logs:StopQuery",
        "servicequotas:GetAWSDefaultServiceQuota",
        "servicequotas:GetServiceQuota",
        "sqs:ListQueues",
    )
)
_REPAIR = (
    _on_each(_ALL_QUEUES, "sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")
    | _on_each((Place.ANOTHERS_FUNCTION, Place.NOTIFIER, Place.KEEPER), "lambda:InvokeFunction")
    | on(Place.MAPPINGS, "lambda:UpdateEventSourceMapping", "lambda:TagResource", "lambda:UntagResource")
    | on(Place.AUDIT_LOGS, "logs:CreateLogStream", "logs:PutLogEvents")
    | on(Place.BUS, "events:PutEvents")
    | on(Place.ARCHIVE, "events:StartReplay")
    | on(Place.REPLAYS, "events:CancelReplay")
    | on(Place.SCHEDULES, "scheduler:DeleteSchedule", "scheduler:GetSchedule")
    | on(Place.CAUSES, "dynamodb:PutItem")
)
_DEPLOY = (
    on(Place.INGRESS, "sqs:SendMessage")
    | on(
        Place.DRILLS_DEAD_LETTERS, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", *_DESCRIBE
    )
    | _on_each(_ALL_SECRETS, "secretsmanager:PutSecretValue")
    | on(Place.BOOTSTRAP_ROLES, "sts:AssumeRole")
)


_OF_PEOPLE = {VIEWER: _VIEW, OPERATOR: _VIEW | _REPAIR, DEPLOYER: _VIEW | _DEPLOY}


def allowed(actor: Actor) -> set[Access]:
    """Everything that a role or a policy for people allows; all else is denied."""
    if actor in PEOPLE:
        return _OF_PEOPLE[actor]
    match actor:
        case Actor(event_type=EventType() as event_type):
            accesses = _EVERY_CONSUMER.union(*(_BY_NEED[need] for need in event_type.needs))
            if event_type.kind is Kind.JOB:
                accesses |= _IDEMPOTENCY
            return accesses | (_SCHEDULE if event_type.schedules else set())
        case Actor(name=name) if name == QUEUE_PROCESSOR:
            return {Access(right.action, _INGRESS_PLACES.get(right.place, right.place)) for right in _EVERY_CONSUMER}
    return _OF_OTHERS[actor.name]


_OF_OTHERS = {
    SLACK_NOTIFIER: _NOTIFY,
    DEAD_LETTER_KEEPER: _KEEP,
    SCHEDULES: _SEND_DUE_MESSAGES,
    EACH_MINUTE: on(Place.NOTIFIER, "lambda:InvokeFunction"),
    EACH_DAY: on(Place.KEEPER, "lambda:InvokeFunction"),
}

_INGRESS_PLACES = {Place.QUEUE: Place.INGRESS, Place.DEAD_LETTERS: Place.INGRESS_DEAD_LETTERS}


def lacks(actor: Actor) -> set[Place]:
    """The places that an actor does not have, so that nothing is tried there.

    The heartbeats' dead letters are one type's own and another's to the other roles; only the deployer's drill differs.
    """
    if actor in PEOPLE:
        return {Place.QUEUE, Place.DEAD_LETTERS, Place.LOGS, Place.FUNCTION}
    absent = {Place.DRILLS_DEAD_LETTERS}
    if actor.event_type:
        return absent
    absent |= {Place.QUEUE, Place.DEAD_LETTERS}
    return absent | {Place.LOGS, Place.FUNCTION} if actor.name in OF_SCHEDULER else absent
