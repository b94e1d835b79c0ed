"""The journey page: a graph made from the logs, or a sentence that says why there is none."""

import pytest

from schemas.names import QUEUE_PROCESSOR
from tests.fakes.service import NOON
from tests.fakes.stage import SERVICE
from tests.unit.ops.console.console_fakes import Console
from tests.unit.ops.dead_letters.interruptions import unreachable


def test_journey_is_read_from_the_logs_after_its_page_loads(console: Console) -> None:
    dead_letter_page = console.add_dead_letter()
    line = {"outcome": "dead_lettered", "id": "task-1"}
    console.stage.log(SERVICE, NOON, **line, reason="permanent")
    page = console.get("/journey", id="task-1")
    (address,) = [
        attributes["hx-get"]
        for name, attributes in page.elements
        if name == "section" and "/journey/graph" in attributes.get("hx-get", "")
    ]

    fragment = console.get(address)

    assert (page.status, fragment.status) == (200, 200)
    assert "<html" not in fragment.html
    assert "dead-lettered by activity.record" in fragment.text
    assert dead_letter_page in fragment.links()


@pytest.mark.parametrize(
    ("type_name", "detail", "kind"),
    [
        ("email.delivered", "delivered 14:00:33", "ok"),
        ("email.bounced", "bounced: the mailbox is unknown", "bad"),
        ("email.complained", "complained: <b>marked as spam</b>", "bad"),
    ],
)
def test_journey_says_what_became_of_the_mail(console: Console, type_name: str, detail: str, kind: str) -> None:
    line = {"outcome": "succeeded", "correlation_id": "booking-1"}
    console.stage.log(SERVICE, NOON, **line, id="mail-1", type="email.send")
    console.stage.log(SERVICE, NOON, **line, id="report-1", type=type_name, causation_id="mail-1", detail=detail)

    fragment = console.get("/journey/graph", id="mail-1")

    named = [attributes for name, attributes in fragment.elements if "mail" in attributes.get("class", "").split()]
    assert [attributes["class"] for attributes in named] == [f"mail {kind}"] * 2  # above the graph, and at the mail
    assert fragment.text.count(detail) >= 3  # and in the hop of the report
    assert "<b>" not in fragment.html


def test_journeys_of_a_subject_begin_with_their_notifications(console: Console) -> None:
    line = {"outcome": "succeeded", "subject": "booking/b-1", "type": "booking.created"}
    console.stage.log(SERVICE, NOON, **line, id="1", left_out=["<b>customer</b>"])
    console.stage.log(QUEUE_PROCESSOR, NOON, **line, id="2", left_out=["<b>customer</b>"])

    fragment = console.get("/journey/graph", id="booking/b-1")

    assert "confirmation: left out <b>customer</b>" in fragment.text
    assert "<b>" not in fragment.html


def test_journey_says_that_ses_has_not_reported_on_a_mail(console: Console) -> None:
    console.stage.log(SERVICE, NOON, outcome="succeeded", message="succeeded", id="mail-1", type="email.send")

    assert "sent, no report from SES yet" in console.get("/journey/graph", id="mail-1").text


def test_long_chain_is_cut_and_names_the_command_for_the_rest(console: Console) -> None:
    line = {"outcome": "succeeded", "correlation_id": "chain"}
    for number in range(250):
        console.stage.log(SERVICE, NOON, **line, message="succeeded", id=f"task-{number}")

    fragment = console.get("/journey/graph", id="chain")

    assert "200 messages" in fragment.text
    assert "50 more trees of this chain are not drawn" in fragment.text
    assert "taly-async trace chain --stage dev" in fragment.text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"id": "nobody"}, "names nobody"),
        ({"id": "no id!"}, "can be no id"),
        ({"id": ""}, "can be no id"),
        ({"id": "task-1", "since": "never"}, "is no time"),
    ],
    ids=str,
)
def test_journey_fragment_shows_why_there_is_no_graph(console: Console, query: dict[str, str], sentence: str) -> None:
    fragment = console.get("/journey/graph", **query)

    assert fragment.status == 200
    assert sentence in fragment.text


def test_journey_shows_why_the_logs_cannot_be_read(console: Console) -> None:
    console.stage.logs.before = unreachable

    assert "AWS cannot be reached" in console.get("/journey/graph", id="task-1").text


def test_journey_page_without_an_id_reads_no_logs(console: Console) -> None:
    page = console.get("/journey")

    assert page.status == 200
    assert "Reading the logs" not in page.text
