"""What in a stage holds anything at rest, and what for; and what holds nothing, so that none is forgotten."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from schemas.names import MonitoringOutput
from tests.infrastructure.deployment import Deployment, Resource


class NotThoughtOfError(Exception):
    """Something holds what nobody said it holds, or is kept in a way that nobody wrote down."""


class Kind(StrEnum):
    """What holds something, in the order of the table."""

    WORK_QUEUES = "queues of functions, the ingress queue among them"
    DEAD_LETTER_QUEUES = "dead-letter queues of these"
    RESTING_QUEUES = "`unrouted`, `undeliverable`, the schedules' dead-letter queue"
    ALERTS_QUEUE = "alerts queue"
    BUS = "event bus"
    ARCHIVE = "archive of the bus"
    SCHEDULES = "schedules in the stage's group"
    JOBS_DONE = "idempotency table"
    TOPICS = "topics of the alarms"
    KEY = "key of these topics"
    FUNCTION_LOGS = "logs of functions"
    AUDIT_LOG = "audit log"
    SECRETS = "secrets: the CRM's token, Slack's URL"


@dataclass(frozen=True)
class Purpose:
    """Why a kind is kept, and kept like this."""

    holds: str
    why: str


PURPOSES: Mapping[Kind, Purpose] = {
    Kind.WORK_QUEUES: Purpose(
        "whole messages",
        "a weekend's outage is waited for; shorter than in the dead-letter queue, where a message's age counts on",
    ),
    Kind.DEAD_LETTER_QUEUES: Purpose(
        "whole messages, with their biographies", "as long as SQS keeps any: people must mend the cause first"
    ),
    Kind.RESTING_QUEUES: Purpose("whole messages", "as long as SQS keeps any: people must find out whose they are"),
    Kind.ALERTS_QUEUE: Purpose("ids, types, causes", "as long as SQS keeps any: Slack may be away for days"),
    Kind.BUS: Purpose("whole messages, on their way", "what a queue does not take now is tried again"),
    Kind.ARCHIVE: Purpose(
        "whole messages", "to replay; no longer than a job is remembered, or a replay would do it twice"
    ),
    Kind.SCHEDULES: Purpose("whole messages that come later: ids, times, amounts", "gone when they were sent"),
    Kind.JOBS_DONE: Purpose(
        "ids and times of jobs, digests of payloads",
        "longer than a message can lie in its queue and its dead-letter queue",
    ),
    Kind.TOPICS: Purpose(
        "alarms, on their way", "CloudWatch cannot use the key that AWS manages for SNS; a deploy makes them again"
    ),
    Kind.KEY: Purpose("itself", "what is on its way under it could not be read without it"),
    Kind.FUNCTION_LOGS: Purpose(
        "ids and outcomes, no payload", "to follow a message's journey, and to count; longest where it matters"
    ),
    Kind.AUDIT_LOG: Purpose(
        "who sent back, discarded or looked at what, and why", "as long as the logs that it explains"
    ),
    Kind.SECRETS: Purpose(
        "what the CRM and Slack issued",
        "in no template, variable or log; each is read by the functions that need it, when they do",
    ),
}
"""What there is to say of each, besides what the templates say."""

HOLDS_NOTHING: Mapping[str, str] = {
    "AWS::CloudWatch::Alarm": "names of metrics and limits",
    "AWS::CloudWatch::CompositeAlarm": "names of alarms",
    "AWS::CloudWatch::Dashboard": "names of metrics and queries",
    "AWS::Events::EventBusPolicy": "who may put events",
    "AWS::Events::Rule": "names of types and of queues",
    "AWS::IAM::Policy": "who may do what",
    "AWS::IAM::Role": "who may be whom",
    "AWS::Lambda::EventInvokeConfig": "numbers",
    "AWS::Lambda::EventSourceMapping": "numbers",
    "AWS::Lambda::Function": "code, and settings of which none is secret",
    "AWS::Lambda::LayerVersion": "code that is open to all who read this repository, and packages that are open to all",
    "AWS::Logs::QueryDefinition": "questions to the logs, no answers",
    "AWS::SNS::Subscription": "the team's own address",
    "AWS::SNS::TopicPolicy": "who may publish",
    "AWS::SQS::QueuePolicy": "who may send",
    "AWS::SSM::Parameter": "the addresses of the two doors",
    "AWS::Scheduler::Schedule": "what starts the notifier and the heartbeat, the same each minute",
}
"""Types of resources that no message, no person's data and no secret is in, with what is in them instead."""


def kind_of(deployment: Deployment, resource: Resource) -> Kind | None:
    """What a resource is; none where it holds nothing.

    Raises:
        NotThoughtOfError: nobody said of its type whether it holds anything.
    """
    if resource.type in HOLDS_NOTHING:
        return None
    if resource.type not in _KINDS:
        raise NotThoughtOfError(
            f"{resource} is an {resource.type}: say in {__name__} what it holds and why, or that it holds nothing"
        )
    return _KINDS[resource.type](deployment, resource)


def _queue(deployment: Deployment, queue: Resource) -> Kind:
    if "RedrivePolicy" in queue.properties:
        return Kind.WORK_QUEUES
    if queue == deployment.output(deployment.monitoring, MonitoringOutput.ALERTS_QUEUE_URL):
        return Kind.ALERTS_QUEUE
    takes = (
        deployment.follow(each.stack, each.properties["RedrivePolicy"]["deadLetterTargetArn"])
        for each in deployment.resources("AWS::SQS::Queue")
        if "RedrivePolicy" in each.properties
    )
    return Kind.DEAD_LETTER_QUEUES if queue in takes else Kind.RESTING_QUEUES


def _log_group(deployment: Deployment, group: Resource) -> Kind:
    return Kind.FUNCTION_LOGS if group in deployment.function_log_groups() else Kind.AUDIT_LOG


_KINDS: Mapping[str, Callable[[Deployment, Resource], Kind]] = {
    "AWS::DynamoDB::Table": lambda _deployment, _resource: Kind.JOBS_DONE,
    "AWS::Events::Archive": lambda _deployment, _resource: Kind.ARCHIVE,
    "AWS::Events::EventBus": lambda _deployment, _resource: Kind.BUS,
    "AWS::KMS::Key": lambda _deployment, _resource: Kind.KEY,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::SNS::Topic": lambda _deployment, _resource: Kind.TOPICS,
    "AWS::SQS::Queue": _queue,
    "AWS::Scheduler::ScheduleGroup": lambda _deployment, _resource: Kind.SCHEDULES,
    "AWS::SecretsManager::Secret": lambda _deployment, _resource: Kind.SECRETS,
}
