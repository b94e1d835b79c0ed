"""From alert to redrive: a card arrives, its cause is fixed, and the command on it redrives all its dead letters."""

import re
import shlex
from collections.abc import Iterable, Mapping
from html import unescape
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from local.checks.alerts import remembered_causes, reported_alerts
from local.standins.crm.state import CrmFailure
from ops.command_line import app
from schemas.reasons import Outcome
from schemas.reports import REPORT_GENERATE
from tests.e2e.scene import Scene

REFUSED = CrmFailure(HTTPStatus.UNPROCESSABLE_ENTITY)
"""A refusal that no other test uses for reports, so that only this test's dead letters have this cause."""

COMMAND = re.compile(r"```taly-async ([^`]+)```")


@pytest.fixture(autouse=True)
def _this_emulator(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in scene.stage.endpoint.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)


def refused_for(scene: Scene, company: str, number: int) -> tuple[list[str], str]:
    """Reports that the CRM refuses for a company, dead-lettered; returns the jobs' ids and their cause."""
    scene.stage.crm.state.fail(company, REFUSED)
    reports = [str(uuid4()) for _ in range(number)]
    jobs = [
        scene.publish_message(REPORT_GENERATE, {"companyId": company, "reportId": report}, subject=report).id
        for report in reports
    ]
    causes = {
        scene.dead_letter(REPORT_GENERATE.name, lambda found, job=job: found.id == job).fingerprint  # type: ignore[misc]  # a default binds it
        for job in jobs
    }
    (cause,) = causes
    return jobs, cause


def card_of(scene: Scene, cause: str, number: int) -> Mapping[str, Any]:
    """The last card of a cause, as soon as so many dead letters are noted; SQS may deliver a job twice."""

    def is_reported() -> bool:
        scene.stage.clock.tick()
        causes = remembered_causes(scene.stage.endpoint.client("dynamodb"))
        return reported_alerts(scene.stage.slack.state.cards(), causes).dead_letters[cause] >= number

    assert scene.eventually(is_reported, what="a card, and a note of all of them")
    return next(
        card for card in reversed(scene.stage.slack.state.cards()) if reported_alerts([card]).dead_letters[cause]
    )


def commands_on(card: Mapping[str, Any]) -> list[str]:
    """The commands that an operator can copy from the card, without `taly-async`."""
    return [unescape(command) for text in _texts(card["blocks"]) for command in COMMAND.findall(text)]


def _texts(blocks: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    return (block["text"]["text"] for block in blocks if "text" in block)


def test_the_command_on_a_card_redrives_all_its_dead_letters(scene: Scene) -> None:
    scene.stage.clock.tick()  # report what other tests left, so that this cause gets a new card
    scene.forget_causes()
    company = str(uuid4())
    jobs, cause = refused_for(scene, company, 3)
    command, acknowledge = commands_on(card_of(scene, cause, len(jobs)))

    assert acknowledge.startswith(f"cause ack {cause} ")
    scene.stage.crm.state.fail(company, CrmFailure(times=0))
    ran = CliRunner().invoke(app, shlex.split(command))

    assert ran.exit_code == 0, ran.output
    for job in jobs:
        assert scene.lines(
            lambda line, job=job: line.id == job and line.what is Outcome.SUCCEEDED,  # type: ignore[misc]  # a default binds it
            what="a redriven job to be done",
        )
    assert not {each.id for each in scene.records.dead_letters_of(REPORT_GENERATE.name)}.intersection(jobs)
