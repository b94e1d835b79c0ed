"""Scenarios in which one other system takes few calls, is slow, or fails for some."""

from itertools import chain

from tests.simulation.scenarios.scenario import MINUTE, Scenario
from tests.simulation.stage.behaviours import (
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


def _key(type_name: str, number: int) -> str:
    """The idempotency key under which the CRM gets a message."""
    made = message_of(type_name, number)
    return f"{type_name}/{made['payload']['companyId']}/{made['id']}"


def _two_tenants() -> Arrivals:
    return chain(
        burst(5000, "email.send", within=MINUTE),
        ((30 + at, mail) for at, mail in burst(50, "email.send", within=10, company_id=OTHER_COMPANY, first=5000)),
    )


LIMITS = (
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
