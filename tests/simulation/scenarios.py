"""The scenarios: who sends what, and which other system is in trouble in which way."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
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
from tests.simulation.stage.functions import Settings
from tests.simulation.stage.system import USUAL
from tests.simulation.traffic import OTHER_COMPANY, Arrivals, burst, every, message_of

HOUR = 3600.0
DAY = 24 * HOUR
RATES: Mapping[str, float] = {"crm": 50, "ses": 14, "sns": 20}
"""Calls a second that a stage declares of a side by default; the ideal goes by them."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One course of events. Behaviours have a memory, so that each run makes its own."""

    name: str
    title: str
    """What happens, for the documentation."""

    types: Mapping[str, Settings | None]
    """The functions, with settings that differ from the catalogue's."""

    side: str
    """The other system in trouble."""

    sides: Callable[[], Mapping[str, Behaviour]]
    arrivals: Callable[[], Iterable[tuple[float, dict[str, object]]]]
    begins: float = 0.0
    """When the trouble begins, in seconds."""

    recovers: float = 0.0
    """When the other side is well again; 0 where it has its limit all the time."""

    rate: float | None = None
    """Messages a second that are possible at best; None: as many as the functions can run."""

    until: float = 0.0
    """When the run ends whatever is left, in seconds."""

    keys: frozenset[str] = field(default_factory=frozenset)
    """Keys at which the other side always fails."""


_TYPE_OF = {
    "crm": "activity.record",
    "ses": "email.send",
    "sns": "sms.send",
    "secrets": "activity.record",
    "table": "activity.record",
    "bus": "booking.created",
    "scheduler": "appointment.created",
}
_BEGINS = 60.0
_TITLES = {
    "crm": "the CRM",
    "ses": "Amazon SES",
    "sns": "Amazon SNS",
    "secrets": "Secrets Manager",
    "table": "the idempotency table",
    "bus": "the event bus",
    "scheduler": "EventBridge Scheduler",
}


def outage(side: str, kind: ReplyKind, seconds: float, *, every_seconds: float, type_name: str = "") -> Scenario:
    """One side is away for a time, and messages come at a standing rate until a while after it."""
    type_name = type_name or _TYPE_OF[side]
    usual = well(USUAL[side])
    begins = 0.0 if side == "secrets" else _BEGINS  # a process that has read the token asks no more
    ends = begins + seconds
    return Scenario(
        name=f"{side} {kind} {_span(seconds)}",
        title=f"{_TITLES[side]} is away ({kind}) for {_span(seconds)}, {type_name} each {every_seconds:g} s",
        types={type_name: None},
        side=side,
        sides=lambda: {side: in_turn([Period(0, usual), Period(begins, away(kind)), Period(ends, usual)])},
        arrivals=partial(every, every_seconds, type_name, until=ends + min(600.0, 20 * every_seconds)),
        begins=begins,
        recovers=ends,
        rate=RATES.get(side),
        until=ends + 10 * DAY,
    )


def _span(seconds: float) -> str:
    return f"{seconds:g} s" if seconds < 120 else f"{seconds / 60:g} min" if seconds < HOUR else f"{seconds / HOUR:g} h"


def standing(
    name: str,
    title: str,
    side: str,
    behaviour: Callable[[], Behaviour],
    arrivals: Callable[[], Arrivals],
    **more: object,
) -> Scenario:
    """One side behaves in one way all the time."""
    values: dict[str, object] = {"types": {_TYPE_OF[side]: None}, "until": 2 * DAY, "rate": RATES.get(side)} | more
    return Scenario(name=name, title=title, side=side, sides=lambda: {side: behaviour()}, arrivals=arrivals, **values)  # type: ignore[arg-type]


def _tenants() -> Arrivals:
    return chain(
        burst(5000, "email.send", within=60),
        ((30 + at, made) for at, made in burst(50, "email.send", within=10, company_id=OTHER_COMPANY, first=5000)),
    )


def _poison_among() -> Arrivals:
    return every(1, "activity.record", until=900)


def _key(type_name: str, number: int) -> str:
    made = message_of(type_name, number)
    return f"{type_name}/{made['payload']['companyId']}/{made['id']}"


