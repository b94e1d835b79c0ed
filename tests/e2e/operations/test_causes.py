"""An operator answers a card: the cause is acknowledged, and its next dead letter makes no card."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from local.standins.crm.state import CrmFailure
from ops.command_line import app
from schemas.activities import ACTIVITY_RECORD
from tests.e2e.scene import Scene
from tests.security.access import OPERATOR
from tests.security.addresses import Addresses

REFUSED = CrmFailure(HTTPStatus.UNPROCESSABLE_ENTITY)


@pytest.fixture(autouse=True)
def _as_an_operator(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each command with the stage's policy for operators, which is enforced."""
    operator = Addresses(scene.stage.endpoint).acting_as(OPERATOR)
    for name, value in operator.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)


def ops(*arguments: str) -> Result:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return result


def refused(scene: Scene) -> str:
    """Dead-letter an activity that the CRM refuses; returns the cause."""
    subject = str(uuid4())
    scene.stage.crm.state.fail(subject, REFUSED)
    job = scene.record_activity(subject, str(uuid4())).id
    return scene.dead_letter(ACTIVITY_RECORD.name, lambda found: found.id == job).fingerprint


def known(cause: str) -> Mapping[str, Any]:
    """The cause as the notifier knows it, as soon as it does."""
    listed = ops("causes", "--all", "--type", ACTIVITY_RECORD.name, "--json").stdout.splitlines()
    return next((each for each in map(json.loads, listed) if each["fingerprint"] == cause), {"total": 0})


def when(scene: Scene, cause: str, meets: Callable[[Mapping[str, Any]], bool], what: str) -> Mapping[str, Any]:
    """The cause as soon as it meets a condition; the notifier runs meanwhile."""

    def is_met() -> bool:
        scene.stage.clock.tick()
        return meets(known(cause))

    assert scene.eventually(is_met, what=what)
    return known(cause)


def cards_about(scene: Scene, cause: str) -> int:
    return sum(cause in json.dumps(card) for card in scene.stage.slack.state.cards())


def test_an_acknowledged_cause_makes_no_card(scene: Scene) -> None:
    cause = refused(scene)
    total = when(scene, cause, lambda found: found["total"] > 0, "a remembered cause")["total"]

    ops("cause", "ack", cause[:8], "--comment", "the CRM's team is informed")
    cards = cards_about(scene, cause)
    refused(scene)
    quiet = when(scene, cause, lambda found: found["total"] > total, "a cause that has grown")

    assert cards > 0
    assert cards_about(scene, cause) == cards
    assert (quiet["state"], quiet["comment"]) == ("acknowledged", "the CRM's team is informed")
    assert "acknowledged by" in ops("dead-letters", "list", "--type", ACTIVITY_RECORD.name).stdout

    ops("cause", "resolve", cause, "--comment", "the CRM was corrected")
    assert known(cause)["state"] == "resolved"
