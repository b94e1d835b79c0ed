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
from schemas.names import QUEUE_PROCESSOR
from schemas.reports import REPORT_GENERATE
from schemas.sms import SMS_SEND
from schemas.webhooks import WEBHOOK_DELIVER, WEBHOOK_FAN_OUT
from stacks.errors import CannotSynthesizeError
from stacks.processing.rates import LEAST_CONCURRENCY, LONGEST_BATCH, NOTIFIER_CONCURRENCY, Scaling, scalings, shares
from stacks.stage import Stage
from tests.infrastructure.synthesis import CONTEXT

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


wishes = st.dictionaries(st.text(min_size=1, max_size=5), st.integers(LEAST_CONCURRENCY, 1_000), min_size=1)


@st.composite
def wishes_and_limits(draw: st.DrawFn) -> tuple[dict[str, int], int]:
    """Draw functions with what they want, and a concurrency that suffices for the least."""
    wanted = draw(wishes)
    least = LEAST_CONCURRENCY * len(wanted) + NOTIFIER_CONCURRENCY
    return wanted, draw(st.integers(least, sum(wanted.values()) + 10))


def scaling(event_type: EventType[Any], stage: Stage) -> Scaling:
    return scalings((event_type,), stage)[event_type.name]


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
        (WEBHOOK_DELIVER, {"crm_rate": 5.0}, (1, 16, "0.3125")),
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

    assert LEAST_CONCURRENCY <= found.max_concurrency <= stage.capped_concurrency(event_type.max_concurrency)
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
    assert scaling(WEBHOOK_DELIVER, stage).max_concurrency == stage.capped_concurrency(WEBHOOK_DELIVER.max_concurrency)


@given(stages)
def test_a_type_that_calls_nothing_has_its_own_figures(stage: Stage) -> None:
    for event_type in CATALOGUE:
        if not RATE_OF.keys() & event_type.needs:
            own = stage.capped_concurrency(event_type.max_concurrency)
            assert scaling(event_type, stage) == Scaling(event_type.batch_size, own)


@given(wishes_and_limits())
def test_shares_and_the_notifier_never_exceed_the_limit(drawn: tuple[dict[str, int], int]) -> None:
    wanted, limit = drawn

    assert sum(shares(wanted, limit, "dev").values()) + NOTIFIER_CONCURRENCY <= limit


@given(wishes_and_limits())
def test_a_share_is_at_least_lambdas_least_and_at_most_the_wish(drawn: tuple[dict[str, int], int]) -> None:
    wanted, limit = drawn

    found = shares(wanted, limit, "dev")

    assert found.keys() == wanted.keys()
    assert all(LEAST_CONCURRENCY <= found[name] <= most for name, most in wanted.items())


@given(wishes_and_limits())
def test_nothing_is_left_while_a_function_wants_more(drawn: tuple[dict[str, int], int]) -> None:
    wanted, limit = drawn

    found = shares(wanted, limit, "dev")

    assert found == wanted or sum(found.values()) + NOTIFIER_CONCURRENCY == limit


@given(wishes_and_limits())
def test_a_function_that_wants_more_gets_no_less(drawn: tuple[dict[str, int], int]) -> None:
    wanted, limit = drawn

    found = shares(wanted, limit, "dev")

    by_wish = sorted(wanted, key=lambda name: (wanted[name], found[name]))
    assert [found[name] for name in by_wish] == sorted(found.values())


@given(wishes_and_limits(), st.integers(0, 100))
def test_a_higher_limit_gives_functions_no_less_in_sum(drawn: tuple[dict[str, int], int], more: int) -> None:
    wanted, limit = drawn

    assert sum(shares(wanted, limit + more, "dev").values()) >= sum(shares(wanted, limit, "dev").values())


@given(wishes)
def test_one_less_than_the_least_is_refused_with_the_least(wanted: dict[str, int]) -> None:
    least = LEAST_CONCURRENCY * len(wanted) + NOTIFIER_CONCURRENCY

    with pytest.raises(CannotSynthesizeError, match=f"Set at least {least}, or null for no limit"):
        shares(wanted, least - 1, "dev")


def test_shares_are_in_proportion_to_the_wishes() -> None:
    assert shares({"a": 52, "b": 22, "c": 7, "d": 2}, 24, "dev") == {"a": 12, "b": 6, "c": 3, "d": 2}


def test_a_limited_stage_divides_it_among_all_functions() -> None:
    limited = scalings(CATALOGUE, DEV.model_copy(update={"concurrency": 100}))

    assert limited.keys() == {QUEUE_PROCESSOR, *(event_type.name for event_type in CATALOGUE)}
    assert sum(each.max_concurrency for each in limited.values()) + NOTIFIER_CONCURRENCY == 100


@given(stages, st.integers(2 * (len(CATALOGUE) + 1) + 1, 1_000))
def test_a_limited_stage_keeps_to_the_declared_rates(stage: Stage, limit: int) -> None:
    found = scalings(CATALOGUE, stage.model_copy(update={"concurrency": limit}))

    for event_type in CATALOGUE:
        if RATE_OF.keys() & event_type.needs:
            given_ = found[event_type.name]
            assert given_.max_concurrency * given_.pace == pytest.approx(rate_of(event_type, stage))
            assert given_.batch_size == 1 or given_.batch_size / given_.pace <= LONGEST_BATCH + 1e-6


def test_a_new_accounts_concurrency_is_refused_with_what_suffices() -> None:
    least = LEAST_CONCURRENCY * (len(CATALOGUE) + 1) + NOTIFIER_CONCURRENCY

    with pytest.raises(CannotSynthesizeError, match=f"concurrency 10 of stage dev is too low.*Set at least {least}"):
        scalings(CATALOGUE, DEV.model_copy(update={"concurrency": 10}))
