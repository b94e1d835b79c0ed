"""Each alarm's link leads to a section of the runbook with all required parts."""

import re
from pathlib import Path

import pytest

from schemas.signals import SIGNALS, Signal

RUNBOOK = (Path(__file__).parents[2] / "docs" / "runbook.md").read_text()


def sections() -> dict[str, str]:
    """The text below each heading, by GitHub's anchor for it."""
    _, *parts = re.split(r"^##+ (.+)$", RUNBOOK, flags=re.MULTILINE)
    return {_anchor(heading): text for heading, text in zip(parts[::2], parts[1::2], strict=True)}


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.slug)
def test_an_alarm_has_a_section_with_meaning_checks_and_actions(signal: Signal) -> None:
    text = sections()[signal.slug]

    for part in ("**Meaning.**", "**Look here.**", "**Do this.**"):
        assert part in text


def test_the_recipes_are_there() -> None:
    assert {"redrive", "drill", "slack", "stolen-key"} <= sections().keys()


def test_every_link_within_the_page_has_a_target() -> None:
    linked = set(re.findall(r"\]\(#([^)]+)\)", RUNBOOK))

    assert linked <= sections().keys()


def test_no_section_is_about_an_unknown_alarm() -> None:
    documented = {anchor for anchor, text in sections().items() if "**Meaning.**" in text}

    assert documented == {signal.slug for signal in SIGNALS}
