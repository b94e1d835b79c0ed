"""Functions keep to the rates of the systems that they call: concurrency, batch size and pace."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.activities import ACTIVITY_RECORD
from schemas.bookings import BOOKING_CREATED
from schemas.catalogue import CATALOGUE
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType, Needs
from schemas.reports import REPORT_GENERATE
from schemas.sms import SMS_SEND
from schemas.webhooks import WEBHOOK_DELIVER, WEBHOOK_FAN_OUT
from stacks.processing.rates import LEAST_CONCURRENCY, LONGEST_BATCH, Scaling, scaling
from stacks.stage import Stage
from tests.infrastructure.deployment import CONTEXT

RATE_OF = {Needs.EMAIL: "mail_rate", Needs.SMS: "text_rate", Needs.CRM: "crm_rate"}

DEV = Stage.from_context({**CONTEXT, "stage": "dev"})

rates = st.floats(min_value=0.01, max_value=10_000)
stages = st.builds(
    lambda mail, text, crm, cap: DEV.model_copy(
        update={"mail_rate": mail, "text_rate": text, "crm_rate": crm, "concurrency_cap": cap}
    ),
    rates,
    rates,
    rates,
    st.none() | st.integers(2, 1_000),
)
types = st.sampled_from(CATALOGUE)
calling = st.sampled_from([each for each in CATALOGUE if RATE_OF.keys() & each.needs])


def at(event_type: EventType[Any], **settings: float) -> Scaling:
    return scaling(event_type, DEV.model_copy(update=settings))


def rate_of(event_type: EventType[Any], stage: Stage) -> float:
    return min(float(getattr(stage, setting)) for need, setting in RATE_OF.items() if need in event_type.needs)


@pytest.mark.parametrize(
    ("event_type", "settings", "expected"),
    [
        (EMAIL_SEND, {"mail_rate": 14.0}, (10, 3, "4.666")),
        (EMAIL_SEND, {"mail_rate": 1.0}, (5, 2, "0.5")),
        (EMAIL_SEND, {"mail_rate": 500.0}, (10, 20, "25")),
        (SMS_SEND, {"text_rate": 20.0}, (10, 4, "5")),
        (REPORT_GENERATE, {"crm_rate": 50.0}, (1, 5, "10")),
        (REPORT_GENERATE, {"crm_rate": 5.0}, (1, 2, "2.5")),
        (ACTIVITY_RECORD, {"crm_rate": 0.1}, (1, 2, "0.05")),
        (WEBHOOK_FAN_OUT, {"crm_rate": 20.0}, (10, 2, "10")),
        (WEBHOOK_DELIVER, {"crm_rate": 5.0}, (1, 20, "0.25")),
        (BOOKING_CREATED, {"crm_rate": 1.0, "mail_rate": 1.0}, (10, 50, "")),
    ],
    ids=lambda value: value.name if isinstance(value, EventType) else None,
)
def test_a_rate_gives_concurrency_batch_size_and_pace(
    event_type: EventType[Any], settings: dict[str, float], expected: tuple[int, int, str]
) -> None:
    found = at(event_type, **settings)

    assert (found.batch_size, found.max_concurrency, found.environment.get("pace", "")) == expected


@given(calling, stages)
def test_all_processes_together_keep_to_the_rate(event_type: EventType[Any], stage: Stage) -> None:
    found, rate = scaling(event_type, stage), rate_of(event_type, stage)

    assert float(found.environment["rate"]) == pytest.approx(rate, rel=0.001)
    assert 0.998 * rate <= found.max_concurrency * float(found.environment["pace"]) <= rate * (1 + 1e-9)


@given(types, stages)
def test_no_figure_exceeds_the_types_own_or_lambdas_least(event_type: EventType[Any], stage: Stage) -> None:
    found = scaling(event_type, stage)

    assert LEAST_CONCURRENCY <= found.max_concurrency <= stage.concurrency(event_type.max_concurrency)
    assert 1 <= found.batch_size <= event_type.batch_size


@given(calling, stages)
def test_a_batch_fits_into_ten_seconds_at_its_pace(event_type: EventType[Any], stage: Stage) -> None:
    found = scaling(event_type, stage)

    assert found.batch_size == 1 or found.batch_size / found.pace <= min(LONGEST_BATCH, event_type.timeout) + 1e-6


@given(calling, stages, st.floats(min_value=1, max_value=10))
def test_a_higher_rate_never_takes_concurrency_away(event_type: EventType[Any], stage: Stage, more: float) -> None:
    faster = stage.model_copy(update={setting: getattr(stage, setting) * more for setting in RATE_OF.values()})

    assert scaling(event_type, faster).max_concurrency >= scaling(event_type, stage).max_concurrency


@given(stages)
def test_customers_endpoints_keep_their_concurrency(stage: Stage) -> None:
    assert scaling(WEBHOOK_DELIVER, stage).max_concurrency == stage.concurrency(WEBHOOK_DELIVER.max_concurrency)


@given(stages)
def test_a_type_that_calls_nothing_has_its_own_figures(stage: Stage) -> None:
    for event_type in CATALOGUE:
        if not RATE_OF.keys() & event_type.needs:
            own = stage.concurrency(event_type.max_concurrency)
            assert scaling(event_type, stage) == Scaling(event_type.batch_size, own)
