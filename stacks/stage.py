"""What differs between the stages, and nothing else: cdk.json's `stages`, where `-c setting=value` overrides one."""

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


def _not_ours(source: str) -> str:
    if source in (SOURCE, INGRESS_SOURCE):
        raise ValueError(f"must not be {source}: that is what the system itself says")
    return source


class Producer(BaseModel):
    """Somebody whom the stage names, as `source=principal`: taly.backend=arn:aws:iam::111122223333:role/backend."""

    model_config = ConfigDict(frozen=True)

    source: Annotated[Source, AfterValidator(_not_ours)]
    """What it puts on the bus must say that it comes from here."""

    principal: Annotated[
        str,
        StringConstraints(
            pattern="^([0-9]{12}|arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/[A-Za-z0-9+=,.@_/-]+|o-[a-z0-9]{10,32})$"
        ),
    ]
    """An AWS account's id, the ARN of a role or user, or an organisation's id (Organizations API, `Organization`)."""

    @property
    def is_organisation(self) -> bool:
        """Whether every account of an AWS organisation is meant."""
        return self.principal.startswith("o-")

    @model_validator(mode="before")
    @classmethod
    def _parsed(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        source, given, principal = value.partition("=")
        if not given:
            raise ValueError("must be source=principal, such as taly.backend=111122223333")
        return {"source": source, "principal": principal}


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _null(value: object) -> object:
    return None if value in ("", "null") else value


def _whole_minutes(wait: timedelta) -> timedelta:
    """EventBridge Scheduler is exact to the minute."""
    if wait % timedelta(minutes=1):
        raise ValueError("must be whole minutes, such as PT90M")
    return wait


def _each_once(waits: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    if len(set(waits)) < len(waits):
        raise ValueError("must not have the same one twice")
    return waits


AccountId = Annotated[str, StringConstraints(pattern="^[0-9]{12}$")]

Wait = Annotated[timedelta, Field(ge=timedelta(minutes=2)), AfterValidator(_whole_minutes)]
"""An ISO 8601 duration, such as PT24H or P1D. What is due within a minute is not scheduled but done at once."""


@dataclass(frozen=True, kw_only=True)
class AlarmThresholds:
    """From when on people are told of a type: its own thresholds, and for the rest its stage's."""

    oldest: int
    """Seconds."""

    depth: int
    failing: float
    floor: int


class Stage(BaseModel):
    """The settings of one stage."""

    model_config = ConfigDict(frozen=True)

    name: Literal["local", "dev", "staging", "prod"]
    account: AccountId | None = None
    """Where it is deployed; none: wherever the credentials lead."""

    region: str | None = None
    emulated: bool = False
    """On the embedded emulator: what it cannot create is left out, and the layers fit the host's Python."""

    retain: bool
    """Whether queues, logs, archive and secrets outlive their stack, and the stacks are protected."""

    log_retention_days: Literal[1, 3, 7, 14, 30, 60, 90, 180, 365]
    """Days, of those that CloudWatch Logs knows."""

    archive_retention_days: int = Field(ge=1, le=REMEMBERED_DAYS)
    """Days that the bus's archive can replay."""

    crm_base_url: Annotated[str, StringConstraints(pattern="^https?://[^/]")]
    mail_sender: str
    """The From header, such as `Taly <no-reply@mail.taly.dev>`; its domain is the SES identity that may be used."""

    reminder_leads: Annotated[tuple[Wait, ...], BeforeValidator(_split), AfterValidator(_each_once)]
    """How long before an appointment its customer is reminded. By `-c`: with commas between, as for all lists."""

    dunning: Annotated[tuple[Wait, ...], BeforeValidator(_split)]
    """How long after a payment's first declined attempt, its second and so on, it is tried again."""

    alert_email: Annotated[str, StringConstraints(pattern="^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$")]
    """Who is mailed all alarms; AWS asks this address first whether it wants them."""

    slack_channel: Annotated[str, StringConstraints(pattern="^#[^\\s#]+$")]
    """The channel that the incoming webhook was made for, in words for people."""

    runbook_url: Annotated[str, StringConstraints(pattern="^https://[^\\s#]+$")]
    """Where people read `docs/runbook.md`: alarms and cards link to its sections."""

    alarm_oldest: Annotated[int, Field(ge=60)]
    """Seconds that the oldest message of a queue may have waited, unless its type says otherwise. Likewise the next:"""

    alarm_depth: Annotated[int, Field(ge=1)]
    """Messages that may wait in a queue."""

    alarm_failing: Annotated[float, Field(gt=0, le=1)]
    """The share of a function's attempts that may fail within five minutes, once there are `alarm_floor` of them."""

    alarm_floor: Annotated[int, Field(ge=1)] = 20

    producers: Annotated[tuple[Producer, ...], BeforeValidator(_split)] = ()
    """Who may use the doors, each as its source, besides this account by its own IAM policies."""

    timeout_cap: Annotated[Annotated[int, Field(ge=1, le=900)] | None, BeforeValidator(_null)] = None
    """Seconds that no function may exceed: a crash is waited for six times as long. None: as the types say."""

    concurrency_cap: Annotated[Annotated[int, Field(ge=2, le=1000)] | None, BeforeValidator(_null)] = None
    """Invocations of one function at a time, at most: on the emulator each is a process of this machine's."""

    backoff_cap: Annotated[Annotated[int, Field(ge=1, le=900)] | None, BeforeValidator(_null)] = None
    """Seconds that no wait before the next attempt exceeds. None: as the types say."""

    @field_validator("log_retention_days", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        """A Literal of numbers takes no text, and `-c` gives nothing else."""
        return int(value) if isinstance(value, str) and value.isdecimal() else value

    @field_validator("mail_sender")
    @classmethod
    def _sender(cls, value: str) -> str:
        address = parseaddr(value)[1]
        if not all(address.partition("@")):
            raise ValueError("must be a From header, such as Taly <no-reply@mail.taly.dev>")
        return value

    @model_validator(mode="after")
    def _token_is_not_sent_in_the_clear(self) -> "Stage":
        if not self.emulated and not self.crm_base_url.startswith("https:"):
            raise ValueError("crm_base_url must be https: the CRM's token goes there")
        return self

    @property
    def mail_domain(self) -> str:
        """The SES identity that the sender belongs to."""
        return parseaddr(self.mail_sender)[1].partition("@")[2]

    def timeout(self, wanted: int) -> int:
        """Seconds that a function has that wants `wanted` seconds."""
        return wanted if self.timeout_cap is None else min(wanted, self.timeout_cap)

    def concurrency(self, wanted: int) -> int:
        """Invocations at a time that a function may have that wants `wanted`."""
        return wanted if self.concurrency_cap is None else min(wanted, self.concurrency_cap)

    def thresholds(self, wanted: Thresholds) -> AlarmThresholds:
        """From when on people are told of a type that wants these."""
        return AlarmThresholds(
            oldest=self.alarm_oldest if wanted.oldest is None else wanted.oldest,
            depth=self.alarm_depth if wanted.depth is None else wanted.depth,
            failing=self.alarm_failing if wanted.failing is None else wanted.failing,
            floor=self.alarm_floor if wanted.minimum_attempts is None else wanted.minimum_attempts,
        )

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> "Stage":
        """The stage that `-c stage=` names, with the overrides that stand beside it.

        Args:
            context: all of the app's context: cdk.json's, and what `-c` added.

        Raises:
            CannotSynthesizeError: no stage or a wrong one is named, or a setting is unknown, missing or wrong.
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
    """The CDK's own keys (`aws:cdk:…`, `@aws-cdk/…`, `vpc-provider:…`) have what no setting's name has."""
    return key.isidentifier() and key not in {"stage", "stages"}
