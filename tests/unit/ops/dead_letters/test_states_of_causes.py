"""`dead-letters list` says who takes care of each cause, as far as the table of causes is known."""

import json
from dataclasses import replace

import pytest

from schemas.causes import Cause
from tests.fakes.service import failing
from tests.fakes.stage import CAUSE, SERVICE, FakeStage
from tests.unit.ops.causes.causes import ACKNOWLEDGED, OPEN, SNOOZED, keep
from tests.unit.ops.dead_letters.commands import Run


def of_service(cause: Cause) -> Cause:
    return replace(cause, service=SERVICE)


@pytest.mark.parametrize(
    ("cause", "state"),
    [
        (OPEN, "open"),
        (ACKNOWLEDGED, "acknowledged by assumed-role/Admin/ada"),
        (SNOOZED, "snoozed by assumed-role/Admin/ada until 2026-04-14 16:00 UTC"),
    ],
)
def test_a_list_says_who_takes_care_of_a_cause(stage: FakeStage, run: Run, cause: Cause, state: str) -> None:
    stage.add_dead_letter(1)
    keep(stage, of_service(cause))

    assert f"{CAUSE}  {state}  permanent  ours  1 message" in run("dead-letters", "list").stdout
    assert json.loads(run("dead-letters", "list", "--json").stdout)["state"] == cause.state


def test_a_cause_of_another_type_says_nothing(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1)
    keep(stage, OPEN)

    assert f"{CAUSE}  permanent  ours  1 message" in run("dead-letters", "list").stdout
    assert json.loads(run("dead-letters", "list", "--json").stdout)["state"] is None


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException", "ThrottlingException"])
def test_a_list_is_complete_without_the_table(stage: FakeStage, run: Run, code: str) -> None:
    stage.add_dead_letter(1)
    keep(stage, of_service(ACKNOWLEDGED))
    stage.dynamodb.fail = failing(code)

    result = run("dead-letters", "list")

    assert result.exit_code == 0
    assert f"{CAUSE}  permanent  ours  1 message" in result.stdout


@pytest.mark.parametrize(("arguments", "calls"), [([], ["scan"]), (["--each"], [])])
def test_the_table_is_read_once_and_only_for_causes(
    stage: FakeStage, run: Run, arguments: list[str], calls: list[str]
) -> None:
    run("dead-letters", "list", *arguments)
    assert stage.dynamodb.calls == []

    stage.add_dead_letter(1)
    run("dead-letters", "list", *arguments)

    assert stage.dynamodb.calls == calls
