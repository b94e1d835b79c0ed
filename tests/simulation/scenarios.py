"""The scenarios: who sends what, and which other system is in trouble in which way."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import chain

from tests.simulation.stage.behaviours import (
    Behaviour,
    Period,
    ReplyKind,
    away,
    broken,
    flapping,
    in_turn,
    limited,
    poisoned,
    recovering,
    well,
)
from tests.simulation.stage.system import USUAL
from tests.simulation.traffic import OTHER_COMPANY, Arrivals, burst, every, message_of

SECOND = 1.0
MINUTE = 60.0
HOUR = 3600.0
DAY = 24 * HOUR

_BEGINS = MINUTE
"""When an outage begins: until then all is well, so that processes run and have read the token."""

_LONGEST = 10 * DAY

_TYPE_OF = {
    "crm": "activity.record",
    "ses": "email.send",
    "sns": "sms.send",
    "secrets": "activity.record",
    "table": "activity.record",
    "bus": "booking.created",
    "scheduler": "appointment.created",
}
"""The type whose function calls each other system."""

_NAMES = {
    "crm": "the CRM",
    "ses": "Amazon SES",
    "sns": "Amazon SNS",
    "secrets": "Secrets Manager",
    "table": "the idempotency table",
    "bus": "the event bus",
    "scheduler": "EventBridge Scheduler",
}
_KINDS = {
    ReplyKind.BUSY: "answers 503",
    ReplyKind.NO_CONNECTION: "refuses connections",
    ReplyKind.NO_ACCESS: "answers 401",
    ReplyKind.TOO_FAST: "throttles each call",
    ReplyKind.UNANSWERED: "does not answer",
    ReplyKind.LOST: "does all and answers nothing",
}


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One course of events."""

    name: str
    title: str
    """What happens, for the documentation."""

    type_name: str
    side: str
    """The other system in trouble."""

    behaviour: Callable[[], Behaviour]
    """A new behaviour: some have a memory."""

    arrivals: Callable[[], Arrivals]
    recovers: float = 0.0
    """When the other side is well again, in seconds; 0 where it is as it is all the time."""

    rate: float | None = None
    """Messages a second that the other side takes; None: any number."""

    is_long: bool = False
    """Whether it is run by `make test-long` alone."""

    until: float = _LONGEST
    """When the run ends whatever is left, in seconds."""


def outage(  # noqa: PLR0913 all that tells outages apart
    side: str,
    kind: ReplyKind,
    seconds: float,
    *,
    between: float,
    type_name: str = "",
    is_long: bool = False,
) -> Scenario:
    """One side is away for a time; a message comes each `between` seconds, also for a while after it."""
    type_name = type_name or _TYPE_OF[side]
    usual = well(USUAL[side])
    begins = 0.0 if side == "secrets" else _BEGINS  # a process that has read the token asks no more
    ends = begins + seconds
    return Scenario(
        name=f"{side} {kind} {_span(seconds)}, {type_name} {_each(between)}",
        title=f"{_NAMES[side]} {_KINDS[kind]} for {_span(seconds)}; {type_name} {_each(between)}",
        type_name=type_name,
        side=side,
        behaviour=lambda: in_turn([Period(0, usual), Period(begins, away(kind)), Period(ends, usual)]),
        arrivals=partial(every, between, type_name, until=ends + min(10 * MINUTE, 20 * between)),
        recovers=ends,
        is_long=is_long,
        until=ends + _LONGEST,
    )


def _span(seconds: float) -> str:
    for unit, name in ((DAY, "days"), (HOUR, "h"), (MINUTE, "min")):
        if seconds > unit:
            return f"{seconds / unit:g} {name}"
    return f"{seconds:g} s"


def _each(between: float) -> str:
    return f"{1 / between:g} a second" if between <= 1 else f"each {_span(between)}"


def _key(type_name: str, number: int) -> str:
    """The idempotency key under which the CRM gets a message."""
    made = message_of(type_name, number)
    return f"{type_name}/{made['payload']['companyId']}/{made['id']}"


def _two_tenants() -> Arrivals:
    return chain(
        burst(5000, "email.send", within=MINUTE),
        ((30 + at, mail) for at, mail in burst(50, "email.send", within=10, company_id=OTHER_COMPANY, first=5000)),
    )


OUTAGES = (
    *(outage(side, ReplyKind.BUSY, 30, between=0.5) for side in _TYPE_OF),
    *(outage(side, ReplyKind.BUSY, 2 * MINUTE, between=0.5, is_long=side != "bus") for side in _TYPE_OF),
    *(outage(side, ReplyKind.BUSY, 10 * MINUTE, between=5) for side in _TYPE_OF),
    *(outage(side, ReplyKind.BUSY, 6 * HOUR, between=2 * MINUTE, is_long=True) for side in _TYPE_OF),
    *(outage(side, ReplyKind.BUSY, DAY, between=30 * MINUTE, is_long=True) for side in _TYPE_OF),
    outage("crm", ReplyKind.BUSY, 10 * MINUTE, between=0.5, is_long=True),
    outage("crm", ReplyKind.BUSY, DAY, between=3 * HOUR),
    outage("crm", ReplyKind.BUSY, 4 * DAY, between=5 * HOUR, is_long=True),
    outage("crm", ReplyKind.BUSY, 10 * MINUTE, between=5, type_name="appointment.created"),
    outage("crm", ReplyKind.NO_CONNECTION, 10 * MINUTE, between=5),
    outage("crm", ReplyKind.NO_CONNECTION, DAY, between=30 * MINUTE, is_long=True),
    outage("crm", ReplyKind.NO_ACCESS, 10 * MINUTE, between=5),
    outage("crm", ReplyKind.NO_ACCESS, DAY, between=30 * MINUTE, is_long=True),
    outage("crm", ReplyKind.UNANSWERED, 10 * MINUTE, between=5),
    outage("ses", ReplyKind.TOO_FAST, DAY, between=30 * MINUTE, is_long=True),
    outage("ses", ReplyKind.LOST, 10 * MINUTE, between=5),
    outage("sns", ReplyKind.LOST, 10 * MINUTE, between=5),
    outage("ses", ReplyKind.LOST, 6 * HOUR, between=MINUTE, is_long=True),
)
"""One side is away for all calls."""

