"""The commands with the policies for people, enforced: what each person can do, and what a denial says."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from local.emulator.deployment import STAGE
from local.standins.crm.state import CrmFailure
from ops.command_line import app
from ops.console.snapshot import StageCache
from ops.dead_letters.discard import DiscardRequest, discard
from ops.dead_letters.export import ExportRequest, export
from ops.dead_letters.filters import Filters
from ops.dead_letters.redrive.report import RedriveRequest, redrive
from ops.dead_letters.view import ListRequest, ShowRequest, list_dead_letters, show_dead_letter
from ops.messages.send import SendRequest, send
from ops.pauses.actions import Pauser
from ops.schedules.report import cancel, run_now
from ops.stage.deployed import DeployedStage
from ops.stage.options import Via
from ops.status.drill import Drill
from ops.terminal.errors import OperatorError
from schemas.activities import ACTIVITY_RECORD
from schemas.catalogue import BY_NAME
from schemas.names import QUEUE_PROCESSOR
from schemas.people import StagePolicy
from schemas.reasons import Outcome
from tests.e2e.scene import Scene
from tests.security.access import DEPLOYER, OPERATOR, VIEWER, Actor
from tests.security.addresses import Addresses

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def addresses(scene: Scene) -> Addresses:
    return Addresses(scene.stage.endpoint)


@pytest.fixture
def run_as(addresses: Addresses, monkeypatch: pytest.MonkeyPatch) -> Callable[[Actor], Run]:
    """Return a function that makes a person's command line."""

    def command_line(person: Actor) -> Run:
        for name, value in addresses.acting_as(person).variables().items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        return lambda *arguments: CliRunner().invoke(app, arguments)

    return command_line


@pytest.fixture(scope="module")
def dead_letter(scene: Scene) -> str:
    """Return the id of a job that was dead-lettered."""
    subject = str(uuid4())
    scene.stage.crm.state.fail(subject, CrmFailure(422))
    job = scene.record_activity(subject, str(uuid4())).id
    scene.dead_letter(ACTIVITY_RECORD.name, lambda found: found.id == job)
    return job


def stage_as(addresses: Addresses, person: Actor) -> DeployedStage:
    return DeployedStage(STAGE, cache(addresses.acting_as(person).client))


NOT_FOR_VIEWERS: Mapping[str, Callable[[DeployedStage], object]] = {
    "dead-letters list": lambda stage: list_dead_letters(ListRequest(stage=stage, filters=Filters())),
    "dead-letters show": lambda stage: show_dead_letter(ShowRequest(stage=stage, id="an-id")),
    "dead-letters export": lambda stage: export(ExportRequest(stage=stage, target="-", filters=Filters())),
    "redrive": lambda stage: redrive(RedriveRequest(stage=stage, service=ACTIVITY_RECORD.name, filters=Filters())),
    "discard": lambda stage: discard(
        DiscardRequest(
            stage=stage, service=ACTIVITY_RECORD.name, filters=Filters(), comment="a test", export=None, agreed=True
        )
    ),
    "send": lambda stage: send(stage, SendRequest(type_name=ACTIVITY_RECORD.name)),
    "send --via bus": lambda stage: send(stage, SendRequest(type_name=ACTIVITY_RECORD.name, via=Via.BUS)),
    "pause": lambda stage: Pauser(stage=stage).pause(ACTIVITY_RECORD.name, comment="a test"),
    "resume": lambda stage: Pauser(stage=stage).resume(ACTIVITY_RECORD.name),
    "schedules cancel": lambda stage: cancel(stage, "reminder/any/24h", yes=True),
    "schedules run": lambda stage: run_now(stage, "reminder/any/24h", yes=True),
}
"""Commands that a viewer may not run, by what they do."""


