"""Names shared by stacks, functions and the operators' tools: stacks, parameters, attributes, metrics, outputs."""

STAGE_NAME = "[a-z][a-z0-9]{1,15}"
"""A stage's name. It has no hyphen, so that no stage's prefix is another's, and 16 characters at most, so that the
name of every function and role has at most 64 (Lambda, `FunctionName`; IAM, "Name requirements")."""

MESSAGING, PROCESSING, MONITORING = "Messaging", "Processing", "Monitoring"
"""The parts of a stage, each a stack."""

APPLICATION = "taly-async"
"""Value of the tag `application` of everything that a stage consists of."""

INGRESS = "ingress"
"""Subject of the ingress queue."""

ALERTS = "alerts"
"""Subject of the alerts queue, and of the topic of all alarms."""

IDEMPOTENCY = "idempotency"
CAUSES = "causes"
AUDIT = "audit"
SCHEDULER = "scheduler"
REDO = "redo"
"""Subjects of the idempotency table, of the table of causes, of the audit log, of the role by which EventBridge
Scheduler sends, and of the rule and queue by which archived events reach `taly-async redo`."""


def redo_replay_prefix(stage: str) -> str:
    """Return the beginning of the names of replays that `taly-async redo` starts; the rule `REDO` matches it."""
    return f"{resource_name(stage, REDO)}-"


def stack_name(stage: str, part: str) -> str:
    """Return a stack's name, such as `TalyAsync-Prod-Messaging`."""
    return f"TalyAsync-{stage.capitalize()}-{part}"


def resource_name(stage: str, subject: str = "") -> str:
    """Return a resource's name, such as `taly-async-prod-booking-created`.

    The resources of a type (its queue, rule and function), of the ingress and of the notifier are named by it, and so
    is what a stage has once: its topics, its table; without a subject its bus, archive, schedule group and dashboard.

    Args:
        stage: the stage.
        subject: a type, such as `booking.created`, or what the resource is for.
    """
    words = f"-{subject}".replace(".", "-").replace("_", "-") if subject else ""
    return f"taly-async-{stage}{words}"


def queue_name(stage: str, service: str) -> str:
    """Return the name of the queue of a type, of `QUEUE_PROCESSOR` (the ingress queue) or of another subject."""
    return resource_name(stage, INGRESS if service == QUEUE_PROCESSOR else service)


def dead_letter_queue_name(stage: str, service: str) -> str:
    """Return the name of the dead-letter queue of a type or of `QUEUE_PROCESSOR`."""
    return f"{queue_name(stage, service)}-dlq"


def log_group_name(stage: str, service: str) -> str:
    """Return the name of the log group of a function: of a type, or of `QUEUE_PROCESSOR` or another function."""
    return f"/aws/lambda/{resource_name(stage, service)}"


def ingress_queue_url_parameter(stage: str) -> str:
    """Return the name of the SSM parameter with the ingress queue's URL."""
    return f"/taly/async/{stage}/ingress-queue-url"


def event_bus_name_parameter(stage: str) -> str:
    """Return the name of the SSM parameter with the event bus's name."""
    return f"/taly/async/{stage}/event-bus-name"


def schedule_group_name(stage: str) -> str:
    """Return the name of a stage's EventBridge Scheduler group."""
    return resource_name(stage)


HISTORY_ATTRIBUTE = "history"
"""SQS message attribute with a message's previous attempts and deferrals."""

BIOGRAPHY_ATTRIBUTE = "biography"
"""SQS message attribute of a dead letter with its failure history; a redrive keeps it."""

REASON_ATTRIBUTE = "reason"
FINGERPRINT_ATTRIBUTE = "fingerprint"
"""SQS message attributes of a dead letter: why it failed, and the hash of its cause; a redrive keeps them."""

SINCE_ATTRIBUTE = "dead_letter_since"
"""SQS message attribute of a renewed dead letter: since when it is one (UTC, RFC 3339). Its copy has a new SQS time."""

SOURCE = "taly.queue-processor"
"""The EventBridge source of the functions' events."""

INGRESS_SOURCE = f"{SOURCE}.ingress"
"""The EventBridge source of events from the ingress queue: SQS names a sender's role, which proves no `source`."""

QUEUE_PROCESSOR = "queue_processor"
"""Name of the ingress function in alarms, metrics and log lines; other functions have their type's name."""

SLACK_NOTIFIER = "slack_notifier"
"""Name of the notifier in alarms."""

DEAD_LETTER_KEEPER = "dead_letter_keeper"
"""Name of the function that renews dead letters before SQS deletes them."""

SYSTEM = "system"
"""Subject of alarms about the system as a whole."""

ACCOUNT = "account"
"""Subject of alarms about the mail and texts of the whole AWS account in its region."""

FAILURE = "Failure"
"""0 or 1 for each attempt: the average is the share of failures, the sum the failures, the count the attempts."""

LATENCY = "Latency"
"""Milliseconds from a message's timestamp to its success."""

SKIPPED = "Skipped"
"""1 for each message that the CRM's answer has skipped, 0 for each attempt; of types that call the CRM.

The sum is the skips, the count both.
"""

PAUSED = "Paused"
"""1 each minute for each service whose messages wait because its event source mapping is disabled; else no data."""


def metric_namespace(stage: str) -> str:
    """Return the namespace of a stage's own metrics: several stages may share an account and a region.

    Their only dimension is `service`: the type, or `QUEUE_PROCESSOR`.
    """
    return f"TalyAsync/{stage}"


def search_by_service(stage: str, metric: str, statistic: str) -> str:
    """Return the search for a metric of each service that has it, by the minute.

    A name with a slash is quoted (CloudWatch User Guide, "CloudWatch search expression syntax").
    """
    return f"""SEARCH('{{"{metric_namespace(stage)}",service}} MetricName="{metric}"', '{statistic}', 60)"""


def alarm_name(stage: str, subject: str, slug: str) -> str:
    """Return an alarm's name, such as `taly-async-prod/booking.created/dead-letters`.

    Args:
        stage: the stage.
        subject: a type, `QUEUE_PROCESSOR`, `SLACK_NOTIFIER`, `SYSTEM` or `ACCOUNT`.
        slug: the signal's slug.
    """
    return f"{resource_name(stage)}/{subject}/{slug}"


def alarm_parts(name: str) -> tuple[str, str] | None:
    """Split an alarm's name into subject and slug; None for an alarm of another system."""
    match name.split("/"):
        case [stage, subject, slug] if stage.startswith("taly-async-"):
            return subject, slug
    return None


def dashboard_name(stage: str) -> str:
    """Return the name of a stage's CloudWatch dashboard."""
    return resource_name(stage)


class Output:
    """Keys of the stacks' outputs: what people copy. Everything else is found by its name."""

    # Messaging
    INGRESS_QUEUE_URL = "IngressQueueUrl"
    EVENT_BUS_NAME = "EventBusName"

    # Processing
    CRM_TOKEN_SECRET_ARN = "CrmTokenSecretArn"  # noqa: S105 a key, not a secret

    # Monitoring
    ALERTS_TOPIC_ARN = "AlertsTopicArn"
    """The topic of all alarms; subscribe a pager here."""

    DASHBOARD_URL = "DashboardUrl"
    SLACK = "Slack"
    """A sentence: whether cards are posted to Slack, and where to store the webhook's URL."""

    SLACK_WEBHOOK_SECRET_ARN = "SlackWebhookSecretArn"  # noqa: S105 a key, not a secret
