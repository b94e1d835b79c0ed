"""The operator's commands on the deployed system: find the cause, redrive, discard."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from local.standins.crm.companies import admins_of
from local.standins.crm.state import CrmFailure
from local.traffic import payments
from local.traffic.publication import PublicationDoor
from ops.command_line import app
from schemas.activities import ACTIVITY_RECORD
from schemas.catalogue import BY_NAME
from schemas.email_outcomes import EMAIL_DELIVERED
from schemas.emails import EMAIL_SEND
from schemas.names import QUEUE_PROCESSOR
from schemas.payments import PAYMENT_FAILED, PAYMENT_RETRY
from schemas.reasons import Outcome
from schemas.stripe import STRIPE_INVOICE_PAYMENT_FAILED
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
    return CliRunner().invoke(app, arguments)


def lines(result: Result) -> list[dict[str, Any]]:
    """A command's output to a pipe, one JSON object for each line."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def dead_lettered_jobs(scene: Scene, failure: CrmFailure, subject: str, number: int) -> list[str]:
    """Jobs that were dead-lettered for one cause, and their outcomes logged; returns their ids."""
    scene.stage.crm.state.fail(subject, failure)
    jobs = [scene.record_activity(subject, str(uuid4())).id for _ in range(number)]
    for job in jobs:
        scene.dead_letter(ACTIVITY_RECORD.name, lambda found, job=job: found.id == job)  # type: ignore[misc]  # a default binds it
        scene.outcome_at(job, ACTIVITY_RECORD.name)  # its log line comes after its dead letter
    return jobs


def cause_of(ids: Sequence[str]) -> str:
    found = lines(ops("dead-letters", "list", "--each", "--type", ACTIVITY_RECORD.name, "--json"))
    causes = {each["fingerprint"] for each in found if each["id"] in ids}
    (cause,) = causes
    return str(cause)


def test_dead_letters_are_listed_shown_and_redriven_after_the_fix(scene: Scene) -> None:
    subject, other = str(uuid4()), str(uuid4())
    jobs = dead_lettered_jobs(scene, REFUSED, subject, 4)
    bystander = dead_lettered_jobs(scene, REFUSED, other, 1)

    shown = ops("dead-letters", "show", jobs[0])
    assert shown.exit_code == 0
    assert "the CRM answered 422 to POST /internal/activity" in shown.stdout
    assert subject not in shown.stdout

    cause = cause_of([*jobs, *bystander])
    options = ["--cause", cause, "--tenant", _tenant(jobs[0]), "--sample", "1", "--deadline", "30"]
    stopped = ops("redrive", ACTIVITY_RECORD.name, *options)
    assert stopped.exit_code == 1
    scene.dead_letter(
        ACTIVITY_RECORD.name, lambda found: found.id == jobs[0] and found.failure_history["redriven"] == 1
    )

    scene.stage.crm.state.fail(subject, CrmFailure(times=0))
    for job in jobs:
        assert ops("redrive", ACTIVITY_RECORD.name, "--tenant", _tenant(job)).exit_code == 0
    for job in jobs:
        line = scene.lines(
            lambda line, job=job: line.id == job and line.what is Outcome.SUCCEEDED,  # type: ignore[misc]  # a default binds it
            what="a redriven job to be done",
        )[0]
        assert line.attempt == 1
    remaining = {dead_letter.id for dead_letter in scene.records.dead_letters_of(ACTIVITY_RECORD.name)}
    assert remaining.isdisjoint(jobs)
    assert remaining >= set(bystander)


def _tenant(job: str) -> str:
    found = lines(ops("dead-letters", "list", "--each", "--type", ACTIVITY_RECORD.name, "--json"))
    return next(str(each["company_id"]) for each in found if each["id"] == job)


