"""Scenarios in which one other system is away for all calls."""

from functools import partial

from tests.simulation.scenarios.scenario import DAY, HOUR, LONGEST, MINUTE, Scenario, each, span
from tests.simulation.stage.behaviours import Period, ReplyKind, away, in_turn, well
from tests.simulation.stage.system import USUAL
from tests.simulation.traffic import every

_BEGINS = MINUTE
"""When an outage begins: until then all is well, so that processes run and have read the token."""

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
        name=f"{side} {kind} {span(seconds)}, {type_name} {each(between)}",
        title=f"{_NAMES[side]} {_KINDS[kind]} for {span(seconds)}; {type_name} {each(between)}",
        type_name=type_name,
        side=side,
        behaviour=lambda: in_turn([Period(0, usual), Period(begins, away(kind)), Period(ends, usual)]),
        arrivals=partial(every, between, type_name, until=ends + min(10 * MINUTE, 20 * between)),
        recovers=ends,
        is_long=is_long,
        until=ends + LONGEST,
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
