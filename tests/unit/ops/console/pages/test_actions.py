"""Pages that start a redrive or a discard: what they show first, and what their forms request."""

from pathlib import Path

import pytest

from ops.console.jobs.redrive import RedriveJob
from ops.dead_letters.filters import Filters
from ops.dead_letters.redrive.report import RedriveRequest
from tests.fakes.service import NOON
from tests.fakes.stage import CAUSE, DEAD_LETTERS, OTHER_CAUSE, QUEUE, SERVICE
from tests.messages import COMPANY
from tests.unit.ops.console.console_fakes import Console, wait_until_ended, wait_until_unconfirmed

OPTIONS = {"has_sample": "yes", "sample_size": "5", "deadline": "300", "rate_limit": ""}

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def requested(monkeypatch: pytest.MonkeyPatch) -> list[RedriveRequest]:
    """Requests of the started redrives, which do nothing else."""
    requests: list[RedriveRequest] = []
    monkeypatch.setattr(RedriveJob, "run", lambda job: requests.append(job.request))
    return requests


@pytest.mark.parametrize("path", ["/redrive", "/discard"])
def test_form_shows_count_type_stage_and_causes(console: Console, path: str) -> None:
    for number in range(3):
        console.stage.bury(number)
    console.stage.bury(9, OTHER_CAUSE)
    console.poll()

    page = console.get(path, type=SERVICE, since="2h")

    for text in ("4 dead letters", SERVICE, "dev", CAUSE, OTHER_CAUSE, "3 ×", "1 ×"):  # noqa: RUF001 the multiplication sign
        assert text in page.text
    assert page.fields() == {"type": SERVICE, "since": "2026-04-14T10:00:00Z"}
    assert page.actions() == [""]


@pytest.mark.parametrize("path", ["/redrive", "/discard"])
def test_form_counts_one_dead_letter_in_the_singular(console: Console, path: str) -> None:
    console.add_dead_letter()

    text = console.get(path, type=SERVICE, cause=CAUSE).text

    assert "1 dead letter of" in text
    assert "1 dead letters" not in text
    assert ("Export 1 to a file" if path == "/discard" else "Redrive 1 Cancel") in text


@pytest.mark.parametrize("path", ["/redrive", "/discard"])
def test_selection_without_a_match_offers_no_form(console: Console, path: str) -> None:
    page = console.get(path, type=SERVICE)

    assert "there is nothing to" in page.text
    assert page.actions() == []


@pytest.mark.parametrize("path", ["/redrive", "/discard"])
def test_selection_of_several_types_offers_no_form(console: Console, path: str) -> None:
    console.add_dead_letter()

    page = console.get(path)

    assert "Choose a type first" in page.text
    assert page.actions() == []


@pytest.mark.parametrize("path", ["/redrive", "/discard"])
def test_form_without_a_type_is_an_error_and_does_nothing(console: Console, path: str) -> None:
    page = console.post(path, OPTIONS, comment="fixed")

    assert page.status == 400
    assert "choose a type first: this works on one queue at a time" in page.text
    assert console.context.jobs.latest() == []


def test_form_fields_become_the_request(console: Console, requested: list[RedriveRequest]) -> None:
    page = console.post(
        "/redrive",
        type=SERVICE,
        reason="permanent",
        cause=CAUSE,
        tenant=COMPANY,
        id="task-1",
        since="2026-04-14T10:00:00Z",
        until="2026-04-14T11:00:00Z",
        has_sample="yes",
        sample_size="7",
        deadline="90.5",
        rate_limit="0.25",
    )

    assert (page.status, page.location) == (303, "/jobs/1")
    wait_until_ended(console.latest_job)
    (request,) = requested
    filters = Filters(
        reason="permanent",
        fingerprint=CAUSE,
        tenant=COMPANY,
        id="task-1",
        since=NOON.replace(hour=10),
        until=NOON.replace(hour=11),
    )
    assert request == RedriveRequest(
        stage=console.context.stage, service=SERVICE, filters=filters, sample=7, deadline=90.5, rate=0.25
    )


def test_form_submits_the_selection_of_its_page(console: Console, requested: list[RedriveRequest]) -> None:
    console.add_dead_letter()
    page = console.get("/redrive", type=SERVICE, reason="permanent", cause=CAUSE.upper(), since="2h")
    values = {
        attributes["name"]: attributes.get("value", "")
        for name, attributes in page.elements
        if name == "input" and attributes.get("name", "") in OPTIONS
    }
    console.stage.clock.sleep(3_600)

    console.post("/redrive", {**page.fields(), **values})

    wait_until_ended(console.latest_job)
    (request,) = requested
    assert request.filters == Filters(reason="permanent", fingerprint=CAUSE, since=NOON.replace(hour=10))
    assert (request.sample, request.deadline, request.rate) == (1, 300, None)


