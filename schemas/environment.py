"""Environment variables of the functions: the contract between the stacks and the functions."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple, Self


class FunctionEnvironment(NamedTuple):
    """A function's environment variables: addresses and stage settings, no secrets and nothing from the catalogue.

    A variable that the function does not need stays empty.
    """

    queue_url: str
    """The function's queue; retries and deferrals are sent to it."""

    dead_letter_queue_url: str
    event_bus_name: str
    """The bus for follow-ups and for alerts about dead letters."""

    stage: str = ""
    """The stage's name, which is in the namespace of the function's metrics."""

    code_version: str = ""
    """Version of the function's code, for log lines and failure history: 8 hexadecimal digits of the code's hash."""

    crm_base_url: str = ""
    crm_token_secret_arn: str = ""
    mail_sender: str = ""
    """The From header, such as `Taly <no-reply@mail.taly.dev>`."""

    mail_configuration_set: str = ""
    """The configuration set of SES by which mails are sent: SES reports what became of them."""

    link_hosts: str = ""
    """Hosts that links in mails may have, separated by commas; empty: any. A host includes its subdomains."""

    suppression_key_secret_arn: str = ""
    """The secret with the key under which addresses are hashed in the suppression list."""

    sms_sender_id: str = ""
    """The sender that phones show for a text, where a country allows one."""

    sms_origination_number: str = ""
    """The phone number or pool that texts are sent from; empty: AWS chooses."""

    quiet_hours: str = ""
    """When no text is sent, by the recipient's clock, as in `21:00-08:00`; empty: texts are sent at any time."""

    idempotency_table_name: str = ""
    """The table of finished jobs, and of the begins of messages that came back."""

    history_senders: str = ""
    """Unique ids of the senders whose attribute `history` is believed, separated by commas; empty: of any sender."""

    heartbeat_senders: str = ""
    """Unique ids of the senders whose heartbeats are believed, separated by commas; empty: of any sender."""

    schedule_group_name: str = ""
    """The EventBridge Scheduler group of the function's schedules; the next three fields describe the target."""

    schedule_target_arn: str = ""
    """ARN of the ingress queue."""

    schedule_role_arn: str = ""
    """The role with which EventBridge Scheduler sends."""

    schedule_dead_letter_arn: str = ""
    """The dead-letter queue of EventBridge Scheduler."""

    reminder_leads: str = ""
    """Times between reminder and appointment, in the format of `durations`."""

    dunning: str = ""
    """Waits after each declined payment attempt, in the format of `durations`."""

    webhooks_allow_private_addresses: str = ""
    """`1` where the receiver is a stand-in on this machine: allows http and loopback addresses."""

    rate: str = ""
    """Calls a second that the stage declares for the CRM, SES or SNS, whichever the function calls; empty: none."""

    pace: str = ""
    """The share of one process in this rate, in calls a second."""

    message_groups: str = ""
    """`1` where each message must have its tenant as SQS message group; empty on the emulator, which drops it."""

    backoff_cap: str = ""
    """Upper limit in seconds for every retry delay; set in stage `local` only."""

    def to_variables(self) -> dict[str, str]:
        """Return the variables for Lambda."""
        return variables_of(self._asdict())

    @classmethod
    def from_variables(cls, variables: Mapping[str, str]) -> Self:
        """Read the variables of a function.

        Raises:
            TypeError: a required variable is missing; the message names it.
        """
        return cls(**fields_in(variables, cls._fields))


def variables_of(fields: Mapping[str, str]) -> dict[str, str]:
    """Return fields as environment variables: upper case, empty ones left out."""
    return {name.upper(): value for name, value in fields.items() if value}


def fields_in(variables: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Read fields that `variables_of` wrote; absent ones are left out."""
    return {name: variables[name.upper()] for name in names if name.upper() in variables}


def seconds(intervals: Iterable[timedelta]) -> str:
    """Write durations as one variable: whole seconds, separated by commas."""
    return ",".join(str(round(each.total_seconds())) for each in intervals)


def durations(variable: str) -> tuple[timedelta, ...]:
    """Read durations that `seconds` wrote."""
    return tuple(timedelta(seconds=int(part)) for part in variable.split(",") if part)
