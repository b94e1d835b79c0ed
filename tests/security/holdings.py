"""The resources of a stage that store data, with the purpose, and those that store none, so that none is forgotten."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tests.infrastructure.deployment import Deployment, Resource


class UndocumentedStorageError(Exception):
    """A resource stores data without a documented purpose, or in an undocumented way."""


class Store(StrEnum):
    """A kind of storage, in the order of the table."""

    WORK_QUEUES = "queues of functions, the ingress queue among them"
    DEAD_LETTER_QUEUES = "dead-letter queues of these"
    HOLDING_QUEUES = "`unrouted`, `undeliverable`, the schedules' dead-letter queue"
    ALERTS_QUEUE = "alerts queue"
    REDO_QUEUE = "queue of `taly-async redo`"
    BUS = "event bus"
    ARCHIVE = "archive of the bus"
    SCHEDULES = "schedules in the stage's group"
    JOBS_DONE = "idempotency table"
    CAUSES = "table of causes"
    TOPICS = "topics of the alarms"
    KEY = "key of these topics"
    FUNCTION_LOGS = "logs of functions"
    AUDIT_LOG = "audit log"
    SECRETS = "secrets: the CRM's token, Slack's URL, the suppression list's key"


@dataclass(frozen=True)
class Rationale:
    """Why a kind of storage exists, and why its data is kept so long."""

    holds: str
    why: str


PURPOSES: Mapping[Store, Rationale] = {
    Store.WORK_QUEUES: Rationale(
        "whole messages",
        "survives an outage or a pause of days; shorter than in the dead-letter queue, where a message's age counts on",
    ),
    Store.DEAD_LETTER_QUEUES: Rationale(
        "whole messages with their failure histories",
        "SQS's maximum for a copy, renewed until the 30th day: operators must fix the cause first",
    ),
    Store.HOLDING_QUEUES: Rationale(
        "whole messages", "SQS's maximum for a copy, renewed until the 30th day: operators must find out who sent them"
    ),
    Store.ALERTS_QUEUE: Rationale("ids, types, causes", "SQS's maximum: Slack may be down for days"),
    Store.REDO_QUEUE: Rationale(
        "copies of whole messages from the archive", "read within minutes; a day, should the command be interrupted"
    ),
    Store.BUS: Rationale("whole messages in transit", "deliveries that a queue refuses are retried"),
    Store.ARCHIVE: Rationale(
        "whole messages", "for replays; no longer than idempotency records, or a replay would repeat jobs"
    ),
    Store.SCHEDULES: Rationale("whole scheduled messages: ids, times, amounts", "deleted when they are sent"),
    Store.JOBS_DONE: Rationale(
        "ids and times of jobs, digests of payloads, begins of messages that came back, which called systems work, and "
        "keyed hashes of addresses that bounced or complained",
        "longer than a message can be in its queue and its dead-letter queue; an address, for a year after the last "
        "report about it",
    ),
    Store.CAUSES: Rationale(
        "causes of dead letters: names of this system, redacted errors, ids of tenants, totals; who acknowledged, "
        "snoozed or resolved them, and why",
        "to say that a cause is back, and in which version it was resolved",
    ),
    Store.TOPICS: Rationale(
        "alarms in transit", "CloudWatch cannot use the key that AWS manages for SNS; a deployment recreates them"
    ),
    Store.KEY: Rationale("itself", "data in transit under it could not be read without it"),
    Store.FUNCTION_LOGS: Rationale("ids and outcomes, no payload", "to trace messages and to count; longest in `prod`"),
    Store.AUDIT_LOG: Rationale(
        "who redrove, redid, discarded, viewed, paused or tried what, or cancelled or ran a schedule, and why",
        "as long as the logs that it explains",
    ),
    Store.SECRETS: Rationale(
        "what the CRM and Slack issued, and a generated key",
        "in no template, variable or log; each is read at run time by the functions that need it",
    ),
}
"""What the table says about each kind besides the templates' properties."""

HOLDS_NOTHING: Mapping[str, str] = {
    "AWS::CloudWatch::Alarm": "names of metrics and limits",
    "AWS::CloudWatch::CompositeAlarm": "names of alarms",
    "AWS::CloudWatch::Dashboard": "names of metrics and queries",
    "AWS::Events::EventBusPolicy": "who may put events",
    "AWS::Events::Rule": "names of types and of queues",
    "AWS::SES::ConfigurationSet": "how emails are sent; CloudWatch has its counts",
    "AWS::SES::ConfigurationSetEventDestination": "which events go to which bus",
    "AWS::IAM::ManagedPolicy": "what people may do",
    "AWS::IAM::Policy": "who may do what",
    "AWS::IAM::Role": "who may assume it",
    "AWS::Lambda::EventInvokeConfig": "numbers",
    "AWS::Lambda::EventSourceMapping": "numbers, and while it is paused the ARN of who paused it",
    "AWS::Lambda::Function": "code, and settings of which none is secret",
    "AWS::Lambda::LayerVersion": "this repository's code, and public packages",
    "AWS::Logs::QueryDefinition": "log queries, no results",
    "AWS::SNS::Subscription": "the team's own address",
    "AWS::SNS::TopicPolicy": "who may publish",
    "AWS::SQS::QueuePolicy": "who may send",
    "AWS::SSM::Parameter": "the ingress queue's URL and the bus's name",
    "AWS::Scheduler::Schedule": "what starts the notifier and the heartbeat, the same each minute",
}
"""Types of resources without messages, personal data and secrets, and what they contain instead."""


def kind_of(deployment: Deployment, resource: Resource) -> Store | None:
    """The kind of a resource; None if it stores nothing.

    Raises:
        UndocumentedStorageError: it is not documented whether resources of this type store data.
    """
    if resource.type in HOLDS_NOTHING:
        return None
    if resource.type not in _KINDS:
        raise UndocumentedStorageError(
            f"{resource} is an {resource.type}: say in {__name__} what it holds and why, or that it holds nothing"
        )
    return _KINDS[resource.type](deployment, resource)


def _queue(deployment: Deployment, queue: Resource) -> Store:
    if "RedrivePolicy" in queue.properties:
        return Store.WORK_QUEUES
    if queue == deployment.alerts:
        return Store.ALERTS_QUEUE
    if queue == deployment.redo:
        return Store.REDO_QUEUE
    dead_letter_queues = (
        deployment.follow(each.stack, each.properties["RedrivePolicy"]["deadLetterTargetArn"])
        for each in deployment.resources("AWS::SQS::Queue")
        if "RedrivePolicy" in each.properties
    )
    return Store.DEAD_LETTER_QUEUES if queue in dead_letter_queues else Store.HOLDING_QUEUES


def _log_group(deployment: Deployment, group: Resource) -> Store:
    return Store.FUNCTION_LOGS if group in deployment.function_log_groups() else Store.AUDIT_LOG


def _table(deployment: Deployment, table: Resource) -> Store:
    return Store.CAUSES if table == deployment.causes else Store.JOBS_DONE


_KINDS: Mapping[str, Callable[[Deployment, Resource], Store]] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::Events::Archive": lambda _deployment, _resource: Store.ARCHIVE,
    "AWS::Events::EventBus": lambda _deployment, _resource: Store.BUS,
    "AWS::KMS::Key": lambda _deployment, _resource: Store.KEY,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::SNS::Topic": lambda _deployment, _resource: Store.TOPICS,
    "AWS::SQS::Queue": _queue,
    "AWS::Scheduler::ScheduleGroup": lambda _deployment, _resource: Store.SCHEDULES,
    "AWS::SecretsManager::Secret": lambda _deployment, _resource: Store.SECRETS,
}
