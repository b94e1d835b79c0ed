"""The pages to mend: what is asked before letters are sent back or taken away, and what a form asks for."""

from pathlib import Path

import pytest

from ops.console.jobs.redrive import RedriveJob
from ops.dead_letters.filters import Filters
from ops.dead_letters.redrive.report import RedriveRequest
from tests.fakes.service import NOON
from tests.fakes.stage import CAUSE, DEAD_LETTERS, OTHER_CAUSE, QUEUE, SERVICE
from tests.messages import COMPANY
from tests.unit.ops.console.console_fakes import Console, until_it_asks, until_it_ended

HOW = {"sampled": "yes", "sample": "5", "deadline": "300", "rate": ""}

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[RedriveRequest]:
    """What redrives are asked for; none is carried out."""
    requests: list[RedriveRequest] = []
    monkeypatch.setattr(RedriveJob, "run", lambda work: requests.append(work.request))
    return requests


@pytest.mark.parametrize("path", ["/redrive", "/discard"])
def test_before_anything_is_done_it_is_said_to_how_many_of_what_and_where(console: Console, path: str) -> None:
    for number in range(3):
        console.stage.bury(number)
    console.stage.bury(9, OTHER_CAUSE)
    console.look()

    page = console.get(path, type=SERVICE, since="2h")

    for told in ("4 dead letters", SERVICE, "dev", CAUSE, OTHER_CAUSE, "3 ×", "1 ×"):  # noqa: RUF001 the sign for times
        assert told in page.text
    assert page.fields() == {"type": SERVICE, "since": "2026-04-14T10:00:00Z"}
    assert page.actions() == [""]


@pytest.mark.parametrize("path", ["/redrive", "/discard"])
def test_one_letter_is_told_as_one(console: Console, path: str) -> None:
    console.letter()

    text = console.get(path, type=SERVICE, fingerprint=CAUSE).text

    assert "1 dead letter of" in text
    assert "letters" not in text.split("Discard" if path == "/discard" else "Redrive")[-1].split("No")[0]


@pytest.mark.parametrize("path", ["/redrive", "/discard"])
def test_where_there_is_nothing_to_mend_nothing_is_offered(console: Console, path: str) -> None:
    page = console.get(path, type=SERVICE)

    assert "there is nothing to" in page.text
    assert page.actions() == []


@pytest.mark.parametrize("path", ["/redrive", "/discard"])
def test_of_several_types_nothing_is_offered(console: Console, path: str) -> None:
    console.letter()

    page = console.get(path)

    assert "choose a type first" in page.text
    assert page.actions() == []


@pytest.mark.parametrize("path", ["/redrive", "/discard"])
def test_a_form_without_a_type_is_a_sentence_and_does_nothing(console: Console, path: str) -> None:
    page = console.post(path, HOW, why="mended")

    assert page.status == 400
    assert "say of which type: letters go back to one queue at a time" in page.text
    assert console.desk.works.latest() == []


def test_a_form_s_fields_are_the_request_exactly(console: Console, asked: list[RedriveRequest]) -> None:
    page = console.post(
        "/redrive",
        type=SERVICE,
        reason="permanent",
        fingerprint=CAUSE,
        tenant=COMPANY,
        id="task-1",
        since="2026-04-14T10:00:00Z",
        until="2026-04-14T11:00:00Z",
        sampled="yes",
        sample="7",
        deadline="90.5",
        rate="0.25",
    )

    assert (page.status, page.location) == (303, "/work/1")
    until_it_ended(console.begun)
    (request,) = asked
    filters = Filters(
        reason="permanent",
        fingerprint=CAUSE,
        tenant=COMPANY,
        id="task-1",
        since=NOON.replace(hour=10),
        until=NOON.replace(hour=11),
    )
    assert request == RedriveRequest(
        stage=console.desk.stage, service=SERVICE, filters=filters, sample=7, deadline=90.5, rate=0.25
    )


def test_what_the_page_keeps_is_what_its_form_asks_for(console: Console, asked: list[RedriveRequest]) -> None:
    console.letter()
    page = console.get("/redrive", type=SERVICE, reason="permanent", fingerprint=CAUSE.upper(), since="2h")
    values = {
        attributes["name"]: attributes.get("value", "")
        for name, attributes in page.elements
        if name == "input" and attributes.get("name", "") in HOW
    }
    console.stage.clock.sleep(3_600)

    console.post("/redrive", {**page.fields(), **values})

    until_it_ended(console.begun)
    (request,) = asked
    assert request.filters == Filters(reason="permanent", fingerprint=CAUSE, since=NOON.replace(hour=10))
    assert (request.sample, request.deadline, request.rate) == (1, 300, None)


