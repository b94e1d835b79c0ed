"""The page of a work: how far it has come, and all that became of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.console.jobs.job import Job, JobState
from ops.dead_letters.causes import causes
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.redrive.sample import SampleOutcome, Sent
from ops.dead_letters.search import Found
from ops.stage.log_lines import LogLine
from schemas.reasons import Outcome
from tests.fakes.service import NOON, failing
from tests.fakes.stage import QUEUE, SERVICE
from tests.messages import COMPANY
from tests.unit.ops.console.console_fakes import Console, until_it_ended


def letter(number: int = 1) -> DeadLetter:
    body = json.dumps({"id": f"task-{number}", "payload": {"companyId": COMPANY}})
    return DeadLetter.of({"MessageId": f"sqs-{number}", "Body": body})


def verdict(number: int, what: Outcome | None, **more: Any) -> SampleOutcome:
    line = LogLine(at=NOON, what=what, service=SERVICE, **more) if what else None
    return SampleOutcome(Sent(letter(number), f"new-{number}"), line)


def test_only_the_last_five_works_are_on_the_first_page(console: Console) -> None:
    for _ in range(7):
        console.redrive()

    links = [link for link in console.get("/").links() if link.startswith("/work/")]

    assert links == [f"/work/{number}" for number in (7, 6, 5, 4, 3)]


@pytest.mark.parametrize(("done", "about"), [(0, 0), (0, 2_500), (1_200, 2_500)])
def test_one_that_runs_tells_how_far_it_has_come_asks_again_and_can_be_stopped(
    console: Console, done: int, about: int
) -> None:
    work = console.redrive()
    work.phase, work.done, work.about = "Look through the dead letters", done, about

    page = console.page_of(work)

    (bar,) = [attributes for name, attributes in page.elements if name == "progress"]
    assert bar.get("max", "0") == str(about)
    assert ("1,200 of 2,500" in page.text) is bool(done)
    assert [attributes["hx-get"] for _, attributes in page.elements if attributes.get("id") == "work"] == ["/work/1"]
    assert page.actions() == ["/work/1/stop"]


def test_one_that_is_being_stopped_says_so_and_cannot_be_stopped_twice(console: Console) -> None:
    work = console.redrive()
    work.stop()

    page = console.page_of(work)

    assert "Stopping …" in page.text
    (button,) = [attributes for name, attributes in page.elements if name == "button" and "disabled" in attributes]
    assert button == {"disabled": ""}


@pytest.mark.parametrize("make", [Console.redrive, Console.discard])
@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED, JobState.STOPPED])
def test_one_that_ended_asks_for_nothing_more(console: Console, make: Any, state: JobState) -> None:
    work = make(console)
    work.state, work.ended, work.trouble = state, NOON, "AWS throttles ReceiveMessage"

    page = console.page_of(work)

    assert page.status == 200
    assert page.actions() == []
    assert not [attributes for _, attributes in page.elements if attributes.get("hx-get") == "/work/1"]
    assert ("Not finished. AWS throttles ReceiveMessage" in page.text) is (state is JobState.FAILED)
    assert ("Stopped by you." in page.text) is (state is JobState.STOPPED)


@pytest.mark.parametrize("make", [Console.redrive, Console.discard])
@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED, JobState.STOPPED])
def test_in_the_moment_of_its_end_its_page_can_be_asked_for(console: Console, make: Any, state: JobState) -> None:
    work = make(console)
    work.state = state

    page = console.page_of(work)

    assert page.status == 200
    assert "No, leave them" not in page.text


def test_all_that_became_of_a_redrive_is_told(console: Console) -> None:
    work = console.redrive()
    work.state, work.ended = JobState.DONE, NOON
    work.tally.chosen, work.tally.sent, work.tally.finished, work.tally.in_doubt = 2_500, 1_200, True, 10
    work.tally.sample = (
        verdict(1, Outcome.SUCCEEDED),
        verdict(2, Outcome.RETRYING, error="PermanentError", detail="the CRM answered 422"),
        verdict(3, Outcome.RETRYING, error="Timeout"),
        verdict(4, None),
    )
    work.tally.not_sent = {f"sqs-{number}": "its body is no message" for number in range(1_025)}
    work.tally.not_deleted = {"sqs-7", "sqs-8"}

    page = console.page_of(work)

    for told in (
        "1,200 of 2,500 were sent back",
        "It stopped by itself",
        "1,300 letters left",
        "task-1 succeeded",
        "task-2 retrying PermanentError: the CRM answered 422",
        "task-3 retrying Timeout",
        "task-4 no outcome yet",
        "1,025 letters left",
        "sqs-0 its body is no message",
        "and 1,005 more",
        "2 letters were sent and lie in the dead-letter queue as well",
        "Up to 10 more were on their way",
    ):
        assert told in page.text
    assert "sqs-20 " not in page.text
    assert "/journey?id=task-1" in page.links()


def test_a_redrive_that_found_none_says_so(console: Console) -> None:
    work = console.redrive()
    work.state, work.ended, work.tally.finished = JobState.DONE, NOON, True

    assert "No such letters are to be seen" in console.page_of(work).text


def test_a_redrive_that_goes_on_tells_what_was_sent_so_far(console: Console) -> None:
    work = console.redrive()
    work.tally.chosen, work.tally.sent, work.tally.in_doubt = 30, 10, 10
    work.tally.not_deleted = {"sqs-1"}

    text = console.page_of(work).text

    assert "10 of 30 were sent back" in text
    assert "lie in the dead-letter queue as well" not in text
    assert "on their way" not in text


@pytest.mark.parametrize("count", [1, 2_000])
def test_a_discard_that_asks_names_the_file_and_what_is_in_it(console: Console, count: int) -> None:
    work = console.discard()
    work.state, work.exported, work.count = JobState.ASKING, Path("discarded/letters.jsonl"), count
    work.causes = tuple(causes([Found(SERVICE, letter())]))

    page = console.page_of(work)

    assert ("1 dead letter written to" if count == 1 else "2,000 dead letters written to") in page.text
    assert "discarded/letters.jsonl" in page.text
    assert ("Delete it for good?" if count == 1 else "Delete them for good?") in page.text
    assert "No, leave them" in page.text
    assert page.actions() == ["/work/1/agree", "/work/1/stop"]


def test_all_that_became_of_a_discard_is_told(console: Console) -> None:
    work = console.discard()
    work.state, work.ended, work.exported, work.count = JobState.DONE, NOON, Path("discarded/letters.jsonl"), 30
    work.tally.finished, work.tally.deleted = True, 5
    work.tally.not_deleted = {f"sqs-{number}": "somebody else has it" for number in range(25)}

    page = console.page_of(work)

    assert "5 dead letters of activity.record in stage dev deleted" in page.text
    assert "sqs-0 was left: somebody else has it" in page.text
    assert "and 5 more" in page.text
    assert page.actions() == []


def test_a_work_that_ended_by_a_defect_says_so(console: Console) -> None:
    work = console.redrive()

    def defect() -> None:
        raise ZeroDivisionError("secret")

    work.run = defect  # type: ignore[method-assign]  # this one does not get further
    with pytest.raises(ZeroDivisionError):
        Job.carry_out(work)

    page = console.page_of(work)

    assert "it ended by a defect" in page.text
    assert "secret" not in page.html


@pytest.mark.parametrize("act", ["stop", "agree"])
def test_what_ended_is_not_changed_by_a_late_answer(console: Console, act: str) -> None:
    console.letter()
    console.post("/redrive", type=SERVICE)
    until_it_ended(console.begun)

    assert console.post(f"/work/1/{act}").status == 303

    assert console.begun.state is JobState.DONE
    assert console.get("/work/1").status == 200


@pytest.mark.parametrize("act", ["stop", "agree"])
def test_a_work_that_is_not_known_cannot_be_answered(console: Console, act: str) -> None:
    assert console.post(f"/work/1/{act}").status == 404


def test_a_redrive_that_fails_says_why_on_its_page(console: Console) -> None:
    console.letter()
    console.stage.logs.fail = failing("AccessDeniedException", "put_log_events")
    address = console.post("/redrive", type=SERVICE).location
    until_it_ended(console.begun)

    page = console.get(address)

    assert "Not finished. the audit log could not be written" in page.text
    assert console.stage.sqs.messages(QUEUE) == []
