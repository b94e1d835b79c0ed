"""`conserve` on the deployed stage: a message that was deleted from a queue is named, and nothing else."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from ops.command_line import app
from ops.pauses.actions import Pauser
from ops.stage.services import service
from schemas.activities import ACTIVITY_RECORD
from schemas.reasons import Outcome
from tests.e2e.scene import Scene
from tests.security.access import OPERATOR
from tests.security.addresses import Addresses

TYPE = ACTIVITY_RECORD.name


@pytest.fixture(autouse=True)
def _as_an_operator(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the command with the stage's policy for operators, which is enforced."""
    for name, value in Addresses(scene.stage.endpoint).acting_as(OPERATOR).variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)


@pytest.fixture
def _paused(scene: Scene) -> Iterator[None]:
    pauser = Pauser(stage=scene.stage.deployed)
    pauser.pause(TYPE, comment="a message is deleted by hand", duration=timedelta(hours=1))
    try:
        yield
    finally:
        pauser.resume(TYPE)


def conserve() -> tuple[int, dict[str, Any], list[dict[str, Any]]]:
    """The exit code, the numbers, and the messages that are named."""
    result = CliRunner().invoke(app, ["conserve", "--since", "24h", "--grace", "1s", "--json"])
    numbers, *named = (json.loads(line) for line in result.stdout.splitlines())
    return result.exit_code, numbers, named


@pytest.mark.usefixtures("_paused")
def test_a_message_that_was_deleted_by_hand_is_named(scene: Scene) -> None:
    queue, sqs = service(TYPE, scene.stage.deployed).queue_url, scene.stage.endpoint.sqs
    jobs = [scene.record_activity(str(uuid4()), str(uuid4())).id for _ in range(2)]
    scene.lines(
        lambda line: line.id == jobs[1] and line.what is Outcome.ROUTED, what="the second job at the paused type"
    )

    def both_wait() -> bool:
        scene.records.lines()  # so that the emulator holds no line back
        code, numbers, _ = conserve()
        return code == 0 and numbers["in_queues"] >= len(jobs)

    scene.eventually(both_wait, what="two messages that wait")
    taken = scene.eventually(
        lambda: sqs.receive_message(QueueUrl=queue, VisibilityTimeout=0).get("Messages"), what="a message in the queue"
    )[0]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=taken["ReceiptHandle"])

    code, numbers, named = conserve()
    sqs.send_message(QueueUrl=queue, MessageBody=taken["Body"])

    assert (code, numbers["lost"], numbers["doubled"]) == (1, 1, 0)
    assert {each["id"] for each in named} >= {json.loads(taken["Body"])["id"]}
    assert {each["id"] for each in named} >= set(jobs)
    assert {each["lost"] for each in named} == {1}
