"""Names that both sides of a deployment must agree on: the stacks set them, people's tools look them up."""

STAGES = ("local", "dev", "staging", "prod")


def stack_name(stage: str, part: str) -> str:
    """A stack's name; parts are `Messaging`, `Processing`, `Monitoring`."""
    return f"TalyAsync-{stage.capitalize()}-{part}"


def ingress_queue_url_parameter(stage: str) -> str:
    """The SSM parameter where producers find the ingress queue."""
    return f"/taly/async/{stage}/ingress-queue-url"


def event_bus_name_parameter(stage: str) -> str:
    """The SSM parameter where producers find the event bus."""
    return f"/taly/async/{stage}/event-bus-name"


def schedule_group_name(stage: str) -> str:
    """The EventBridge Scheduler group of what a stage's functions schedule."""
    return f"taly-async-{stage}"


HISTORY_ATTRIBUTE = "history"
"""The SQS message attribute by which a copy on its own queue tells of its life."""

BIOGRAPHY_ATTRIBUTE = "biography"
REASON_ATTRIBUTE = "reason"
FINGERPRINT_ATTRIBUTE = "fingerprint"
"""Those of a dead letter; one that is redriven brings them along."""

SOURCE = "taly.queue-processor"
"""As whom the functions publish."""

INGRESS_SOURCE = f"{SOURCE}.ingress"
"""As what an event comes that was sent to the ingress queue, whatever its message says of its own source: SQS does not
tell who sent it.
"""

QUEUE_PROCESSOR = "queue_processor"
"""The ingress's function, in alarms' names, metrics and log lines; all others are named by their type."""

SLACK_NOTIFIER = "slack_notifier"
"""Who tells people, in alarms' names."""

SYSTEM = "system"
"""The subject of alarms that are about no type and no function."""

METRIC_NAMESPACE = "TalyAsync"
"""Where the functions' own metrics stand. Their one dimension is `service`: the type, or `QUEUE_PROCESSOR`."""

FAILURE = "Failure"
"""0 or 1 for each attempt: its average is the share that fails, its sum the failures, its count the attempts."""

LATENCY = "Latency"
"""Milliseconds from a message's timestamp to its success."""


def alarm_name(stage: str, subject: str, slug: str) -> str:
    """An alarm's name: `taly-async-prod/booking.created/dead-letters`.

    Args:
        stage: the stage.
        subject: a type, a function without one, or `SYSTEM`.
        slug: of the signal.
    """
    return f"taly-async-{stage}/{subject}/{slug}"


def alarm_parts(name: str) -> tuple[str, str] | None:
    """The subject and the signal's slug that `alarm_name` put together; None for an alarm of another system's."""
    parts = name.split("/")
    ours = len(parts) == 3 and parts[0].startswith("taly-async-")  # noqa: PLR2004 as above
    return (parts[1], parts[2]) if ours else None


def dashboard_name(stage: str) -> str:
    """The CloudWatch dashboard of a stage."""
    return f"taly-async-{stage}"


class MessagingOutput:
    """Keys of the Messaging stack's outputs."""

    INGRESS_QUEUE_URL = "IngressQueueUrl"
    INGRESS_DEAD_LETTER_QUEUE_URL = "IngressDeadLetterQueueUrl"
    EVENT_BUS_NAME = "EventBusName"
    UNROUTED_QUEUE_URL = "UnroutedQueueUrl"
    UNDELIVERABLE_QUEUE_URL = "UndeliverableQueueUrl"
    SCHEDULE_DEAD_LETTER_QUEUE_URL = "ScheduleDeadLetterQueueUrl"
    IDEMPOTENCY_TABLE_NAME = "IdempotencyTableName"

    @staticmethod
    def queue_url(construct_id: str) -> str:
        """The URL of a type's queue."""
        return f"{construct_id}QueueUrl"

    @staticmethod
    def dead_letter_queue_url(construct_id: str) -> str:
        """The URL of a type's dead-letter queue."""
        return f"{construct_id}DeadLetterQueueUrl"


class ProcessingOutput:
    """Keys of the Processing stack's outputs."""

    CRM_TOKEN_SECRET_ARN = "CrmTokenSecretArn"  # noqa: S105 a key, not a secret
    QUEUE_PROCESSOR_LOG_GROUP_NAME = "QueueProcessorLogGroupName"

    @staticmethod
    def log_group_name(construct_id: str) -> str:
        """The log group of a type's function."""
        return f"{construct_id}LogGroupName"


class MonitoringOutput:
    """Keys of the Monitoring stack's outputs."""

    ALERTS_QUEUE_URL = "AlertsQueueUrl"
    ALERTS_TOPIC_ARN = "AlertsTopicArn"
    """Where all alarms go, but those about the notifier: subscribe a pager here."""

    NOTIFIER_TOPIC_ARN = "NotifierTopicArn"
    DASHBOARD_URL = "DashboardUrl"
    SLACK = "Slack"
    """In words: whether anything is posted, and where the webhook's URL belongs."""

    SLACK_WEBHOOK_SECRET_ARN = "SlackWebhookSecretArn"  # noqa: S105 a key, not a secret
    SLACK_NOTIFIER_FUNCTION_NAME = "SlackNotifierFunctionName"
    SLACK_NOTIFIER_LOG_GROUP_NAME = "SlackNotifierLogGroupName"
    AUDIT_LOG_GROUP_NAME = "AuditLogGroupName"
    """Where it stands what people did to which message."""
