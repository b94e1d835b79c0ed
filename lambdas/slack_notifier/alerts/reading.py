"""What lies in the alerts queue: alerts of dead letters, CloudWatch's alarms, and what is neither."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from schemas.decoding import decode
from schemas.event_type import by_name
from schemas.message import Message
from schemas.problems import Refusal, from_validation, sentence
from schemas.system import SYSTEM_DEAD_LETTERED, DeadLettered

_CATALOGUE = by_name([SYSTEM_DEAD_LETTERED])

_LONGEST_WHY = 300
"""Characters: a mebibyte can have many faults."""


def _instant(at: datetime) -> datetime:
    """In UTC where nothing else is said, and of a year that every time zone can show."""
    if not 1970 <= at.year < 3000:  # noqa: PLR2004 as our own timestamps
        raise ValueError("must be between 1970 and 2999")
    return at if at.tzinfo else at.replace(tzinfo=UTC)


class _OfCloudWatch(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class _Dimension(_OfCloudWatch):
    name: str = Field(validation_alias=AliasChoices("name", "Name"))
    value: str = Field(validation_alias=AliasChoices("value", "Value"))


class _Trigger(_OfCloudWatch):
    dimensions: tuple[_Dimension, ...] | None = Field(None, validation_alias="Dimensions")


class AlarmNotice(_OfCloudWatch):
    """What CloudWatch says of an alarm that changed its state (CloudWatch User Guide, "Notify users on alarm changes").

    SNS delivers it raw, as it is.
    """

    name: str = Field(min_length=1, validation_alias="AlarmName")
    description: str | None = Field(None, validation_alias="AlarmDescription")
    state: str = Field(min_length=1, validation_alias="NewStateValue")
    """`ALARM`, `OK` or `INSUFFICIENT_DATA`."""

    old_state: str = Field("", validation_alias="OldStateValue")
    reason: str = Field("", validation_alias="NewStateReason")
    changed_at: Annotated[datetime, AfterValidator(_instant)] = Field(validation_alias="StateChangeTime")
    arn: str = Field("", validation_alias="AlarmArn")
    account: str = Field("", validation_alias="AWSAccountId")
    trigger: _Trigger | None = Field(None, validation_alias="Trigger")
    """A composite alarm has none."""

    @property
    def queue_name(self) -> str:
        """The queue that its metric is of; empty where it is of none."""
        dimensions = (self.trigger and self.trigger.dimensions) or ()
        return next((each.value for each in dimensions if each.name == "QueueName"), "")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Neither."""

    why: str
    """In words, without any value of it."""


Alert = Message[DeadLettered] | AlarmNotice | Unreadable


def read(body: str) -> Alert:
    """Tell what a body is."""
    message: Any = decode(body, SYSTEM_DEAD_LETTERED, catalogue=lambda: _CATALOGUE)
    if not isinstance(message, Refusal):
        return message  # type: ignore[no-any-return]  # of the one type that there is
    if _is_a_message(body):  # whatever goes by the bus is no alarm, whoever says that it is
        return Unreadable(message.sentence()[:_LONGEST_WHY])
    try:
        return AlarmNotice.model_validate_json(body)
    except ValidationError as error:
        wrong = sentence(from_validation(error)) if '"AlarmName"' in body else message.sentence()
        return Unreadable(wrong[:_LONGEST_WHY])


def _is_a_message(body: str) -> bool:
    """Whether it has a type, as all on the bus has that the rule lets through, and no alarm of CloudWatch's."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(fields, dict) and "type" in fields
