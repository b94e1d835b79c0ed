"""The page of a job shows its progress and its result."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.console.jobs.job import Job, JobState
from ops.dead_letters.causes import causes
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.redrive.sample import RedrivenMessage, SampleOutcome
from ops.dead_letters.search import FoundDeadLetter
from ops.stage.log_lines import LogLine
from schemas.reasons import Outcome
from tests.fakes.service import NOON, failing
from tests.fakes.stage import QUEUE, SERVICE
from tests.messages import COMPANY
from tests.unit.ops.console.console_fakes import Console, wait_until_ended


def make_dead_letter(number: int = 1) -> DeadLetter:
    body = json.dumps({"id": f"task-{number}", "payload": {"companyId": COMPANY}})
    return DeadLetter.of({"MessageId": f"sqs-{number}", "Body": body})


def sample_outcome(number: int, what: Outcome | None, **more: Any) -> SampleOutcome:
    line = LogLine(at=NOON, what=what, service=SERVICE, **more) if what else None
    return SampleOutcome(RedrivenMessage(make_dead_letter(number), f"new-{number}"), line)


def test_overview_shows_the_last_five_jobs(console: Console) -> None:
    for _ in range(7):
        console.redrive()

    links = [link for link in console.get("/").links() if link.startswith("/jobs/")]

    assert links == [f"/jobs/{number}" for number in (7, 6, 5, 4, 3)]


@pytest.mark.parametrize(("done", "total"), [(0, 0), (0, 2_500), (1_200, 2_500)])
def test_running_job_shows_progress_polls_and_can_be_stopped(console: Console, done: int, total: int) -> None:
    job = console.redrive()
    job.phase, job.done, job.total = "Read the dead letters", done, total

    page = console.page_of(job)

    (bar,) = [attributes for name, attributes in page.elements if name == "progress"]
    assert bar.get("max", "0") == str(total)
    assert ("1,200 of 2,500" in page.text) is bool(done)
    assert [attributes["hx-get"] for _, attributes in page.elements if attributes.get("id") == "job"] == ["/jobs/1"]
    assert page.actions() == ["/jobs/1/stop"]


def test_stopping_job_cannot_be_stopped_again(console: Console) -> None:
    job = console.redrive()
    job.stop()

    page = console.page_of(job)

    assert "Stopping …" in page.text
    (button,) = [attributes for name, attributes in page.elements if name == "button" and "disabled" in attributes]
    assert button == {"disabled": ""}


@pytest.mark.parametrize("make", [Console.redrive, Console.discard])
@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED, JobState.STOPPED])
def test_page_of_an_ended_job_neither_polls_nor_offers_actions(console: Console, make: Any, state: JobState) -> None:
    job = make(console)
    job.state, job.ended, job.error = state, NOON, "AWS throttles ReceiveMessage"

    page = console.page_of(job)

    assert page.status == 200
    assert page.actions() == []
    assert not [attributes for _, attributes in page.elements if attributes.get("hx-get") == "/jobs/1"]
    assert ("Not finished. AWS throttles ReceiveMessage" in page.text) is (state is JobState.FAILED)
    assert ("Stopped by you." in page.text) is (state is JobState.STOPPED)


@pytest.mark.parametrize("make", [Console.redrive, Console.discard])
@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED, JobState.STOPPED])
def test_page_of_a_job_at_the_moment_of_its_end(console: Console, make: Any, state: JobState) -> None:
    job = make(console)
    job.state = state

    page = console.page_of(job)

    assert page.status == 200
    assert "Cancel" not in page.text


def test_redrive_page_shows_the_whole_result(console: Console) -> None:
    job = console.redrive()
    job.state, job.ended = JobState.DONE, NOON
    job.result.chosen, job.result.sent, job.result.finished, job.result.in_doubt = 2_500, 1_200, True, 10
    job.result.sample = (
        sample_outcome(1, Outcome.SUCCEEDED),
        sample_outcome(2, Outcome.RETRYING, error="PermanentError", detail="the CRM answered 422"),
        sample_outcome(3, Outcome.RETRYING, error="Timeout"),
        sample_outcome(4, None),
    )
    job.result.not_sent = {f"sqs-{number}": "its body is no message" for number in range(1_025)}
    job.result.not_deleted = {"sqs-7": "gone", "sqs-8": "gone"}

    page = console.page_of(job)

    for text in (
        "1,200 of 2,500 dead letters redriven",
        "Stopped: the sample failed",
        "1,300 dead letters not redriven",
        "task-1 succeeded",
        "task-2 retrying PermanentError: the CRM answered 422",
        "task-3 retrying Timeout",
        "task-4 no outcome yet",
        "1,025 dead letters could not be redriven",
        "sqs-0 its body is no message",
        "and 1,005 more",
        "2 messages redriven, but also still in the dead-letter queue",
        "Up to 10 more were being sent",
    ):
        assert text in page.text
    assert "sqs-20 " not in page.text
    assert "/journey?id=task-1" in page.links()


def test_redrive_without_a_match_says_so(console: Console) -> None:
    job = console.redrive()
    job.state, job.ended, job.result.finished = JobState.DONE, NOON, True

    assert "No dead letters match" in console.page_of(job).text


def test_running_redrive_shows_what_was_sent_so_far(console: Console) -> None:
    job = console.redrive()
    job.result.chosen, job.result.sent, job.result.in_doubt = 30, 10, 10
    job.result.not_deleted = {"sqs-1": "gone"}

    text = console.page_of(job).text

    assert "10 of 30 dead letters redriven" in text
    assert "still in the dead-letter queue" not in text
    assert "being sent" not in text


@pytest.mark.parametrize("count", [1, 2_000])
def test_unconfirmed_discard_names_the_file_and_its_contents(console: Console, count: int) -> None:
    job = console.discard()
    job.state, job.exported, job.count = JobState.UNCONFIRMED, Path("discarded/dead-letters.jsonl"), count
    job.causes = tuple(causes([FoundDeadLetter(SERVICE, make_dead_letter())]))

    page = console.page_of(job)

    assert ("1 dead letter written to" if count == 1 else "2,000 dead letters written to") in page.text
    assert "discarded/dead-letters.jsonl" in page.text
    assert ("Delete 1 dead letter for good?" if count == 1 else "Delete 2,000 dead letters for good?") in page.text
    assert "Cancel" in page.text
    assert page.actions() == ["/jobs/1/confirm", "/jobs/1/stop"]


def test_discard_page_shows_the_whole_result(console: Console) -> None:
    job = console.discard()
    job.state, job.ended, job.exported, job.count = JobState.DONE, NOON, Path("discarded/dead-letters.jsonl"), 30
    job.result.finished, job.result.deleted = True, 5
    job.result.not_deleted = {f"sqs-{number}": "somebody else has it" for number in range(25)}

    page = console.page_of(job)

    assert "5 dead letters of activity.record in stage dev deleted" in page.text
    assert "sqs-0 not deleted: somebody else has it" in page.text
    assert "and 5 more" in page.text
    assert page.actions() == []


def test_discard_without_a_match_says_that_there_was_nothing(console: Console) -> None:
    job = console.discard()
    job.state, job.ended, job.result.finished = JobState.DONE, NOON, True

    text = console.page_of(job).text

    assert "No dead letters match: there was nothing to discard." in text
    assert "0 dead letters" not in text


def test_job_that_failed_unexpectedly_shows_no_details(console: Console) -> None:
    job = console.redrive()

    def fail() -> None:
        raise ZeroDivisionError("secret")

    job.run = fail  # type: ignore[method-assign]  # the job fails when it begins
    with pytest.raises(ZeroDivisionError):
        Job.execute(job)

    page = console.page_of(job)

    assert "an unexpected error occurred" in page.text
    assert "secret" not in page.html


@pytest.mark.parametrize("action", ["stop", "confirm"])
def test_late_stop_or_confirmation_changes_nothing(console: Console, action: str) -> None:
    console.add_dead_letter()
    console.post("/redrive", type=SERVICE)
    wait_until_ended(console.latest_job)

    assert console.post(f"/jobs/1/{action}").status == 303

    assert console.latest_job.state is JobState.DONE
    assert console.get("/jobs/1").status == 200


@pytest.mark.parametrize("action", ["stop", "confirm"])
def test_unknown_job_cannot_be_stopped_or_confirmed(console: Console, action: str) -> None:
    assert console.post(f"/jobs/1/{action}").status == 404


def test_failed_redrive_shows_its_error(console: Console) -> None:
    console.add_dead_letter()
    console.stage.logs.fail = failing("AccessDeniedException", "put_log_events")
    address = console.post("/redrive", type=SERVICE).location
    wait_until_ended(console.latest_job)

    page = console.get(address)

    assert "Not finished. the audit log could not be written" in page.text
    assert console.stage.sqs.messages(QUEUE) == []