def test_a_trace_of_three_generations_and_two_retries_has_every_hop(scene: Scene) -> None:
    created = scene.traffic.publication(
        payments.stripe_attempts_exhausted, PublicationDoor.QUEUE, number=next(scene.numbers)
    )
    scene.stage.prepare(created.facts)
    scene.stage.crm.state.fail(created.subject, CrmFailure(503, times=2))
    event = scene.send(created)
    scene.lines(
        lambda line: line.correlation_id == event.id and line.service == ACTIVITY_RECORD.name and line.final,
        what="the activity to be recorded",
    )
    (failed,) = scene.outcome_of(event).follow_ups
    mails = scene.mails_of(scene.follow_ups_of(scene.outcome_at(failed, PAYMENT_FAILED.name)))
    for mail in mails:
        scene.follow_ups_of(scene.outcome_at(mail.message_id, EMAIL_DELIVERED.name))

    hops = lines(ops("trace", event.id, "--json"))

    # Whether a failure of the CRM is an attempt depends on its other answers; a mail may be deferred for lack of time.
    again = {Outcome.RETRYING, Outcome.DEFERRED}
    counts = Counter((hop["depth"], hop["service"], hop["what"]) for hop in hops if hop["what"] not in again)
    waits = [hop for hop in hops if hop["service"] == STRIPE_INVOICE_PAYMENT_FAILED.name and hop["what"] in again]
    admins = len(admins_of(event.publication.company_id).admins)
    assert counts == Counter(
        {
            (0, QUEUE_PROCESSOR, Outcome.ROUTED): 1,
            (0, STRIPE_INVOICE_PAYMENT_FAILED.name, Outcome.SUCCEEDED): 1,
            (1, PAYMENT_FAILED.name, Outcome.SUCCEEDED): 1,
            (2, ACTIVITY_RECORD.name, Outcome.SUCCEEDED): 1,
            (2, EMAIL_SEND.name, Outcome.SUCCEEDED): admins,
            (3, EMAIL_DELIVERED.name, Outcome.SUCCEEDED): admins,
            (4, ACTIVITY_RECORD.name, Outcome.SUCCEEDED): admins,
        }
    )
    assert len(waits) >= 2
    hops_by_job = ops("trace", next(hop["id"] for hop in hops if hop["service"] == ACTIVITY_RECORD.name), "--json")
    assert lines(hops_by_job) == hops


def test_a_schedule_that_is_run_now_is_gone(scene: Scene) -> None:
    event = scene.publish(payments.stripe_leaves_retry)
    scene.completed(event)
    (due,) = event.publication.schedules
    standing = scene.schedule(due.key)
    assert standing is not None

    fired = ops("schedules", "run", due.key, "--yes")

    assert fired.exit_code == 0, fired.output
    assert scene.outcome_at(standing.claims.id, PAYMENT_RETRY.name).what is Outcome.SUCCEEDED
    assert scene.schedule(due.key) is None


def test_status_has_a_row_for_each_type_and_counts_dead_letters(scene: Scene) -> None:
    dead_lettered_jobs(scene, REFUSED, str(uuid4()), 1)

    rows = {row["service"]: row for row in lines(ops("status", "--json")) if "service" in row}

    assert rows.keys() >= {QUEUE_PROCESSOR, *BY_NAME}
    jobs = rows[ACTIVITY_RECORD.name]
    assert jobs["dead_letters"] >= 1
    assert 1 <= jobs["failures"] <= jobs["attempts"]
    assert ops("status", "--check").exit_code == 1


def test_outcomes_count_a_failed_job_by_reason_and_code_version(scene: Scene) -> None:
    (job,) = dead_lettered_jobs(scene, REFUSED, str(uuid4()), 1)
    of_job = ["--type", ACTIVITY_RECORD.name, "--tenant", _tenant(job), "--since", "10m", "--json"]

    by_type, by_version = (lines(ops("outcomes", *of_job, "--by", by)) for by in ("type,outcome", "version,reason"))

    (row,) = by_type
    assert row["type"] == ACTIVITY_RECORD.name
    assert row["outcomes"]["dead_lettered"] >= 1
    (failed,) = [row for row in by_version if row["reason"] == "permanent"]
    assert re.fullmatch("[0-9a-f]{8}", failed["version"])
    assert failed["failures"] == row["outcomes"]["dead_lettered"]


def test_discarded_messages_are_exported_to_a_file(scene: Scene, tmp_path: Path) -> None:
    (job,) = dead_lettered_jobs(scene, REFUSED, str(uuid4()), 1)
    file = tmp_path / "discarded.jsonl"

    done = ops(
        "discard", ACTIVITY_RECORD.name, "--tenant", _tenant(job), "--comment", "a test", "--yes", "--export", str(file)
    )

    assert done.exit_code == 0, done.output
    (kept,) = (json.loads(line) for line in file.read_text().splitlines())
    assert kept["id"] == job
    assert job not in {dead_letter.id for dead_letter in scene.records.dead_letters_of(ACTIVITY_RECORD.name)}