def test_without_a_sample_all_are_sent_at_once(console: Console, asked: list[RedriveRequest]) -> None:
    console.post("/redrive", type=SERVICE, sample="x", deadline="x", rate=" ")

    until_it_ended(console.begun)
    assert [(request.sample, request.rate) for request in asked] == [(None, None)]


NONSENSE = ["0", "-1", "five", "nan", "inf", "-inf", "1e999", "1e300", "0.0", "1,5", "½", "0x10", "9" * 400]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        *((field, text) for field in ("sample", "deadline", "rate") for text in NONSENSE),
        *((field, text) for field in ("sample", "deadline") for text in ("", " ")),
    ],
)
def test_a_number_that_makes_no_sense_is_a_sentence_and_nothing_is_sent(
    console: Console, asked: list[RedriveRequest], field: str, text: str
) -> None:
    page = console.post("/redrive", HOW | {"type": SERVICE, field: text})

    assert page.status == 400
    assert f"the {field} is to be a number of at least" in page.text
    assert asked == []
    assert console.desk.works.latest() == []


@pytest.mark.parametrize("why", ["", " ", "\n"])
def test_a_discard_without_a_reason_is_a_sentence_and_writes_nothing(console: Console, why: str) -> None:
    console.letter()

    page = console.post("/discard", type=SERVICE, why=why)

    assert page.status == 400
    assert "say why: it is written into the audit log" in page.text
    assert not Path("discarded").exists()


@pytest.mark.parametrize("path", ["/redrive", "/discard"])
def test_a_form_of_more_than_64_kib_is_refused(console: Console, path: str) -> None:
    page = console.post(path, HOW | {"type": SERVICE}, why="x" * 65_536)

    assert page.status == 413
    assert console.desk.works.latest() == []


def test_a_redrive_is_carried_out_and_told_of(console: Console) -> None:
    console.letter()

    address = console.post("/redrive", type=SERVICE, fingerprint=CAUSE).location
    until_it_ended(console.begun)

    page = console.get(address)
    assert "1 of 1 were sent back" in page.text
    assert f"{SERVICE}, cause {CAUSE}" in page.text
    assert console.stage.ids(QUEUE) == ["task-1"]
    assert "Redrive of" in console.get("/").text


def test_a_discard_asks_once_more_and_is_carried_out_by_a_yes(console: Console) -> None:
    console.letter()
    address = console.post("/discard", type=SERVICE, why=" mended by hand ").location
    until_it_asks(console.begun)

    page = console.get(address)
    assert "Delete it for good?" in page.text
    assert "discarded/dev-activity.record-" in page.text
    assert page.actions() == ["/work/1/agree", "/work/1/stop"]
    assert console.stage.ids(DEAD_LETTERS) == ["task-1"]
    agreed = console.post("/work/1/agree")
    until_it_ended(console.begun)

    assert (agreed.status, agreed.location) == (303, "/work/1")
    assert "1 dead letter of activity.record in stage dev deleted" in console.get(address).text
    assert console.stage.ids(DEAD_LETTERS) == []
    assert [line["why"] for line in console.stage.logs.lines()] == ["mended by hand"]


def test_a_no_leaves_all_where_it_is(console: Console) -> None:
    console.letter()
    address = console.post("/discard", type=SERVICE, why="mended").location
    until_it_asks(console.begun)

    stopped = console.post("/work/1/stop")
    until_it_ended(console.begun)

    assert (stopped.status, stopped.location) == (303, address)
    assert "Stopped by you." in console.get(address).text
    assert console.stage.ids(DEAD_LETTERS) == ["task-1"]


@pytest.mark.parametrize("path", ["/redrive", "/discard"])
def test_while_the_console_ends_nothing_more_is_begun(console: Console, path: str) -> None:
    console.letter()
    console.desk.works.end()

    page = console.post(path, type=SERVICE, why="mended")

    assert page.status == 400
    assert "the console is ending" in page.text
