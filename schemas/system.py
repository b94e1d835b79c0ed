"""Messages of the system about itself: heartbeat and alerts."""

from typing import Annotated

from pydantic import Field

from schemas.event_type import EventType, Kind, Thresholds
from schemas.message import MAX_SOURCE, MessageId
from schemas.reasons import Reason, Remedy
from schemas.wire import (
    COUNTED_FIRST,
    Count,
    Impersonal,
    Payload,
    PositiveInteger,
    Timestamp,
    Uuid,
    WireModel,
    matching,
)

NO_TENANT = "00000000-0000-0000-0000-000000000000"
"""The `companyId` of messages without a tenant: the nil UUID (RFC 9562, section 5.9)."""


class Heartbeat(Payload):
    """A sign of life through the whole system. A schedule publishes it each minute; its absence raises an alarm."""

    drill: bool = False
    """Whether the heartbeat fails on purpose, to test that operators are notified."""


SYSTEM_HEARTBEAT = EventType(
    "system.heartbeat",
    Heartbeat,
    Kind.REACTION,
    sent_by="EventBridge Scheduler, each minute",
    max_concurrency=2,  # Lambda's least
    # A healthy heartbeat has five attempts in five minutes, and a drill's failure beside them is no alarm.
    thresholds=Thresholds(minimum_attempts=5, failing=0.5),
)

DRILL_ERROR = "DrillError"
"""The error class of a drill, which fails on purpose and needs no action."""

_SYSTEM_NAME = Impersonal("a name of this system")

_Detail = Annotated[
    str,
    Field(max_length=1_000, examples=["the CRM answered 422 to POST /internal/activity"]),
    Impersonal("redacted before it is published"),
]


class DeadLettered(Payload):
    """Messages of one batch were dead-lettered for the same cause. The alert contains no values of their payloads."""

    service: Annotated[str, Field(min_length=1, max_length=128, examples=["activity.record"]), _SYSTEM_NAME]
    """The function that dead-lettered them: its event type, or `queue_processor`."""

    subject: Annotated[str, Field(min_length=1, max_length=128, examples=["activity.record"]), _SYSTEM_NAME]
    """Event type of the messages; the service where they name none."""

    source: Annotated[
        str,
        Field(max_length=MAX_SOURCE, examples=["taly.backend"]),
        Impersonal("a service's name, of the form that the envelope's source must have"),
    ] = ""
    """The source that the messages claim, where it is their sender who must act; else empty."""

    reason: Annotated[Reason, Field(examples=["permanent"])]
    """Why the messages were dead-lettered."""

    fingerprint: Annotated[
        str,
        matching("^[0-9a-f]{12}$", "12 hexadecimal digits in lower case", example="c83d68dfbef7"),
        Impersonal("a hash of type, reason, error, code, source and the path of a field"),
    ]
    """Hash of the cause; dead letters with the same cause share it."""

    error: Annotated[str, Field(max_length=200, examples=["PermanentError"]), _SYSTEM_NAME]
    """Class of the exception; a name in its place where none was raised."""

    detail: _Detail
    """Error message of the first dead letter, redacted."""

    frame: Annotated[str, Field(max_length=500, examples=["lambdas.common.clients.crm:_write"]), _SYSTEM_NAME]
    """Innermost frame in this system's code, as `module:function`; empty where no exception was raised."""

    attempts: Count
    """Number of attempts at the message that had most of them."""

    count: PositiveInteger
    """Number of dead letters."""

    without_tenant_group: Count = 0
    """Number of dead letters whose SQS message group was not their tenant: fair queues did not protect others."""

    ids: Annotated[tuple[MessageId, ...], Field(max_length=10), COUNTED_FIRST]
    """Ids of the first ten dead letters that have one."""

    companies: Annotated[tuple[Uuid, ...], Field(max_length=10), COUNTED_FIRST]
    """Ids of the first ten tenants that the dead letters name."""

    function: Annotated[str, Field(max_length=200, examples=["taly-async-prod-activity-record"]), _SYSTEM_NAME]
    """Name of the function that dead-lettered them."""

    log_group: Annotated[
        str, Field(max_length=512, examples=["/aws/lambda/taly-async-prod-activity-record"]), _SYSTEM_NAME
    ]
    """Log group of the function."""

    function_version: Annotated[str, Field(max_length=64, examples=["5d41402a"]), _SYSTEM_NAME] = ""
    """Version of the function's code; empty where the function does not know it."""

    remedy: Annotated[Remedy | None, Field(examples=["redrive"])] = None
    """The action that helps, where the raiser of the error named it; else the reason decides."""

    dead_letter_queue_url: Annotated[
        str,
        Field(
            max_length=1_024,
            examples=["https://sqs.eu-central-1.amazonaws.com/123456789012/taly-async-prod-activity-record-dlq"],
        ),
        _SYSTEM_NAME,
    ]
    """URL of the queue with the dead letters."""


SYSTEM_DEAD_LETTERED = EventType("system.dead_lettered", DeadLettered, Kind.ALERT, sent_by="this system only")


class ExpiringDeadLetters(WireModel):
    """The dead letters of one queue that SQS deletes soon."""

    service: Annotated[str, Field(min_length=1, max_length=128, examples=["activity.record"]), _SYSTEM_NAME]
    """The queue: an event type, `queue_processor`, or a holding queue."""

    count: PositiveInteger
    """Number of dead letters."""

    companies: Count
    """Number of tenants that they name."""

    since: Timestamp
    """When the oldest of them was dead-lettered."""


class DeadLettersExpiring(Payload):
    """SQS deletes dead letters within three days, because they are not renewed any more."""

    queues: Annotated[tuple[ExpiringDeadLetters, ...], Field(min_length=1, max_length=200), COUNTED_FIRST]
    """The queues with such dead letters."""

    deleted_from: Timestamp
    """When SQS deletes the first of them."""

    until: Timestamp
    """All of them were dead-lettered before this time."""


SYSTEM_DEAD_LETTERS_EXPIRING = EventType(
    "system.dead_letters_expiring", DeadLettersExpiring, Kind.ALERT, sent_by="this system only"
)
