"""The retry delays in docs/events.md."""

import re
from typing import Any

import pytest

from lambdas.common.batch import retry
from ops.contracts.contract import contracts
from ops.contracts.formats.events_page import events_md
from schemas.catalogue import CATALOGUE
from schemas.event_type import Backoff, EventType, Kind
from schemas.wire import Payload


class Pinged(Payload):
    """A ping."""


def retry_delays(text: str) -> str:
    return "".join(re.findall(r"^- \*\*Retry delays\*\*: (.*)\.$", text, re.MULTILINE))


def page(attempts: int, backoff: Backoff) -> str:
    """The page of a catalogue with one type."""
    event_type = EventType("test.pinged", Pinged, Kind.JOB, max_attempts=attempts, backoff=backoff)
    return events_md(list(contracts([event_type])))


@pytest.fixture(scope="module")
def sections() -> dict[str, str]:
    """The sections of the real page, by type."""
    _, *parts = re.split(r"^## (.+)$", events_md(list(contracts(CATALOGUE))), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_the_bound_of_the_delay_doubles_with_each_attempt() -> None:
    assert retry_delays(page(4, Backoff(base=5))) == (
        "0 to 5 s before attempt 2, 0 to 10 s before attempt 3, 0 to 20 s before attempt 4"
    )


def test_the_bound_of_the_delay_stops_at_the_cap() -> None:
    assert retry_delays(page(4, Backoff(base=600, cap=900))) == (
        "0 to 600 s before attempt 2, 0 to 900 s before attempt 3, 0 to 900 s before attempt 4"
    )


def test_a_type_with_one_attempt_has_no_retry_delays() -> None:
    assert retry_delays(page(1, Backoff(base=5))) == ""


@pytest.mark.parametrize("event_type", CATALOGUE, ids=repr)
def test_the_functions_keep_to_the_bounds_on_the_page(event_type: EventType[Any], sections: dict[str, str]) -> None:
    longest = [retry.delay(event_type.backoff, attempt, 1) for attempt in range(1, event_type.max_attempts)]

    assert retry_delays(sections[event_type.name]) == ", ".join(
        f"0 to {seconds:,} s before attempt {attempt}" for attempt, seconds in enumerate(longest, start=2)
    )


def test_a_type_that_is_tried_over_days_says_when(sections: dict[str, str]) -> None:
    (delays,) = re.findall(
        r"^- \*\*Tried again\*\*: after about (.*), where", sections["webhook.deliver"], re.MULTILINE
    )

    assert delays == "5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h and 24 h"


def test_a_job_causes_its_side_effect_and_others_by_exception(sections: dict[str, str]) -> None:
    page = events_md(list(contracts(CATALOGUE)))

    (causes,) = re.findall(r"^\| \[`webhook\.deliver`\].* \| (.+) \|$", page, re.MULTILINE)
    reports = "`webhook.endpoint_failing`{} `webhook.endpoint_disabled`"
    assert causes == f"its side effect; in exceptional cases {reports.format(',')}"
    assert f"- **Causes in exceptional cases**: {reports.format(' and')}." in sections["webhook.deliver"]
    assert "**Causes at once**" not in sections["webhook.deliver"]


def test_no_other_type_is_tried_over_days(sections: dict[str, str]) -> None:
    assert [name for name, text in sections.items() if "**Tried again**" in text] == ["webhook.deliver"]
