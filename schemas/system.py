"""What the system says of itself."""

from typing import Annotated

from pydantic import Field

from schemas.event_type import EventType, Kind, Thresholds
from schemas.message import MessageId
from schemas.reasons import Reason
from schemas.wire import Count, Impersonal, Payload, PositiveInteger, Uuid, matching

NOBODY = "00000000-0000-0000-0000-000000000000"
"""The tenant of what is no tenant's: the nil UUID (RFC 9562, section 5.9)."""


class Heartbeat(Payload):
    """Goes the whole way each minute and leads to nothing; its absence is an alarm."""

    drill: bool = False
    """Whether it is to fail on purpose, to see that people are told."""


SYSTEM_HEARTBEAT = EventType(
    "system.heartbeat",
    Heartbeat,
    Kind.REACTION,
    sent_by="EventBridge Scheduler, each minute",
    thresholds=Thresholds(floor=5),  # it has five attempts in five minutes where all is well
)

DRILL = "DrillError"
"""The error of what fails on purpose: who reads of it need do nothing."""

_OURS = Impersonal("a name of our own system")

_Said = Annotated[
    str,
    Field(max_length=1_000, examples=["the CRM answered 422 to POST /internal/activity"]),
    Impersonal("redacted before it is said"),
]


class DeadLettered(Payload):
    """Messages were given up: those of one batch that died of one cause. No value of their payloads is in it."""

    service: Annotated[str, Field(min_length=1, max_length=128, examples=["activity.record"]), _OURS]
    """Whose function gave them up: the type that it is for, or `queue_processor`."""

    subject: Annotated[str, Field(min_length=1, max_length=128, examples=["activity.record"]), _OURS]
    """The type that they name; where they name none, the service."""

    reason: Annotated[Reason, Field(examples=["permanent"])]
    fingerprint: Annotated[
        str,
        matching("^[0-9a-f]{12}$", "12 hexadecimal digits in lower case", example="c83d68dfbef7"),
        Impersonal("a hash of type, reason, error and code"),
    ]
    """The same for all that died of the same cause."""

    error: Annotated[str, Field(max_length=200, examples=["PermanentError"]), _OURS]
    """The exception's class, or what stands for it."""

    detail: _Said
    """What went wrong with the first of them, in words, redacted."""

    frame: Annotated[
        str, Field(max_length=500, examples=["lambdas.common.clients.http_responses:raise_for_status"]), _OURS
    ]
    """The innermost of our own code, as `module:function`; empty where no exception was raised."""

    attempts: Count
    """Which attempt the last of them was: as often as it was tried, where it could be."""

    count: PositiveInteger
    ids: Annotated[tuple[MessageId, ...], Field(max_length=10)]
    """Of those that have one."""

    companies: Annotated[tuple[Uuid, ...], Field(max_length=10)]
    """Their tenants, as far as they name any."""

    function: Annotated[
        str, Field(max_length=200, examples=["TalyAsync-Prod-Processing-ActivityRecordFunction"]), _OURS
    ]
    log_group: Annotated[str, Field(max_length=512, examples=["/aws/lambda/activity-record"]), _OURS]
    """Where the function logs."""

    dead_letter_queue_url: Annotated[
        str,
        Field(max_length=1_024, examples=["https://sqs.eu-central-1.amazonaws.com/123456789012/dead-letters"]),
        _OURS,
    ]
    """Where they lie."""


SYSTEM_DEAD_LETTERED = EventType(
    "system.dead_lettered", DeadLettered, Kind.ALERT, sent_by="the functions' shared layer alone"
)
