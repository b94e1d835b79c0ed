"""Stage settings, read from `stages` in cdk.json; `-c setting=value` overrides one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from schemas.event_type import Thresholds
from schemas.identity import REMEMBERED_DAYS
from schemas.message import Source
from schemas.names import INGRESS_SOURCE, SOURCE, STAGES
from schemas.problems import from_validation
from stacks.errors import CannotSynthesizeError
from stacks.mail_sender import mail_sender


def _not_reserved(source: str) -> str:
    if source in (SOURCE, INGRESS_SOURCE):
        raise ValueError(f"must not be {source}: that is what the system itself says")
    return source


class Producer(BaseModel):
    """A producer that the stage names as `source=principal`: taly.backend=arn:aws:iam::111122223333:role/backend."""

    model_config = ConfigDict(frozen=True)

    source: Annotated[Source, AfterValidator(_not_reserved)]
    """The only source that the producer's events may have."""

    principal: Annotated[
        str,
        StringConstraints(
            pattern="^([0-9]{12}|arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/[A-Za-z0-9+=,.@_/-]+|o-[a-z0-9]{10,32})$"
        ),
    ]
    """An AWS account's id, the ARN of a role or user, or an organisation's id (Organizations API, `Organization`)."""

    @property
    def is_organisation(self) -> bool:
        """Whether the principal is an AWS organisation, which stands for all its accounts."""
        return self.principal.startswith("o-")

    @model_validator(mode="before")
    @classmethod
    def _parsed(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        source, separator, principal = value.partition("=")
        if not separator:
            raise ValueError("must be source=principal, such as taly.backend=111122223333")
        return {"source": source, "principal": principal}


def _split_at_commas(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _parse_null(value: object) -> object:
    return None if value in ("", "null") else value


def _whole_minutes(wait: timedelta) -> timedelta:
    """Require whole minutes, the precision of EventBridge Scheduler."""
    if wait % timedelta(minutes=1):
        raise ValueError("must be whole minutes, such as PT90M")
    return wait


def _unique(waits: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    if len(set(waits)) < len(waits):
        raise ValueError("must not have the same one twice")
    return waits


AccountId = Annotated[str, StringConstraints(pattern="^[0-9]{12}$")]

SenderId = Annotated[str, StringConstraints(pattern="^([0-9]{12}|A(ROA|IDA)[A-Z0-9]{12,124})$")]
"""The id by which SQS names a sender: a role's or user's unique id (IAM User Guide, "Unique identifiers"), or an
account's."""

Rate = Annotated[float, Field(gt=0, le=10_000)]
"""Calls a second that another system takes."""

Wait = Annotated[timedelta, Field(ge=timedelta(minutes=2)), AfterValidator(_whole_minutes)]
"""An ISO 8601 duration, such as PT24H or P1D. Follow-ups due within a minute are published without a schedule."""


@dataclass(frozen=True, kw_only=True)
class AlarmThresholds:
    """The thresholds of a type's alarms: from the type where it sets them, else from the stage."""

    oldest: int
    """Age of the oldest message, in seconds."""

    depth: int
    """Visible messages."""

    failing: float
    """Share of failed attempts, 0 to 1."""

    minimum_attempts: int
    """Attempts in five minutes below which the share is ignored."""


class Stage(BaseModel):
    """The settings of one stage."""

    model_config = ConfigDict(frozen=True)

    name: Literal["local", "dev", "staging", "prod"]
    account: AccountId | None = None
    """The AWS account to deploy to; None: the account of the credentials."""

    region: str | None = None
    emulated: bool = False
    """Whether the stage runs on the embedded emulator: without unsupported resources, and with layers for the host."""

    retain: bool
    """Whether queues, logs, archive and secrets outlive a deleted stack, and stacks have termination protection."""

    log_retention_days: Literal[1, 3, 7, 14, 30, 60, 90, 180, 365]
    """Days; only values that CloudWatch Logs supports."""

    archive_retention_days: int = Field(ge=1, le=REMEMBERED_DAYS)
    """Days that events stay in the archive for replay."""

    crm_base_url: Annotated[str, StringConstraints(pattern="^https?://[^/]")]
    mail_sender: Annotated[str, AfterValidator(mail_sender)]
    """The From header, such as `Taly <no-reply@mail.taly.dev>`; its domain is the SES identity to send by.

    A display name may have any letters: they are encoded as SES takes them.
    """

    mail_rate: Rate
    """Emails a second that SES takes from the account: `SendQuota.MaxSendRate` of `aws sesv2 get-account`.

    SES sets it by account: often 14 outside the sandbox, and 1 in it (SES, "Managing your sending quotas").
    """

    text_rate: Rate
    """Texts a second that SNS takes from the account: 20, unless AWS raised it (SNS quotas: delivery rate of SMS)."""

    text_budget: Annotated[float, Field(gt=0, le=1_000_000)] = 1
    """Dollars a month that the account may spend on texts: `MonthlySpendLimit` of `aws sns get-sms-attributes`.

    AWS gives $1, and beyond it SNS sends nothing (SNS, "Requesting increases to your monthly SMS spending quota").
    """

    crm_rate: Rate
    """Requests a second that the CRM takes from each function; it says "too fast" by 429 with `Retry-After`."""

    reminder_leads: Annotated[tuple[Wait, ...], BeforeValidator(_split_at_commas), AfterValidator(_unique)]
    """How long before an appointment the customer is reminded. By `-c`, lists are separated by commas."""

    dunning: Annotated[tuple[Wait, ...], BeforeValidator(_split_at_commas)]
    """How long to wait after the first declined attempt of a payment, after the second and so on, before a retry."""

    alert_email: Annotated[str, StringConstraints(pattern="^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$")]
    """The address that alarms are emailed to; AWS first asks it to confirm the subscription."""

    slack_channel: Annotated[str, StringConstraints(pattern="^#[^\\s#]+$")]
    """The channel of the Slack incoming webhook; used in texts only."""

    runbook_url: Annotated[str, StringConstraints(pattern="^https://[^\\s#]+$")]
    """Where operators read `docs/runbook.md`; alarms and Slack cards link to its sections."""

    alarm_oldest: Annotated[int, Field(ge=60)]
    """Alarm threshold: age of the oldest message in a queue, in seconds. Types may override this and the next three."""

    alarm_depth: Annotated[int, Field(ge=1)]
    """Alarm threshold: visible messages in a queue."""

    alarm_failing: Annotated[float, Field(gt=0, le=1)]
    """Alarm threshold: share of a function's attempts that fail within five minutes."""

    alarm_minimum_attempts: Annotated[int, Field(ge=1)] = 20
    """Attempts in five minutes below which `alarm_failing` is ignored."""

    producers: Annotated[tuple[Producer, ...], BeforeValidator(_split_at_commas)] = ()
    """Producers that may send to the ingress queue and put events on the bus.

    The stage's account needs no entry: its IAM policies grant access.
    """

    trusted_senders: Annotated[tuple[SenderId, ...], BeforeValidator(_split_at_commas)] = ()
    """Senders to the ingress queue that are believed as the stage's own roles are: their histories and heartbeats.

    For the emulator, which names the account for every sender. An account's id stands for its root user alone.
    """

    timeout_cap: Annotated[Annotated[int, Field(ge=1, le=900)] | None, BeforeValidator(_parse_null)] = None
    """Maximum timeout of functions, in seconds: a message is retried six timeouts after a crash. None: no maximum."""

    concurrency_cap: Annotated[Annotated[int, Field(ge=2, le=1000)] | None, BeforeValidator(_parse_null)] = None
    """Maximum concurrency of one function: on the emulator each invocation is a process. None: no maximum."""

    backoff_cap: Annotated[Annotated[int, Field(ge=1, le=900)] | None, BeforeValidator(_parse_null)] = None
    """Maximum backoff before the next attempt, in seconds. None: no maximum."""

    @field_validator("log_retention_days", mode="before")
    @classmethod
    def _parse_number(cls, value: object) -> object:
        """Convert text to a number: `-c` gives text, which a Literal of numbers refuses."""
        return int(value) if isinstance(value, str) and value.isdecimal() else value

    @model_validator(mode="after")
    def _crm_url_is_encrypted(self) -> "Stage":
        if not self.emulated and not self.crm_base_url.startswith("https:"):
            raise ValueError("crm_base_url must be https: the CRM's token goes there")
        return self

    @property
    def mail_address(self) -> str:
        """The sender's address: that of the From header."""
        return parseaddr(self.mail_sender)[1]

    def timeout(self, seconds: int) -> int:
        """Limit a function's timeout to `timeout_cap`; both in seconds."""
        return seconds if self.timeout_cap is None else min(seconds, self.timeout_cap)

    def concurrency(self, maximum: int) -> int:
        """Limit a function's maximum concurrency to `concurrency_cap`."""
        return maximum if self.concurrency_cap is None else min(maximum, self.concurrency_cap)

    def thresholds(self, own: Thresholds) -> AlarmThresholds:
        """Complete a type's own alarm thresholds with those of the stage."""
        return AlarmThresholds(
            oldest=self.alarm_oldest if own.oldest is None else own.oldest,
            depth=self.alarm_depth if own.depth is None else own.depth,
            failing=self.alarm_failing if own.failing is None else own.failing,
            minimum_attempts=self.alarm_minimum_attempts if own.minimum_attempts is None else own.minimum_attempts,
        )

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> "Stage":
        """Read the stage that `-c stage=` names, with the overrides given by `-c`.

        Args:
            context: all context values of the app, from cdk.json and `-c`.

        Raises:
            CannotSynthesizeError: the stage is missing or unknown, or a setting is unknown, missing or invalid.
        """
        name = context.get("stage")
        if name not in STAGES:
            found = f"there is no stage {name!r}" if name else "no stage is named"
            raise CannotSynthesizeError(f"{found}: give one of {', '.join(STAGES)}, such as -c stage=dev")
        overrides = {key: value for key, value in context.items() if _is_setting(key)}
        settings = {**context.get("stages", {}).get(name, {}), **overrides, "name": name}
        unknown = sorted(settings.keys() - cls.model_fields.keys())
        if unknown:
            raise CannotSynthesizeError(
                f"there is no setting {unknown[0]!r}: a stage has {', '.join(list(cls.model_fields)[1:])}"
            )
        try:
            return cls.model_validate(settings)
        except ValidationError as error:
            problems = "; ".join(problem.sentence(reveal=True) for problem in from_validation(error))
            raise CannotSynthesizeError(
                f"stage {name} is set wrongly, in cdk.json under stages or by -c setting=value: {problems}"
            ) from None


def _is_setting(key: str) -> bool:
    """Tell settings from the CDK's keys (`aws:cdk:…`, `@aws-cdk/…`, `vpc-provider:…`), which are no identifiers."""
    return key.isidentifier() and key not in {"stage", "stages"}