OTHERS = (
    Scenario(
        name="1,000 mails",
        title="SES takes 14 a second; 1,000 mails in 30 s",
        type_name="email.send",
        side="ses",
        behaviour=lambda: limited(14, USUAL["ses"]),
        arrivals=lambda: burst(1000, "email.send", within=30),
        rate=14,
    ),
    Scenario(
        name="two tenants",
        title="SES takes 14 a second; 5,000 mails of one tenant in a minute, 50 of another meanwhile",
        type_name="email.send",
        side="ses",
        behaviour=lambda: limited(14, USUAL["ses"]),
        arrivals=_two_tenants,
        rate=14,
        is_long=True,
    ),
    Scenario(
        name="1,000 texts",
        title="SNS takes 20 a second; 1,000 texts in 30 s",
        type_name="sms.send",
        side="sns",
        behaviour=lambda: limited(20, USUAL["sns"]),
        arrivals=lambda: burst(1000, "sms.send", within=30),
        rate=20,
    ),
    Scenario(
        name="200 reports",
        title="the CRM takes 5 a second, and answers others 429, `Retry-After: 5`; 200 reports in 5 s",
        type_name="report.generate",
        side="crm",
        behaviour=lambda: limited(5, USUAL["crm"], retry_after=5),
        arrivals=lambda: burst(200, "report.generate", within=5),
        rate=5,
    ),
    Scenario(
        name="slow",
        title="the CRM takes 8 s for a call, for 10 min; activity.record each 2 s",
        type_name="activity.record",
        side="crm",
        behaviour=lambda: in_turn([Period(0, well(8)), Period(10 * MINUTE, well(0.05))]),
        arrivals=lambda: every(2, "activity.record", until=10 * MINUTE),
        recovers=10 * MINUTE,
    ),
    Scenario(
        name="flapping",
        title="the CRM is well for 20 s, answers 503 for 20 s, and so on for 20 min; activity.record 2 a second",
        type_name="activity.record",
        side="crm",
        behaviour=lambda: in_turn(
            [Period(0, flapping(well(0.05), away(ReplyKind.BUSY), 20)), Period(20 * MINUTE, well(0.05))]
        ),
        arrivals=lambda: every(0.5, "activity.record", until=20 * MINUTE),
        recovers=20 * MINUTE,
        is_long=True,
    ),
    Scenario(
        name="recovering slowly",
        title="the CRM answers 503 for 10 min, then takes more and more, 50 a second after 5 min; "
        "activity.record 2 a second",
        type_name="activity.record",
        side="crm",
        behaviour=lambda: in_turn(
            [
                Period(0, well(0.05)),
                Period(MINUTE, away(ReplyKind.BUSY)),
                Period(11 * MINUTE, recovering(11 * MINUTE, 5 * MINUTE, 50, 0.05)),
            ]
        ),
        arrivals=lambda: every(0.5, "activity.record", until=16 * MINUTE),
        recovers=11 * MINUTE,
        is_long=True,
    ),
    Scenario(
        name="poison among healthy",
        title="the CRM answers 500 to one message always; activity.record each second for 15 min",
        type_name="activity.record",
        side="crm",
        behaviour=lambda: poisoned({_key("activity.record", 100)}, well(0.05)),
        arrivals=lambda: every(1, "activity.record", until=15 * MINUTE),
    ),
    Scenario(
        name="poison alone",
        title="the CRM answers 500 to the one message that there is",
        type_name="activity.record",
        side="crm",
        behaviour=lambda: poisoned({_key("activity.record", 0)}, well(0.05)),
        arrivals=lambda: every(1, "activity.record", until=1),
    ),
    Scenario(
        name="500 for everybody",
        title="the CRM answers 500 to `POST /internal/activity` for 10 min, and is well otherwise; "
        "activity.record each 5 s",
        type_name="activity.record",
        side="crm",
        behaviour=lambda: in_turn(
            [
                Period(0, well(0.05)),
                Period(MINUTE, broken("POST /internal/activity", well(0.05))),
                Period(11 * MINUTE, well(0.05)),
            ]
        ),
        arrivals=lambda: every(5, "activity.record", until=12 * MINUTE),
        recovers=11 * MINUTE,
    ),
)
"""One side is limited, slow, or away for some calls."""

SCENARIOS = {scenario.name: scenario for scenario in (*OUTAGES, *OTHERS)}