def test_redrive_without_a_sample_has_no_sample_size(console: Console, requested: list[RedriveRequest]) -> None:
    console.post("/redrive", type=SERVICE, sample_size="x", deadline="x", rate_limit=" ")

    wait_until_ended(console.latest_job)
    assert [(request.sample, request.rate) for request in requested] == [(None, None)]


NONSENSE = ["0", "-1", "five", "nan", "inf", "-inf", "1e999", "1e300", "0.0", "1,5", "½", "0x10", "9" * 400]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        *((field, text) for field in ("sample_size", "deadline", "rate_limit") for text in NONSENSE),
        *((field, text) for field in ("sample_size", "deadline") for text in ("", " ")),
    ],
)
def test_invalid_number_is_an_error_and_nothing_is_sent(
    console: Console, requested: list[RedriveRequest], field: str, text: str
) -> None:
    page = console.post("/redrive", OPTIONS | {"type": SERVICE, field: text})

    assert page.status == 400
    assert f"the {field.replace('_', ' ')} must be a number from" in page.text
    assert requested == []
    assert console.context.jobs.latest() == []


@pytest.mark.parametrize("comment", ["", " ", "\n"])
def test_discard_without_a_comment_is_an_error_and_writes_nothing(console: Console, comment: str) -> None:
    console.add_dead_letter()

    page = console.post("/discard", type=SERVICE, comment=comment)

    assert page.status == 400
    assert "enter a comment: it is written into the audit log" in page.text
    assert not Path("discarded").exists()


@pytest.mark.parametrize("path", ["/redrive", "/discard"])
def test_form_of_more_than_64_kib_is_refused(console: Console, path: str) -> None:
    page = console.post(path, OPTIONS | {"type": SERVICE}, comment="x" * 65_536)

    assert page.status == 413
    assert console.context.jobs.latest() == []


def test_redrive_sends_the_dead_letter_and_shows_the_result(console: Console) -> None:
    console.add_dead_letter()

    address = console.post("/redrive", type=SERVICE, cause=CAUSE).location
    wait_until_ended(console.latest_job)

    page = console.get(address)
    assert "1 of 1 dead letter redriven" in page.text
    assert f"{SERVICE}, cause {CAUSE}" in page.text
    assert console.stage.ids(QUEUE) == ["task-1"]
    assert "Redrive of" in console.get("/").text


def test_discard_deletes_after_confirmation(console: Console) -> None:
    console.add_dead_letter()
    address = console.post("/discard", type=SERVICE, comment=" fixed by hand ").location
    wait_until_unconfirmed(console.latest_job)

    page = console.get(address)
    assert "Delete 1 dead letter for good?" in page.text
    assert "discarded/dev-activity.record-" in page.text
    assert page.actions() == ["/jobs/1/confirm", "/jobs/1/stop"]
    assert console.stage.ids(DEAD_LETTERS) == ["task-1"]
    confirmed = console.post("/jobs/1/confirm")
    wait_until_ended(console.latest_job)

    assert (confirmed.status, confirmed.location) == (303, "/jobs/1")
    assert "1 dead letter of activity.record in stage dev deleted" in console.get(address).text
    assert console.stage.ids(DEAD_LETTERS) == []
    assert [line["why"] for line in console.stage.logs.lines()] == ["fixed by hand"]


def test_cancelled_discard_deletes_nothing(console: Console) -> None:
    console.add_dead_letter()
    address = console.post("/discard", type=SERVICE, comment="fixed").location
    wait_until_unconfirmed(console.latest_job)

    stopped = console.post("/jobs/1/stop")
    wait_until_ended(console.latest_job)

    assert (stopped.status, stopped.location) == (303, address)
    assert "Stopped by you." in console.get(address).text
    assert console.stage.ids(DEAD_LETTERS) == ["task-1"]


@pytest.mark.parametrize("path", ["/redrive", "/discard"])
def test_no_job_is_started_while_the_console_ends(console: Console, path: str) -> None:
    console.add_dead_letter()
    console.context.jobs.stop_all()

    page = console.post(path, type=SERVICE, comment="fixed")

    assert page.status == 400
    assert "the console is ending" in page.text
