"""A journey's page: drawn when the logs are read, or a sentence that says why not."""

import pytest

from tests.fakes.service import NOON
from tests.fakes.stage import SERVICE
from tests.unit.ops.console.console_fakes import Console
from tests.unit.ops.dead_letters.interruptions import unreachable


def test_a_journey_is_read_from_the_logs_when_its_page_is_there(console: Console) -> None:
    letter = console.letter()
    line = {"message": "dead_lettered", "outcome": "dead_lettered", "id": "task-1"}
    console.stage.log(SERVICE, NOON, **line, reason="permanent")
    page = console.get("/journey", id="task-1")
    (address,) = [
        attributes["hx-get"]
        for name, attributes in page.elements
        if name == "section" and "/journey/graph" in attributes.get("hx-get", "")
    ]

    drawn = console.get(address)

    assert (page.status, drawn.status) == (200, 200)
    assert "<html" not in drawn.html
    assert "dead-lettered by activity.record" in drawn.text
    assert letter in drawn.links()


def test_of_a_chain_of_very_many_messages_the_first_are_drawn_and_the_rest_is_named(console: Console) -> None:
    line = {"outcome": "succeeded", "correlation_id": "chain"}
    for number in range(250):
        console.stage.log(SERVICE, NOON, **line, message="succeeded", id=f"task-{number}")

    drawn = console.get("/journey/graph", id="chain")

    assert "200 messages" in drawn.text
    assert "50 more trees of this chain are not drawn" in drawn.text
    assert "taly-async trace chain --stage dev" in drawn.text


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
def test_why_there_is_no_journey_is_a_sentence(console: Console, query: dict[str, str], sentence: str) -> None:
    drawn = console.get("/journey/graph", **query)

    assert drawn.status == 200
    assert sentence in drawn.text


def test_where_the_logs_cannot_be_read_the_journey_s_page_says_why(console: Console) -> None:
    console.stage.logs.before = unreachable

    assert "AWS cannot be reached" in console.get("/journey/graph", id="task-1").text


def test_without_an_id_the_journey_s_page_asks_for_one_and_reads_nothing(console: Console) -> None:
    page = console.get("/journey")

    assert page.status == 200
    assert "Reading the logs" not in page.text
