"""The commands with the policies for people, enforced: what each person can do, and what a denial says."""

import json
from collections.abc import Callable, Iterator
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
from ops.stage.deployed import DeployedStage
from schemas.activities import ACTIVITY_RECORD
from schemas.catalogue import BY_NAME
from schemas.emails import EMAIL_SEND
from schemas.names import QUEUE_PROCESSOR
from schemas.people import StagePolicy
from tests.e2e.scene import Scene
from tests.security.access import DEPLOYER, OPERATOR, VIEWER, Actor
from tests.security.addresses import Addresses

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def addresses(scene: Scene) -> Addresses:
    return Addresses(scene.stage.endpoint)


@pytest.fixture
def run_as(addresses: Addresses, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Actor], Run]]:
    """Return a function that makes a person's command line."""

    def command_line(person: Actor) -> Run:
        for name, value in addresses.acting_as(person).variables().items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        return lambda *arguments: CliRunner().invoke(app, arguments)

    yield command_line


@pytest.fixture(scope="module")
def dead_letter(scene: Scene) -> str:
    """Return the id of a job that was dead-lettered."""
    subject = str(uuid4())
    scene.stage.crm.state.fail(subject, CrmFailure(422))
    job = scene.record_activity(subject, str(uuid4())).id
    scene.dead_letter(ACTIVITY_RECORD.name, lambda found: found.id == job)
    return job


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
    viewer = addresses.acting_as(VIEWER)
    console = StageCache(DeployedStage(STAGE, cache(viewer.client)), lambda: datetime.now(UTC))

    console.poll()

    snapshot = console.snapshot
    assert dead_letter
    assert snapshot.is_current(datetime.now(UTC))
    assert snapshot.found == ()
    assert ACTIVITY_RECORD.name in snapshot.unread
    assert "may not call ReceiveMessage" in snapshot.error


@pytest.mark.parametrize(
    "command",
    [
        ("dead-letters", "list"),
        ("dead-letters", "show", "an-id"),
        ("dead-letters", "export", "-"),
        ("redrive", ACTIVITY_RECORD.name, "--all"),
        ("discard", ACTIVITY_RECORD.name, "--all", "--comment", "a test", "--yes"),
        ("send", EMAIL_SEND.name),
        ("send", EMAIL_SEND.name, "--via", "bus"),
        ("schedules", "run", "reminder/any/24h", "--yes"),
        ("schedules", "cancel", "reminder/any/24h", "--yes"),
        ("drill",),
    ],
    ids=" ".join,
)
def test_a_viewer_is_told_which_policy_a_command_needs(
    run_as: Callable[[Actor], Run], dead_letter: str, command: tuple[str, ...]
) -> None:
    result = run_as(VIEWER)(*command)

    assert dead_letter
    assert result.exit_code == 1
    assert f"taly-async-{STAGE}-{StagePolicy.OPERATOR}" in result.output, result.output


@pytest.mark.parametrize("person", [OPERATOR, DEPLOYER], ids=lambda person: person.name)
def test_whoever_repairs_or_deploys_runs_the_drill(run_as: Callable[[Actor], Run], person: Actor) -> None:
    drill = run_as(person)("drill", "--deadline", "120")

    assert drill.exit_code == 0, drill.output


@pytest.mark.parametrize("via", ["sqs", "bus"])
def test_an_operator_sends_by_both_doors(run_as: Callable[[Actor], Run], via: str) -> None:
    sent = run_as(OPERATOR)("send", ACTIVITY_RECORD.name, "--via", via)

    assert sent.exit_code == 0, sent.output


def test_an_operator_may_ask_what_can_be_replayed(run_as: Callable[[Actor], Run]) -> None:
    """The emulator's CloudFormation makes no archive, which the command can say once it was allowed to look."""
    replay = run_as(OPERATOR)("replay", "--since", "1h", "--yes")

    assert "keeps no archive" in replay.output


def test_a_deployer_reads_no_dead_letter_of_a_tenant(run_as: Callable[[Actor], Run], dead_letter: str) -> None:
    shown = run_as(DEPLOYER)("dead-letters", "show", dead_letter, "--type", ACTIVITY_RECORD.name)

    assert shown.exit_code == 1
    assert "may not call ReceiveMessage" in shown.output
