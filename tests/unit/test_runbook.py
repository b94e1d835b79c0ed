"""Each alarm's link leads to a section of the runbook, and each such section says what it must."""

import re
from pathlib import Path

import pytest

from schemas.signals import SIGNALS, Signal

RUNBOOK = (Path(__file__).parents[2] / "docs" / "runbook.md").read_text()


def sections() -> dict[str, str]:
    """The text below each heading, by the anchor that GitHub gives it."""
    _, *parts = re.split(r"^## (.+)$", RUNBOOK, flags=re.MULTILINE)
    return {_anchor(heading): text for heading, text in zip(parts[::2], parts[1::2], strict=True)}


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.slug)
def test_an_alarm_has_a_section_that_says_what_it_means_where_to_look_and_what_to_do(signal: Signal) -> None:
    text = sections()[signal.slug]

    for part in ("**Meaning.**", "**Look here.**", "**Do this.**"):
        assert part in text


def test_the_recipes_are_there() -> None:
    assert {"redrive", "drill", "slack", "stolen-key"} <= sections().keys()


def test_every_link_within_the_page_leads_somewhere() -> None:
    linked = set(re.findall(r"\]\(#([^)]+)\)", RUNBOOK))

    assert linked <= sections().keys()


def test_it_has_no_section_of_an_alarm_that_there_is_not() -> None:
    told = {anchor for anchor, text in sections().items() if "**Meaning.**" in text}

    assert told == {signal.slug for signal in SIGNALS}