STANDING = (
    standing(
        "1,000 mails at 14/s",
        "1,000 mails in 30 s; SES takes 14 a second",
        "ses",
        lambda: limited(14, USUAL["ses"]),
        lambda: burst(1000, "email.send", within=30),
        rate=14,
    ),
    standing(
        "5,000 mails beside 50",
        "5,000 mails of one tenant in a minute, 50 of another meanwhile; SES takes 14 a second",
        "ses",
        lambda: limited(14, USUAL["ses"]),
        _tenants,
        rate=14,
    ),
    standing(
        "1,000 texts at 20/s",
        "1,000 texts in 30 s; SNS takes 20 a second",
        "sns",
        lambda: limited(20, USUAL["sns"]),
        lambda: burst(1000, "sms.send", within=30),
        rate=20,
    ),
    standing(
        "200 reports at 5/s",
        "200 reports in 5 s; the CRM takes 5 a second and answers 429, Retry-After: 5",
        "crm",
        lambda: limited(5, USUAL["crm"], retry_after=5),
        lambda: burst(200, "report.generate", within=5),
        types={"report.generate": None},
        rate=5,
    ),
    standing(
        "CRM slow",
        "the CRM takes 8 s for each call; activity.record each 2 s for 10 min",
        "crm",
        lambda: well(8),
        lambda: every(2, "activity.record", until=600),
        rate=None,
    ),
    standing(
        "CRM flapping",
        "the CRM is well for 20 s and answers 503 for 20 s, for 20 min; activity.record each 0.5 s",
        "crm",
        lambda: in_turn([Period(0, flapping(well(0.05), away(ReplyKind.BUSY), 20)), Period(1200, well(0.05))]),
        lambda: every(0.5, "activity.record", until=1200),
        recovers=1200.0,
    ),
    standing(
        "CRM recovering slowly",
        "the CRM answers 503 for 10 min, then its capacity grows to 50 a second over 5 min; activity.record each 0.5 s",
        "crm",
        lambda: in_turn(
            [Period(0, well(0.05)), Period(60, away(ReplyKind.BUSY)), Period(660, recovering(660, 300, 50, 0.05))]
        ),
        lambda: every(0.5, "activity.record", until=960),
        begins=60.0,
        recovers=660.0,
    ),
    standing(
        "poison among healthy",
        "the CRM answers 500 to one message always; others each second",
        "crm",
        lambda: poisoned({_key("activity.record", 100)}, well(0.05)),
        _poison_among,
        keys=frozenset({"activity.record-100"}),
    ),
    standing(
        "poison alone",
        "the CRM answers 500 to the one message that there is",
        "crm",
        lambda: poisoned({_key("activity.record", 0)}, well(0.05)),
        lambda: every(1, "activity.record", until=1),
        keys=frozenset({"activity.record-0"}),
    ),
    standing(
        "500 for everybody",
        "the CRM answers 500 to POST /internal/activity for 1 h, and is well otherwise; activity.record each 2 s",
        "crm",
        lambda: in_turn(
            [
                Period(0, well(0.05)),
                Period(60, broken("POST /internal/activity", well(0.05))),
                Period(60 + HOUR, well(0.05)),
            ]
        ),
        lambda: every(2, "activity.record", until=HOUR + 120),
        begins=60.0,
        recovers=60.0 + HOUR,
    ),
)

OUTAGES = (
    outage("crm", ReplyKind.BUSY, 10, every_seconds=0.5),
    outage("crm", ReplyKind.BUSY, 30, every_seconds=0.5),
    outage("crm", ReplyKind.BUSY, 600, every_seconds=0.5),
    outage("crm", ReplyKind.BUSY, 6 * HOUR, every_seconds=60),
    outage("crm", ReplyKind.BUSY, DAY, every_seconds=240),
    outage("crm", ReplyKind.NO_CONNECTION, 600, every_seconds=0.5),
    outage("crm", ReplyKind.NO_CONNECTION, DAY, every_seconds=240),
    outage("crm", ReplyKind.NO_ACCESS, 240, every_seconds=0.5),
    outage("crm", ReplyKind.NO_ACCESS, DAY, every_seconds=240),
    outage("crm", ReplyKind.UNANSWERED, 600, every_seconds=2),
    outage("crm", ReplyKind.BUSY, 600, every_seconds=2, type_name="appointment.created"),
    outage("ses", ReplyKind.BUSY, 600, every_seconds=2),
    outage("ses", ReplyKind.UNANSWERED, 600, every_seconds=2),
    outage("ses", ReplyKind.TOO_FAST, DAY, every_seconds=240),
    outage("sns", ReplyKind.BUSY, 600, every_seconds=2),
    outage("sns", ReplyKind.UNANSWERED, 600, every_seconds=2),
    outage("secrets", ReplyKind.BUSY, 600, every_seconds=2),
    outage("table", ReplyKind.BUSY, 600, every_seconds=2),
    outage("table", ReplyKind.BUSY, 3 * HOUR, every_seconds=30),
    outage("bus", ReplyKind.BUSY, 600, every_seconds=2),
    outage("bus", ReplyKind.BUSY, 6 * HOUR, every_seconds=60),
    outage("scheduler", ReplyKind.BUSY, 600, every_seconds=2),
)

SCENARIOS = (*OUTAGES, *STANDING)