def rows(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_viewer_sees_the_status_of_each_type(run_as: Callable[[Actor], Run], dead_letter: str) -> None:
    status = run_as(VIEWER)("status", "--json")

    by_service = {row["service"]: row for row in rows(status) if "service" in row}
    assert dead_letter
    assert by_service.keys() >= {QUEUE_PROCESSOR, *BY_NAME}
    assert by_service[ACTIVITY_RECORD.name]["dead_letters"] >= 1
    assert "AccessDenied" not in status.output


def test_a_viewer_traces_a_message_that_was_dead_lettered(run_as: Callable[[Actor], Run], dead_letter: str) -> None:
    hops = rows(run_as(VIEWER)("trace", dead_letter, "--json"))

    assert {hop["service"] for hop in hops} >= {QUEUE_PROCESSOR, ACTIVITY_RECORD.name}


def test_a_viewer_has_the_console_without_dead_letters(addresses: Addresses, dead_letter: str) -> None:
    console = StageCache(stage_as(addresses, VIEWER), lambda: datetime.now(UTC))

    console.poll()

    snapshot = console.snapshot
    assert dead_letter
    assert snapshot.is_current(datetime.now(UTC))
    assert snapshot.found == ()
    assert ACTIVITY_RECORD.name in snapshot.unread
    assert "may not call ReceiveMessage" in snapshot.error


@pytest.mark.parametrize("command", NOT_FOR_VIEWERS, ids=NOT_FOR_VIEWERS)
def test_a_viewer_is_told_which_policy_a_command_needs(addresses: Addresses, dead_letter: str, command: str) -> None:
    """Not by the command line, which expects a request id in each answer: the emulator's denials have none."""
    viewer = stage_as(addresses, VIEWER)

    with pytest.raises(OperatorError, match=f"the stage's policy taly-async-.*-{StagePolicy.OPERATOR} allows it"):
        NOT_FOR_VIEWERS[command](viewer)
    assert dead_letter


def test_a_deployer_reads_no_dead_letter_of_a_tenant(addresses: Addresses, dead_letter: str) -> None:
    deployer = stage_as(addresses, DEPLOYER)

    with pytest.raises(OperatorError, match="may not call ReceiveMessage"):
        list_dead_letters(ListRequest(stage=deployer, services=(ACTIVITY_RECORD.name,), filters=Filters()))
    assert dead_letter


@pytest.mark.parametrize("person", [OPERATOR, DEPLOYER], ids=lambda person: person.name)
def test_operator_and_deployer_run_the_drill(scene: Scene, addresses: Addresses, person: Actor) -> None:
    drill = Drill(
        stage=stage_as(addresses, person),
        now=lambda: datetime.now(UTC),
        sleep=lambda _: scene.stage.clock.tick(),
        new_id=lambda: str(uuid4()),
    )

    result = drill.run(seconds=60)

    assert all(result.times.values()), result


def test_an_operator_pauses_a_type_tries_a_message_and_resumes(scene: Scene, run_as: Callable[[Actor], Run]) -> None:
    run = run_as(OPERATOR)
    paused = run("pause", ACTIVITY_RECORD.name, "--for", "1h", "--comment", "a test", "--json")
    try:
        job = scene.record_activity(str(uuid4()), str(uuid4())).id

        def tried() -> dict[str, Any] | None:
            (row,) = (json.loads(line) for line in run("try", ACTIVITY_RECORD.name, "--json").stdout.splitlines())
            return row if row.get("id") == job else None

        row = scene.eventually(tried, what="a message that is tried")
        (listed,) = rows(run_as(VIEWER)("pauses", "--json"))
    finally:
        resumed = run_as(OPERATOR)("resume", ACTIVITY_RECORD.name, "--json")

    assert [each["result"] for each in rows(paused)] == ["paused"]
    assert (row["outcome"], row["deleted"]) == (Outcome.SUCCEEDED, True)
    assert (listed["type"], listed["subject"], listed["by_hand"]) == (ACTIVITY_RECORD.name, ACTIVITY_RECORD.name, False)
    assert "person-operator" in listed["by"]
    assert [each["result"] for each in rows(resumed)] == ["resumed"]
    assert rows(run_as(VIEWER)("pauses", "--json")) == []


@pytest.mark.parametrize("via", ["sqs", "bus"])
def test_an_operator_sends_by_both_doors(run_as: Callable[[Actor], Run], via: str) -> None:
    sent = run_as(OPERATOR)("send", ACTIVITY_RECORD.name, "--via", via)

    assert sent.exit_code == 0, sent.output


def test_an_operator_may_ask_what_can_be_replayed(run_as: Callable[[Actor], Run]) -> None:
    """A second has no events: a replay on the emulator goes to all rules, whose functions other tests count."""
    replay = run_as(OPERATOR)("replay", "--since", "2020-01-01T00:00:00Z", "--until", "2020-01-01T00:00:01Z", "--yes")

    assert "keeps" in replay.output or "is complete" in replay.output
