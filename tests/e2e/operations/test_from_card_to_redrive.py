"""On-call's way: a card comes, its cause is mended, and the command that stands on the card sends all of it back."""

import re
import shlex
from collections.abc import Iterable, Mapping
from html import unescape
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from local.checks.alerts import told
from local.standins.crm.state import CrmFailure
from ops.__main__ import app
from schemas.reasons import Outcome
from schemas.reports import REPORT_GENERATE
from tests.e2e.scene import Scene

REFUSED = CrmFailure(HTTPStatus.UNPROCESSABLE_ENTITY)
"""For good: no other case lets reports die of that, so that the cause is of this one alone."""

COMMAND = re.compile(r"```taly-async ([^`]+)```")


@pytest.fixture(autouse=True)
def _this_emulator(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in scene.stage.endpoint.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)


def refused_for(scene: Scene, company: str, number: int) -> tuple[list[str], str]:
    """Reports of a company that the CRM refuses to make, dead by now; gives the jobs' ids, and their cause."""
    scene.stage.crm.books.fail(company, REFUSED)
    reports = [str(uuid4()) for _ in range(number)]
    jobs = [
        scene.tell(REPORT_GENERATE, {"companyId": company, "reportId": report}, subject=report).id for report in reports
    ]
    causes = {
        scene.letter(REPORT_GENERATE.name, lambda letter, job=job: letter.id == job).fingerprint  # type: ignore[misc]  # a default binds it
        for job in jobs
    }
    (cause,) = causes
    return jobs, cause


def card_of(scene: Scene, cause: str, number: int) -> Mapping[str, Any]:
    """The last card of a cause, as soon as so many letters have been told; SQS may deliver a job twice."""

    def is_told() -> bool:
        scene.stage.minutes.tick()
        return told(scene.stage.slack.books.cards()).letters[cause] >= number

    assert scene.eventually(is_told, what="a card that tells of all of them")
    return next(card for card in reversed(scene.stage.slack.books.cards()) if told([card]).letters[cause])


def commands_on(card: Mapping[str, Any]) -> list[str]:
    """What a person can copy from it, without `taly-async`."""
    return [unescape(command) for text in _texts(card["blocks"]) for command in COMMAND.findall(text)]


def _texts(blocks: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    return (block["text"]["text"] for block in blocks if "text" in block)


def test_what_a_card_tells_of_is_done_when_its_cause_is_mended_and_its_command_was_run(scene: Scene) -> None:
    scene.stage.minutes.tick()  # what other cases left is told, so that this one has a card of its own
    company = str(uuid4())
    jobs, cause = refused_for(scene, company, 3)
    (command,) = commands_on(card_of(scene, cause, len(jobs)))

    scene.stage.crm.books.fail(company, CrmFailure(times=0))
    ran = CliRunner().invoke(app, shlex.split(command))

    assert ran.exit_code == 0, ran.output
    for job in jobs:
        assert scene.lines(
            lambda line, job=job: line.id == job and line.what is Outcome.SUCCEEDED,  # type: ignore[misc]  # likewise
            what="a mended job to be done",
        )
    assert cause not in {letter.fingerprint for letter in scene.ledger.letters_of(REPORT_GENERATE.name)}
