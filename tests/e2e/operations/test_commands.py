"""On-call's commands on the deployed system: find out why, mend, send back."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from local.standins.crm.people import admins_of
from local.standins.crm.state import CrmFailure
from local.traffic import payments
from local.traffic.publication import PublicationDoor
from ops.__main__ import app
from schemas.activities import ACTIVITY_RECORD
from schemas.catalogue import BY_NAME
from schemas.emails import EMAIL_SEND
from schemas.names import QUEUE_PROCESSOR
from schemas.payments import PAYMENT_FAILED, PAYMENT_RETRY
from schemas.reasons import Outcome
from schemas.stripe import STRIPE_INVOICE_PAYMENT_FAILED
from tests.e2e.scene import Scene


@pytest.fixture(autouse=True)
def _this_emulator(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in scene.stage.endpoint.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)


def ops(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def lines(result: Result) -> list[dict[str, Any]]:
    """What a command gives to a pipe."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def poisoned(scene: Scene, failure: CrmFailure, subject: str, number: int) -> list[str]:
    """Jobs that died of one cause; gives their ids."""
    scene.stage.crm.books.fail(subject, failure)
    jobs = [scene.record_activity(subject, str(uuid4())).id for _ in range(number)]
    for job in jobs:
        scene.letter(ACTIVITY_RECORD.name, lambda letter, job=job: letter.id == job)  # type: ignore[misc]  # a default binds it
    return jobs


def cause_of(ids: Sequence[str]) -> str:
    found = lines(ops("dead-letters", "list", "--each", "--type", ACTIVITY_RECORD.name, "--json"))
    causes = {each["fingerprint"] for each in found if each["id"] in ids}
    (cause,) = causes
    return str(cause)


def test_what_died_is_found_read_and_sent_back_when_it_is_mended(scene: Scene) -> None:
    subject, other = str(uuid4()), str(uuid4())
    jobs = poisoned(scene, CrmFailure(410), subject, 4)
    bystander = poisoned(scene, CrmFailure(400), other, 1)

    shown = ops("dead-letters", "show", jobs[0])
    assert shown.exit_code == 0
    assert "the CRM answered 410 to POST /internal/activity" in shown.stdout
    assert subject not in shown.stdout

    cause = cause_of([*jobs, *bystander])
    mine = ["--tenant", _tenant(jobs[0])]
    stopped = ops("redrive", ACTIVITY_RECORD.name, "--cause", cause, *mine, "--sample", "1", "--deadline", "30")
    assert stopped.exit_code == 1
    scene.letter(ACTIVITY_RECORD.name, lambda letter: letter.id == jobs[0] and letter.failure_history["redriven"] == 1)

    scene.stage.crm.books.fail(subject, CrmFailure(times=0))
    for job in jobs:
        assert ops("redrive", ACTIVITY_RECORD.name, "--tenant", _tenant(job)).exit_code == 0
    for job in jobs:
        line = scene.lines(
            lambda line, job=job: line.id == job and line.what is Outcome.SUCCEEDED,  # type: ignore[misc]  # likewise
            what="a mended job to be done",
        )[0]
        assert line.attempt == 1
    lying = {letter.id for letter in scene.ledger.letters_of(ACTIVITY_RECORD.name)}
    assert lying.isdisjoint(jobs)
    assert lying >= set(bystander)


def _tenant(job: str) -> str:
    found = lines(ops("dead-letters", "list", "--each", "--type", ACTIVITY_RECORD.name, "--json"))
    return next(str(each["company_id"]) for each in found if each["id"] == job)


def test_a_journey_of_three_generations_and_two_retries_shows_every_hop(scene: Scene) -> None:
    made = scene.traffic.publication(payments.given_up_by_stripe, PublicationDoor.QUEUE, number=next(scene.numbers))
    scene.stage.learn(made.facts)
    scene.stage.crm.books.fail(made.subject, CrmFailure(503, times=2))
    event = scene.hand_over(made)
    scene.lines(
        lambda line: line.correlation_id == event.id and line.service == ACTIVITY_RECORD.name and line.final,
        what="the activity to be recorded",
    )
    (failed,) = scene.decided(event).follow_ups
    scene.followed(scene.concluded(failed, PAYMENT_FAILED.name))

    hops = lines(ops("trace", event.id, "--json"))

    told = Counter(
        (hop["depth"], hop["service"], hop["what"], hop.get("attempt"))
        for hop in hops
        if hop["what"] != Outcome.DEFERRED  # as where a batch left too little time for one of its mails
    )
    admins = len(admins_of(event.publication.company_id).admins)
    assert told == Counter(
        {
            (0, QUEUE_PROCESSOR, Outcome.ROUTED, 1): 1,
            (0, STRIPE_INVOICE_PAYMENT_FAILED.name, Outcome.SUCCEEDED, 1): 1,
            (1, PAYMENT_FAILED.name, Outcome.SUCCEEDED, 1): 1,
            (2, ACTIVITY_RECORD.name, Outcome.RETRYING, 1): 1,
            (2, ACTIVITY_RECORD.name, Outcome.RETRYING, 2): 1,
            (2, ACTIVITY_RECORD.name, Outcome.SUCCEEDED, 3): 1,
            (2, EMAIL_SEND.name, Outcome.SUCCEEDED, 1): admins,
        }
    )
    by_the_job_alone = ops("trace", next(hop["id"] for hop in hops if hop["service"] == ACTIVITY_RECORD.name), "--json")
    assert lines(by_the_job_alone) == hops


def test_a_schedule_is_fired_now_and_is_gone(scene: Scene) -> None:
    event = scene.publish(payments.left_to_us)
    scene.came_true(event)
    (due,) = event.publication.due
    standing = scene.schedule(due.key)
    assert standing is not None

    fired = ops("schedules", "run", due.key, "--yes")

    assert fired.exit_code == 0, fired.output
    assert scene.concluded(standing.claims.id, PAYMENT_RETRY.name).what is Outcome.SUCCEEDED
    assert scene.schedule(due.key) is None


def test_every_type_has_its_row_and_what_died_is_seen(scene: Scene) -> None:
    poisoned(scene, CrmFailure(418), str(uuid4()), 1)

    rows = {row["service"]: row for row in lines(ops("status", "--json")) if "service" in row}

    assert rows.keys() >= {QUEUE_PROCESSOR, *BY_NAME}
    assert rows[ACTIVITY_RECORD.name]["dead_letters"] >= 1
    assert ops("status", "--check").exit_code == 1


def test_what_is_discarded_is_in_a_file_first(scene: Scene, tmp_path: Path) -> None:
    (job,) = poisoned(scene, CrmFailure(451), str(uuid4()), 1)
    file = tmp_path / "discarded.jsonl"

    done = ops(
        "discard", ACTIVITY_RECORD.name, "--tenant", _tenant(job), "--comment", "a test", "--yes", "--export", str(file)
    )

    assert done.exit_code == 0, done.output
    (kept,) = (json.loads(line) for line in file.read_text().splitlines())
    assert kept["id"] == job
    assert job not in {letter.id for letter in scene.ledger.letters_of(ACTIVITY_RECORD.name)}
