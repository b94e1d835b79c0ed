"""Scenarios of customers' webhook endpoints.

Only its owner can repair an endpoint, so its failures spend no attempt.
"""

from functools import partial
from itertools import chain

from tests.messages import COMPANY
from tests.simulation.scenarios.scenario import DAY, HOUR, MINUTE, Scenario, each, span
from tests.simulation.stage.behaviours import Behaviour, Period, ReplyKind, away, broken, in_turn, poisoned, well
from tests.simulation.stage.sides import host_of
from tests.simulation.stage.system import USUAL
from tests.simulation.traffic import OTHER_COMPANY, Arrivals, burst, every

TYPE = "webhook.deliver"
_WELL = well(USUAL["endpoint"])
_WORDS = {
    ReplyKind.BUSY: "answers 503",
    ReplyKind.NO_CONNECTION: "refuses connections",
    ReplyKind.NOT_FOUND: "answers 404",
    ReplyKind.UNANSWERED: "does not answer",
}


def _in_trouble(behaviour: Behaviour, begins: float, ends: float) -> Behaviour:
    return in_turn([Period(0, _WELL), Period(begins, behaviour), Period(ends, _WELL)])


def _away(kind: ReplyKind, seconds: float, *, between: float, is_long: bool = False) -> Scenario:
    """The endpoint is away for a time; an event comes each `between` seconds, also for a while after it."""
    ends = MINUTE + seconds
    return Scenario(
        name=f"endpoint {kind} {span(seconds)}",
        title=f"it {_WORDS[kind]} for {span(seconds)}; an event {each(between)}",
        type_name=TYPE,
        side="endpoint",
        behaviour=lambda: _in_trouble(away(kind), MINUTE, ends),
        arrivals=partial(every, between, TYPE, until=ends + 4 * between),
        recovers=ends,
        is_long=is_long,
    )


def _dead(kind: ReplyKind, seconds: float, *, dies: float = 0.0, is_long: bool = False) -> Scenario:
    """The endpoint is dead from a time on, in seconds, when 500 events come."""
    how = f"is well for {span(dies)}, then {_WORDS[kind]}" if dies else _WORDS[kind]
    return Scenario(
        name=f"500 events, {kind} {span(seconds)}, well for {span(dies)}",
        title=f"it {how} for {span(seconds)}; 500 events in a minute",
        type_name=TYPE,
        side="endpoint",
        behaviour=lambda: _in_trouble(away(kind), dies, dies + seconds),
        arrivals=partial(burst, 500, TYPE, within=MINUTE),
        recovers=dies + seconds,
        is_long=is_long,
    )


def _two_companies() -> Arrivals:
    return chain(
        burst(100, TYPE, within=MINUTE),
        every(2, TYPE, until=5 * MINUTE, company_id=OTHER_COMPANY, first=100),
    )


ENDPOINTS = (
    _away(ReplyKind.BUSY, HOUR, between=2 * MINUTE),
    _away(ReplyKind.NOT_FOUND, HOUR, between=2 * MINUTE),
    _away(ReplyKind.NO_CONNECTION, DAY, between=30 * MINUTE),
    _away(ReplyKind.BUSY, 4 * DAY, between=4 * HOUR),
    _away(ReplyKind.BUSY, 6 * DAY, between=4 * HOUR, is_long=True),
    Scenario(
        name="endpoint 410",
        title="it answers 410, always; an event each 2 min for an hour",
        type_name=TYPE,
        side="endpoint",
        behaviour=lambda: away(ReplyKind.GONE),
        arrivals=lambda: every(2 * MINUTE, TYPE, until=HOUR),
    ),
    _dead(ReplyKind.UNANSWERED, 90 * MINUTE),
    _dead(ReplyKind.UNANSWERED, 90 * MINUTE, dies=30, is_long=True),
    _dead(ReplyKind.NO_CONNECTION, 90 * MINUTE, is_long=True),
    _dead(ReplyKind.UNANSWERED, DAY, is_long=True),
    Scenario(
        name="endpoint of another company",
        title="one company's does not answer for 1.5 h and gets 100 events in a minute, another's is well and gets 150 "
        "in 5 min",
        type_name=TYPE,
        side="endpoint",
        behaviour=lambda: in_turn(
            [Period(0, broken(host_of(COMPANY), _WELL, ReplyKind.UNANSWERED)), Period(90 * MINUTE, _WELL)]
        ),
        arrivals=_two_companies,
        recovers=90 * MINUTE,
    ),
    Scenario(
        name="endpoint and a poisoned event",
        title="it answers 400 to one event always; an event each second for 15 min",
        type_name=TYPE,
        side="endpoint",
        behaviour=lambda: poisoned({f"{TYPE}-100"}, _WELL, ReplyKind.REFUSED),
        arrivals=lambda: every(1, TYPE, until=15 * MINUTE),
    ),
)
"""A company's endpoint is away, dead or gone, or refuses some events."""
