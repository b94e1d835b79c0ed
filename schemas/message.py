"""The message: one contract on the ingress queue, the bus, the type's queue and its dead-letter queue."""

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, Field, create_model

from schemas.wire import EXPECTATIONS, Count, Impersonal, Payload, PositiveInteger, Timestamp, WireModel, matching

MAX_HOPS = 8
"""Maximum distance from the first message of a chain; a message beyond it is refused as a loop."""

P = TypeVar("P", bound=Payload)

_AWS_SOURCE = "^aws\\."
EXPECTATIONS[_AWS_SOURCE] = "begin with aws., which EventBridge reserves for AWS"


def _refuse_aws_source(source: str) -> str:
    """EventBridge refuses entries whose source begins with `aws.` (PutEventsRequestEntry)."""
    if source.startswith("aws."):
        raise ValueError(f"must not {EXPECTATIONS[_AWS_SOURCE]}")
    return source


ID_PATTERN = "^[A-Za-z0-9._:-]{1,128}$"
TYPE_PATTERN = "^[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)+$"
MAX_TYPE = 128
"""Characters (EventBridge, PutEventsRequestEntry: DetailType)."""

UNKNOWN_SOURCE = "unknown"
"""The source of a message that names none."""

SOURCE_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]*$"
MAX_SOURCE = 256
"""Characters (EventBridge, PutEventsRequestEntry: Source)."""

MessageId = Annotated[
    str,
    matching(
        ID_PATTERN,
        "1 to 128 characters of A-Z a-z 0-9 . _ : -; a UUID is advised",
        example="5f0c7a1e-6d52-4c0b-8a77-3c9d5b1e2f40",
    ),
    Impersonal("an id, which is logged: a producer must not build it from personal data"),
]
TypeName = Annotated[
    str,
    matching(
        TYPE_PATTERN,
        "an event type's name, such as booking.created",
        example="booking.created",
        max_length=MAX_TYPE,
    ),
    Impersonal("an event type"),
]
Source = Annotated[
    str,
    matching(
        SOURCE_PATTERN,
        "a source, such as taly.backend",
        example="taly.backend",
        max_length=MAX_SOURCE,
    ),
    AfterValidator(_refuse_aws_source),
    Field(json_schema_extra={"not": {"pattern": _AWS_SOURCE}}),
    Impersonal("a service's name"),
]


class EnvelopeFields(WireModel):
    """The fields around every payload. A producer needs only `type`, `timestamp`, `attempts` and `payload`."""

    type: TypeName
    """The event type: what happened, or what to do."""

    timestamp: Timestamp
    """When it happened. Keep it when you send the message again: the derived id depends on it."""

    attempts: PositiveInteger
    """Number of this attempt, from 1. A service that has already tried a job once sends 2."""

    id: MessageId = ""
    """Id for deduplication. Without one, it is derived from type, payload and timestamp."""

    version: PositiveInteger = 1
    """Version of the payload's contract."""

    source: Source = UNKNOWN_SOURCE
    """The service that published the message."""

    correlation_id: MessageId = ""
    """Id of the first message in the chain. The first message may leave it out: its `id` is used."""

    causation_id: MessageId | None = Field(default=None)
    """Id of the message that caused this one; null or absent in the first message of a chain."""

    hops: Count = 0
    """Distance from the first message of the chain. The first message leaves it out."""


class Message(EnvelopeFields, Generic[P]):
    """A valid message with a typed payload; `id` and `correlation_id` are filled in."""

    payload: P

    if not TYPE_CHECKING:

        def __class_getitem__(cls, payload: type[Payload]) -> type["AnyMessage"]:
            """Return the message model for a payload; pydantic's generic would first build one for any payload."""
            return cls if payload is Any else _message_of(payload)

    @property
    def company_id(self) -> str:
        """The tenant's id."""
        return self.payload.company_id

    @property
    def idempotency_key(self) -> str:
        """What a service that a job calls recognises the job's repeats by: a producer's id alone is not unique.

        It has at most 255 characters, the limit of Stripe's `Idempotency-Key` (Stripe API, "Idempotent requests").
        """
        return f"{self.type}/{self.company_id}/{self.id}"


@cache
def _message_of(payload: type[Payload]) -> type["AnyMessage"]:
    """Build each payload's message model once."""
    return create_model(f"Message[{payload.__name__}]", __base__=Message, payload=(payload, ...))


AnyMessage = Message[Any]
