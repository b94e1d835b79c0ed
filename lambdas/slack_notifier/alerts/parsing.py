"""Parse the messages of the alerts queue: alerts of dead letters, CloudWatch alarms, and anything else."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)

from lambdas.slack_notifier.alerts.excerpt import excerpt
from schemas.decoding import decode
from schemas.event_type import by_name
from schemas.message import Message
from schemas.problems import Refusal, from_validation, sentence
from schemas.system import SYSTEM_DEAD_LETTERED, SYSTEM_DEAD_LETTERS_EXPIRING, DeadLettered, DeadLettersExpiring

_CATALOGUE = by_name([SYSTEM_DEAD_LETTERED, SYSTEM_DEAD_LETTERS_EXPIRING])

_MAX_REASON = 300
"""Characters: a body of one mebibyte can have many faults."""


def _timestamp(at: datetime) -> datetime:
    """Read a time without an offset as UTC, and refuse years that some time zone cannot show."""
    if not 1970 <= at.year < 3000:  # noqa: PLR2004 the same years as in `schemas.wire.Timestamp`
        raise ValueError("must be between 1970 and 2999")
    return at if at.tzinfo else at.replace(tzinfo=UTC)


class _CloudWatchModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class _Dimension(_CloudWatchModel):
    name: str = Field(validation_alias=AliasChoices("name", "Name"))
    value: str = Field(validation_alias=AliasChoices("value", "Value"))


class _Trigger(_CloudWatchModel):
    dimensions: tuple[_Dimension, ...] | None = Field(None, validation_alias="Dimensions")


_Time = Annotated[datetime, AfterValidator(_timestamp)]


class AlarmNotice(_CloudWatchModel):
    """CloudWatch's notification of an alarm's state change (CloudWatch User Guide, "Notify users on alarm changes").

    SNS delivers it with raw message delivery, so without an SNS envelope.
    """

    name: str = Field(min_length=1, validation_alias="AlarmName")
    description: str | None = Field(None, validation_alias="AlarmDescription")
    state: str = Field(min_length=1, validation_alias="NewStateValue")
    """`ALARM`, `OK` or `INSUFFICIENT_DATA`."""

    old_state: str = Field("", validation_alias="OldStateValue")
    reason: str = Field("", validation_alias="NewStateReason")
    changed_at: _Time = Field(validation_alias="StateChangeTime")
    configured_at: _Time | None = Field(None, validation_alias="AlarmConfigurationUpdatedTimestamp")
    """When the alarm was created or last changed."""

    arn: str = Field("", validation_alias="AlarmArn")
    account: str = Field("", validation_alias="AWSAccountId")
    trigger: _Trigger | None = Field(None, validation_alias="Trigger")
    """None for a composite alarm."""

    @field_validator("description", "old_state", "reason", "configured_at", "arn", "account", "trigger", mode="wrap")
    @classmethod
    def _absent_if_invalid(cls, value: object, read: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
        """Read an optional field of an unknown form as absent: the alarm still gets its card."""
        try:
            return read(value)
        except ValidationError:
            return cls.model_fields[str(info.field_name)].default

    @property
    def queue_name(self) -> str:
        """The queue that the alarm's metric measures; empty if it measures no queue."""
        dimensions = (self.trigger and self.trigger.dimensions) or ()
        return next((each.value for each in dimensions if each.name == "QueueName"), "")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that is neither an alert nor an alarm."""

    reason: str
    """Why it could not be parsed, without any value of the message."""

    excerpt: str
    """The beginning of its text, redacted."""


Alert = Message[DeadLettered] | Message[DeadLettersExpiring] | AlarmNotice | Unreadable


def parse(body: str) -> Alert:
    """Parse the body of one message."""
    event_type = SYSTEM_DEAD_LETTERS_EXPIRING if _names_expiring(body) else SYSTEM_DEAD_LETTERED
    message: Any = decode(body, event_type, catalogue=lambda: _CATALOGUE)
    if not isinstance(message, Refusal):
        return message  # type: ignore[no-any-return]  # the catalogue holds these types alone
    if "type" in _fields(body):  # never an alarm: CloudWatch does not publish to the bus
        return _unreadable(message.sentence(), body)
    try:
        return AlarmNotice.model_validate_json(body)
    except ValidationError as error:
        reason = sentence(from_validation(error)) if '"AlarmName"' in body else message.sentence()
        return _unreadable(reason, body)


def _unreadable(reason: str, body: str) -> Unreadable:
    return Unreadable(reason[:_MAX_REASON], excerpt(body))


def _names_expiring(body: str) -> bool:
    """Whether the body is an alert about dead letters that end soon; few are, so the text is searched first."""
    name = SYSTEM_DEAD_LETTERS_EXPIRING.name
    return name in body and _fields(body).get("type") == name


def _fields(body: str) -> Mapping[str, Any]:
    """The fields of a body; all messages on the bus have a `type`, and no CloudWatch alarm has one."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}
