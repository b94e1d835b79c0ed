"""The message: one contract on the ingress queue, the bus, every per-type queue, a retry and a dead letter."""

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, Field, create_model

from schemas.wire import EXPECTATIONS, Count, Impersonal, Payload, PositiveInteger, Timestamp, WireModel, matching

MAX_HOPS = 8
"""A message that is further than this from the first of its chain is taken for a loop."""

P = TypeVar("P", bound=Payload)


_OF_AWS = "^aws\\."
EXPECTATIONS[_OF_AWS] = "begin with aws., which EventBridge keeps for AWS"


def _not_of_aws(source: str) -> str:
    """EventBridge refuses entries whose source begins with `aws.` (PutEventsRequestEntry)."""
    if source.startswith("aws."):
        raise ValueError(f"must not {EXPECTATIONS[_OF_AWS]}")
    return source


ID_PATTERN = "^[A-Za-z0-9._:-]{1,128}$"
TYPE_PATTERN = "^[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)+$"

MessageId = Annotated[
    str,
    matching(
        ID_PATTERN,
        "1 to 128 characters of A-Z a-z 0-9 . _ : -; a UUID is advised",
        example="5f0c7a1e-6d52-4c0b-8a77-3c9d5b1e2f40",
    ),
    Impersonal("an id, logged everywhere: a producer must make none of a person's data"),
]
TypeName = Annotated[
    str,
    matching(
        TYPE_PATTERN,
        "a type's name, such as booking.created",
        example="booking.created",
        max_length=128,  # EventBridge: DetailType
    ),
    Impersonal("a type of the catalogue"),
]
Source = Annotated[
    str,
    matching(
        "^[A-Za-z0-9][A-Za-z0-9._-]*$",
        "a source, such as taly.backend",
        example="taly.backend",
        max_length=256,  # EventBridge: Source
    ),
    AfterValidator(_not_of_aws),
    Field(json_schema_extra={"not": {"pattern": _OF_AWS}}),
    Impersonal("a service's name"),
]


class EnvelopeFields(WireModel):
    """What is said around every payload. The first three and `payload` are the whole contract a producer needs."""

    type: TypeName
    """What happened, or what is to be done."""

    timestamp: Timestamp
    """When it happened. A message that is sent again keeps it: the derived id is made of it."""

    attempts: PositiveInteger
    """Which attempt this delivery is; a service that tried once itself sends 2."""

    id: MessageId = ""
    """For deduplication. Where the producer gives none, it is derived of type, payload and timestamp."""

    version: PositiveInteger = 1
    """Version of the payload's contract."""

    source: Source = "unknown"
    """Who published it."""

    correlation_id: MessageId = ""
    """The id of the first message of the chain; reading the message fills it in."""

    causation_id: MessageId | None = Field(default=None)
    """The id of the message that caused this one; none for the first of a chain."""

    hops: Count = 0
    """How far it is from the first message of its chain. Who starts a chain leaves it out."""


class Message(EnvelopeFields, Generic[P]):
    """A valid message with a typed payload, `id` and `correlation_id` filled in."""

    payload: P

    if not TYPE_CHECKING:

        def __class_getitem__(cls, payload: type[Payload]) -> type["AnyMessage"]:
            """The model of a message with that payload; pydantic's own would build one of any payload first."""
            return cls if payload is Any else _message_of(payload)

    @property
    def company_id(self) -> str:
        """The tenant."""
        return self.payload.company_id


@cache
def _message_of(payload: type[Payload]) -> type["AnyMessage"]:
    """One model a payload, whoever asks for it."""
    return create_model(f"Message[{payload.__name__}]", __base__=Message, payload=(payload, ...))


AnyMessage = Message[Any]
