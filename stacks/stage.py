"""Stage settings: `defaults` and `stages` in cdk.json, and `-c setting=value`, which overrides one."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from schemas.event_type import Thresholds
from schemas.identity import REMEMBERED_DAYS
from schemas.problems import from_validation
from stacks.errors import CannotSynthesizeError
from stacks.settings.context import StageContext
from stacks.settings.mail_sender import mail_sender
from stacks.settings.texts import OriginationNumber, QuietHours, SmsSenderId
from stacks.settings.types import (
    A_NUMBER,
    COMMA_SEPARATED,
    UNSET_BY_NULL,
    AccountId,
    AddressOfPeople,
    HostName,
    HttpUrl,
    PageUrl,
    PolicyName,
    Producer,
    Rate,
    Region,
    SenderId,
    SlackChannel,
    Tags,
    Wait,
    unique,
)


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

    name: str
    account: Annotated[AccountId | None, UNSET_BY_NULL] = None
    """The AWS account to deploy to; None: the account of the credentials, which a stage with `retain` refuses."""

    region: Annotated[Region | None, UNSET_BY_NULL] = None
    """The AWS region to deploy to; None: the region of the credentials."""

    tags: Tags = Field(default={})
    """Tags of every resource, beside those that a stage sets itself; by `-c`: `team=booking,cost-centre=42`."""

    permissions_boundary: Annotated[PolicyName | None, UNSET_BY_NULL] = None
    """The managed policy that bounds what each role of the stage may do; None: no boundary."""

    emulated: bool = False
    """Whether the stage runs on the embedded emulator: without unsupported resources, and with layers for the host."""

    retain: bool
    """Whether queues, logs, archive and secrets outlive a deleted stack, and stacks have termination protection."""

    log_retention_days: Annotated[Literal[1, 3, 7, 14, 30, 60, 90, 180, 365], A_NUMBER]
    """Days; only values that CloudWatch Logs supports."""

    archive_retention_days: Annotated[int, Field(ge=1, le=REMEMBERED_DAYS), A_NUMBER]
    """Days that events stay in the archive for replay."""

    crm_base_url: HttpUrl
    mail_sender: Annotated[str, AfterValidator(mail_sender)]
    """The From header, such as `Taly <no-reply@mail.taly.dev>`; its domain is the SES identity to send by.

    A display name may have any letters: they are encoded as SES takes them.
    """

    link_hosts: Annotated[tuple[HostName, ...], Field(min_length=1), COMMA_SEPARATED]
    """Hosts that links in mails may have, each with its subdomains. An email with a link to another host is refused."""

    mail_rate: Rate
    """Emails a second that SES takes from the account: `SendQuota.MaxSendRate` of `aws sesv2 get-account`.

    SES sets it by account: often 14 outside the sandbox, and 1 in it (SES, "Managing your sending quotas").
    """

    text_rate: Rate
    """Texts a second that SNS takes from the account: 20, unless AWS raised it (SNS quotas: delivery rate of SMS)."""

    sms_sender_id: Annotated[SmsSenderId | None, UNSET_BY_NULL] = None
    """The sender that phones show for a text, where the recipient's country allows one; None: a number."""

    sms_origination_number: Annotated[OriginationNumber | None, UNSET_BY_NULL] = None
    """The number of the account that texts are sent from; None: AWS chooses one by the recipient's country."""

    quiet_hours: Annotated[QuietHours | None, UNSET_BY_NULL] = "21:00-08:00"
    """Hours in which no text is sent, by the recipient's clock; None: texts are sent at any time."""

    text_budget: Annotated[float, Field(ge=1, le=1_000_000), A_NUMBER] = 1
    """Dollars a month that the account may spend on texts: `MonthlySpendLimit` of `aws sns get-sms-attributes`.

    AWS gives $1, and beyond it SNS sends nothing (SNS, "Requesting increases to your monthly SMS spending quota").
    """

    crm_rate: Rate
    """Requests a second that the CRM takes from each function; it says "too fast" by 429 with `Retry-After`."""

    reminder_leads: Annotated[tuple[Wait, ...], COMMA_SEPARATED, AfterValidator(unique)]
    """How long before an appointment the customer is reminded. By `-c`, lists are separated by commas."""

    dunning: Annotated[tuple[Wait, ...], COMMA_SEPARATED]
    """How long to wait after the first declined attempt of a payment, after the second and so on, before a retry."""

    alert_email: AddressOfPeople
    """The address that alarms are emailed to; AWS first asks it to confirm the subscription."""

    slack_channel: SlackChannel
    """The channel of the Slack incoming webhook; used in texts only."""

    runbook_url: PageUrl
    """Where operators read `docs/runbook.md`; alarms and Slack cards link to its sections."""

    alarm_oldest: Annotated[int, Field(ge=60), A_NUMBER]
    """Alarm threshold: age of the oldest message in a queue, in seconds. Types may override this and the next three."""

    alarm_depth: Annotated[int, Field(ge=1), A_NUMBER]
    """Alarm threshold: visible messages in a queue."""

    alarm_failing: Annotated[float, Field(gt=0, le=1), A_NUMBER]
    """Alarm threshold: share of a function's attempts that fail within five minutes."""

    alarm_minimum_attempts: Annotated[int, Field(ge=1), A_NUMBER] = 20
    """Attempts in five minutes below which `alarm_failing` is ignored."""

    producers: Annotated[tuple[Producer, ...], COMMA_SEPARATED] = ()
    """Producers that may send to the ingress queue and put events on the bus.

    The stage's account needs no entry: its IAM policies grant access.
    """

    trusted_senders: Annotated[tuple[SenderId, ...], COMMA_SEPARATED] = ()
    """Senders to the ingress queue that are believed as the stage's own roles are: their histories and heartbeats.

    For the emulator, which names the account for every sender. An account's id stands for its root user alone.
    """

    timeout_cap: Annotated[Annotated[int, Field(ge=1, le=900), A_NUMBER] | None, UNSET_BY_NULL] = None
    """Maximum timeout of functions, in seconds: a message is retried six timeouts after a crash. None: no maximum."""

    concurrency: Annotated[Annotated[int, Field(ge=1), A_NUMBER] | None, UNSET_BY_NULL] = None
    """Concurrent invocations of the account that the stage may take: its functions share them. None: no limit.

    A new account has 10, others 1,000 (Lambda quotas: concurrent executions). Stages of one account share that.
    """

    concurrency_cap: Annotated[Annotated[int, Field(ge=2, le=1000), A_NUMBER] | None, UNSET_BY_NULL] = None
    """Maximum concurrency of one function: on the emulator each invocation is a process. None: no maximum."""

    backoff_cap: Annotated[Annotated[int, Field(ge=1, le=900), A_NUMBER] | None, UNSET_BY_NULL] = None
    """Maximum backoff before the next attempt, in seconds. None: no maximum."""

    @field_validator("log_retention_days", mode="before")
    @classmethod
    def _parse_number(cls, value: object) -> object:
        """Convert text to a number: `-c` gives text, which a Literal of numbers refuses."""
        return int(value) if isinstance(value, str) and value.isdecimal() else value

    @field_validator("crm_base_url")
    @classmethod
    def _is_encrypted(cls, url: str, info: ValidationInfo) -> str:
        if not info.data.get("emulated") and not url.startswith("https:"):
            raise ValueError("must be https: the CRM's token goes there")
        return url

    @property
    def mail_address(self) -> str:
        """The sender's address: that of the From header."""
        return parseaddr(self.mail_sender)[1]

    def timeout(self, seconds: int) -> int:
        """Limit a function's timeout to `timeout_cap`; both in seconds."""
        return seconds if self.timeout_cap is None else min(seconds, self.timeout_cap)

    def capped_concurrency(self, maximum: int) -> int:
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
        given = StageContext.read(context)
        given.refuse_unknown([setting for setting in cls.model_fields if setting != "name"])
        try:
            return cls.model_validate({**given.settings, "name": given.name})
        except ValidationError as error:
            problems = "; ".join(given.sentences(from_validation(error)))
            raise CannotSynthesizeError(f"stage {given.name} is set wrongly: {problems}") from None
