"""A dead letter in a queue whose retention is scaled: the keeper renews it, it outlives that, and is redriven."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from math import ceil
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from local.polling import poll
from local.standins.crm.state import CrmFailure
from ops.command_line import app
from ops.dead_letters.dead_letter import DeadLetter
from ops.stage.services import service
from schemas.contacts import CONTACT_SMS_STATUS
from schemas.dead_letter_times import HOLDING_RETENTION
from schemas.names import DEAD_LETTER_KEEPER, resource_name
from schemas.reasons import Outcome
from tests.e2e.scene import Scene

REFUSED = CrmFailure(HTTPStatus.UNPROCESSABLE_ENTITY)
SHORTEST = timedelta(seconds=60)
"""The least retention that SQS allows (SetQueueAttributes)."""

DUE = 11 / 14
"""Share of the retention at which a dead letter is surely due, and not at its end."""


@pytest.fixture(autouse=True)
def _this_emulator(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in scene.stage.endpoint.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)


@pytest.fixture(scope="session")
def aging(scene: Scene) -> tuple[str, DeadLetter]:
    """A company, and a dead letter of its type: put there at the beginning, so that it has aged at the end.

    No other test has dead letters of this type: they redrive and count theirs by cause.
    """
    company = str(uuid4())
    scene.stage.crm.state.fail(company, REFUSED)
    job = scene.publish_message(
        CONTACT_SMS_STATUS, {"companyId": company, "phone": "+4915112345678"}, subject=company
    ).id
    return company, scene.dead_letter(CONTACT_SMS_STATUS.name, lambda found: found.id == job)


@pytest.fixture
def queue_url(scene: Scene) -> Iterator[str]:
    url = service(CONTACT_SMS_STATUS.name, scene.stage.deployed).dead_letter_queue_url
    yield url
    set_retention(scene, url, HOLDING_RETENTION)


def set_retention(scene: Scene, url: str, retention: timedelta) -> None:
    seconds = str(ceil(retention.total_seconds()))
    scene.stage.endpoint.sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": seconds})


def age(dead_letter: DeadLetter) -> timedelta:
    assert dead_letter.sent_at
    return datetime.now(UTC) - dead_letter.sent_at


def run_keeper(scene: Scene) -> None:
    function = resource_name(scene.stage.deployed.name, DEAD_LETTER_KEEPER)
    answer = scene.stage.endpoint.functions.invoke(FunctionName=function, Payload=b"{}")
    assert "FunctionError" not in answer, json.loads(answer["Payload"].read())


def held(scene: Scene, dead_letter: DeadLetter) -> list[DeadLetter]:
    return [each for each in scene.records.dead_letters_of(CONTACT_SMS_STATUS.name) if each.id == dead_letter.id]


def ops(*arguments: str) -> Any:
    return CliRunner().invoke(app, arguments)


def test_a_dead_letter_begins_to_age(aging: tuple[str, DeadLetter]) -> None:
    _, dead_letter = aging

    assert dead_letter.dead_lettered_at


def test_a_renewed_dead_letter_outlives_the_retention_and_is_done_once(
    scene: Scene, aging: tuple[str, DeadLetter], queue_url: str
) -> None:
    company, old = aging
    poll(lambda: age(old) > DUE * SHORTEST, what="the dead letter to be due", seconds=SHORTEST.total_seconds())
    set_retention(scene, queue_url, max(SHORTEST, age(old) / DUE))

    run_keeper(scene)

    set_retention(scene, queue_url, max(SHORTEST, age(old)))  # the old copy would be deleted now, or soon
    poll(lambda: age(old) > SHORTEST, what="the end of the old copy", seconds=SHORTEST.total_seconds())
    (copy,) = held(scene, old)
    assert copy.sqs_message_id != old.sqs_message_id
    assert (copy.dead_lettered_at, copy.fingerprint) == (old.dead_lettered_at, old.fingerprint)
    scene.stage.crm.state.fail(company, CrmFailure(times=0))
    assert ops("redrive", CONTACT_SMS_STATUS.name, "--id", old.id, "--stage", scene.stage.deployed.name).exit_code == 0
    done = scene.lines(
        lambda line: line.id == old.id and line.what is Outcome.SUCCEEDED, what="the redriven job to be done"
    )
    assert len(done) == 1
    traced = ops("trace", old.id, "--stage", scene.stage.deployed.name)
    assert "dead letter renewed" in traced.stdout
