"""The console says of each cause who takes care of it, as far as the table of causes is known."""

from dataclasses import replace

import pytest

from schemas.causes import Cause
from tests.fakes.service import failing
from tests.fakes.stage import CAUSE, SERVICE
from tests.unit.ops.causes.causes import ACKNOWLEDGED, OPEN, SNOOZED, keep
from tests.unit.ops.console.console_fakes import Console

OF_CAUSE = f"/dead-letters?type={SERVICE}&cause={CAUSE}"


def poll_with(console: Console, cause: Cause) -> None:
    console.stage.add_dead_letter(1)
    keep(console.stage, replace(cause, service=SERVICE))
    console.poll()


@pytest.mark.parametrize(
    ("cause", "state"),
    [
        (OPEN, "open"),
        (ACKNOWLEDGED, "acknowledged by assumed-role/Admin/ada"),
        (SNOOZED, "snoozed by assumed-role/Admin/ada until 2026-04-14 16:00 UTC"),
    ],
)
def test_each_page_about_a_cause_says_who_takes_care_of_it(console: Console, cause: Cause, state: str) -> None:
    poll_with(console, cause)

    assert state in console.get("/").text
    assert f"The cause is {state}" in console.get(OF_CAUSE).text


def test_the_comment_is_beside_the_dead_letters_of_the_cause(console: Console) -> None:
    poll_with(console, replace(ACKNOWLEDGED, comment="<b>SES</b> confirmed it"))

    page = console.get(OF_CAUSE)

    assert "acknowledged by assumed-role/Admin/ada: <b>SES</b> confirmed it." in page.text
    assert "<b>SES</b>" not in page.html


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_pages_are_complete_without_the_table(console: Console, code: str) -> None:
    console.stage.dynamodb.fail = failing(code, "scan")
    poll_with(console, ACKNOWLEDGED)

    assert "acknowledged" not in console.get("/").text
    assert f"cause {CAUSE}" in console.get("/").text
    assert "1 dead letter" in console.get(OF_CAUSE).text


def test_the_table_is_not_read_while_there_are_no_dead_letters(console: Console) -> None:
    console.poll()

    assert "scan" not in console.stage.dynamodb.calls
