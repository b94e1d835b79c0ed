"""What a function is told about where it runs: the contract between the stacks and the functions."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple, Self


class FunctionEnvironment(NamedTuple):
    """A function's environment variables: addresses and the stage's settings, no secrets and nothing of the catalogue.

    What a function does not need stays empty.
    """

    queue_url: str
    """Its own queue: what must run again goes back there."""

    dead_letter_queue_url: str
    event_bus_name: str
    """Where follow-ups go, and what people are told of dead letters."""

    crm_base_url: str = ""
    crm_token_secret_arn: str = ""
    mail_sender: str = ""
    """The From header, such as `Taly <no-reply@mail.taly.dev>`."""

    idempotency_table_name: str = ""
    """Where jobs are remembered that were done."""

    schedule_group_name: str = ""
    """Where what it schedules stands; the next three say what happens when one is due."""

    schedule_target_arn: str = ""
    """The ingress queue's."""

    schedule_role_arn: str = ""
    """As whom EventBridge Scheduler sends there."""

    schedule_dead_letter_arn: str = ""
    """The queue for what it could not send."""

    reminder_leads: str = ""
    """How long before an appointment its reminders are due: durations as `durations` reads them."""

    dunning: str = ""
    """How long after each declined attempt a payment is tried again: likewise."""

    webhooks_allow_private_addresses: str = ""
    """`1` where the receiver is a stand-in on this machine: http and loopback are let pass."""

    backoff_cap: str = ""
    """Seconds that no wait before the next attempt exceeds, whatever the type says; empty but in stage `local`."""

    def to_variables(self) -> dict[str, str]:
        """As Lambda takes them."""
        return variables_of(self._asdict())

    @classmethod
    def from_variables(cls, variables: Mapping[str, str]) -> Self:
        """As a function finds them.

        Raises:
            TypeError: a variable that every function needs is missing; the message names it.
        """
        return cls(**fields_in(variables, cls._fields))


def variables_of(fields: Mapping[str, str]) -> dict[str, str]:
    """Fields as environment variables: upper case, without the empty ones."""
    return {name.upper(): value for name, value in fields.items() if value}


def fields_in(variables: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Those of the fields that `variables_of` wrote."""
    return {name: variables[name.upper()] for name in names if name.upper() in variables}


def seconds(wanted: Iterable[timedelta]) -> str:
    """Durations as one variable: whole seconds with commas between."""
    return ",".join(str(round(each.total_seconds())) for each in wanted)


def durations(variable: str) -> tuple[timedelta, ...]:
    """What `seconds` wrote."""
    return tuple(timedelta(seconds=int(part)) for part in variable.split(",") if part)
