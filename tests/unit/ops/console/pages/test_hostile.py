"""Whatever strangers wrote is text: no element and no attribute comes of it, and people can read what it was."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.console.jobs.job import JobState
from ops.dead_letters.causes import causes
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.redrive.sample import SampleOutcome, Sent
from ops.dead_letters.search import Found
from ops.stage.log_lines import LogLine
from ops.terminal.output import printable
from schemas.reasons import Outcome
from tests.fakes.service import NOON
from tests.fakes.stage import DEAD_LETTERS, SERVICE
from tests.unit.ops.console.console_fakes import Console
from tests.unit.ops.console.page import Page

HARMLESS = "harmless"
TYPED = [
    "<script>alert(1)</script><a href=//evil.test>javascript:alert(1)",
    '"><img src=x onerror=alert(1)> " hx-get=/look hx-trigger=load "',
    "' onmouseover='alert(1)' x='",
    "</pre></title></select></svg></textarea><svg onload=alert(1)>",
    "<!-- <![CDATA[<b>]]>",
    "{{ 7 * 7 }}{% if %}{# a #} &lt;b&gt;&#60;b&#62;&amp;",
    "\u202egnp.exe\u2066 a\u2028b\u2029c\u0085d zero\u200bwidth\ufeff",
    "\x1b[2J\x00\x07\x7f a\r\nSet-Cookie: b=c",
    "naïve ✓ Ж",
]
"""What can be typed into an address."""

WRITTEN = [*TYPED, "\ud800<b>\udfff"]
"""What can stand in JSON."""


def told_by(text: str) -> list[tuple[str, Page]]:
    """The pages of a letter that has it wherever a stranger could write it."""
    console = Console()
    attempt = {"attempt": text, "at": text, "durationMs": text, "error": text, "message": text}
    story: dict[str, Any] = {
        "errorClass": text,
        "message": text,
        "frame": text,
        "function": text,
        "functionVersion": [text],
        "requestId": {text: text},
        "firstEnqueuedAt": text,
        "deferrals": text,
        "redriven": [text],
        "attempts": [attempt],
        text: text,
    }
    body = {
        "id": "task-1",
        "type": text,
        "timestamp": text,
        "source": text,
        "correlationId": text,
        f"x{text}": text,
        "payload": {"companyId": text, text: [text]},
    }
    letter = console.letter(body=json.dumps(body), **story)
    (lying,) = console.stage.sqs.messages(DEAD_LETTERS)
    lying.attributes[f"x{text}"] = {"DataType": "String", "StringValue": text}
    console.desk.board.look_again()
    console.look()
    pages = {path: console.get(path) for path in ("/", "/letters", letter)}
    pages |= {path: console.get(path, type=SERVICE) for path in ("/redrive", "/discard")}
    pages["payload"] = console.post(f"{letter}/payload")
    return list(pages.items())


def selected_by(text: str) -> list[tuple[str, Page]]:
    """The pages whose addresses have it."""
    console = Console()
    console.letter()
    pages = {
        **{path: console.get(path, id=text) for path in ("/letters", "/redrive", "/discard", "/journey")},
        "journey's time": console.get("/journey", id=HARMLESS, since=text),
        "journey's graph": console.get("/journey/graph", id=text),
        "journey's graph since": console.get("/journey/graph", id=HARMLESS, since=text),
        **{name: console.get("/letters", **{name: text}) for name in ("type", "reason", "fingerprint", "tenant")},
        **{name: console.get("/discard", type=SERVICE, **{name: text}) for name in ("since", "until")},
        "form": console.post("/redrive", type=text),
        "number": console.post("/redrive", type=SERVICE, rate=text),
        "page": console.get("/letters", page=text),
    }
    return list(pages.items())


def worked_by(text: str) -> list[tuple[str, Page]]:
    """The pages of works that have it in all that is told of them."""
    console = Console()
    biography = {"DataType": "String", "StringValue": json.dumps({"errorClass": text})}
    letter = DeadLetter.of({"MessageId": "sqs-1", "Body": text, "MessageAttributes": {"biography": biography}})
    redrive, discard = console.redrive(), console.discard()
    for work in (redrive, discard):
        work.what = work.trouble = text
        work.state, work.ended = JobState.FAILED, NOON
    redrive.tally.chosen = redrive.tally.sent = 1
    redrive.tally.not_sent = {"sqs-2": text}
    line = LogLine(at=NOON, what=Outcome.RETRYING, service=SERVICE, error=text, detail=text)
    redrive.tally.sample = (SampleOutcome(Sent(letter, "sqs-3"), line),)
    discard.exported = Path("discarded") / text.replace("/", "_").replace("\0", "_")
    discard.tally.not_deleted = {"sqs-2": text}
    asking, running = console.discard(), console.redrive()
    asking.state, asking.causes = JobState.ASKING, tuple(causes([Found(SERVICE, letter)]))
    running.phase = text
    pages = {type(work).__name__ + work.state: console.page_of(work) for work in (redrive, discard, asking, running)}
    return [*pages.items(), ("/", console.get("/"))]


def seen_by(text: str) -> list[tuple[str, Page]]:
    """The pages while AWS says it, and CloudWatch's alarms are called so."""
    console = Console()
    name = text.replace("/", "_")
    console.stage.cloudwatch.alarms = {f"{SERVICE}/{name}": "ALARM", f"{name}/{name}": "ALARM"}
    console.letter()
    before = console.get("/")

    def refuse(_operation: str) -> None:
        raise ClientError({"Error": {"Code": text, "Message": text}}, text)

    console.stage.sqs.before = refuse
    console.look()
    return [("alarms", before), ("trouble", console.get("/")), ("shown", console.get("/letters"))]


def deployed_as(text: str) -> list[tuple[str, Page]]:
    """The pages of a stage, a region and a person that are called so."""
    console = Console()
    desk = console.desk
    for name in ("who", "region"):
        object.__setattr__(desk, name, text)
    object.__setattr__(desk.stage, "name", text)
    return [(path, console.get(path)) for path in ("/", "/nowhere", f"/{SERVICE}")]


Pages = Callable[[str], list[tuple[str, Page]]]


@cache
def harmless_ones(pages_with: Pages) -> list[tuple[str, Page]]:
    return pages_with(HARMLESS)


def assert_it_is_text(pages_with: Pages, text: str) -> list[tuple[str, Page]]:
    """The pages have the very elements and attributes that they have with a harmless word; gives them."""
    found = pages_with(text)
    for (where, page), (_, harmless) in zip(found, harmless_ones(pages_with), strict=True):
        assert page.shape == harmless.shape, where
        for _, attributes in page.elements:
            for name in {"href", "src", "action", "hx-get"} & attributes.keys():
                assert attributes[name] == "" or attributes[name][0] in "/#", where
                assert not attributes[name].startswith("//"), where
        assert all(each.isprintable() or each == "\n" for each in page.html), where
    return found


def legible(text: str) -> str:
    """As people read it in a page: in one line, with what cannot be seen made visible."""
    return " ".join(printable(text).split())


def is_told(text: str, page: Page) -> bool:
    """Whether it can be read in the page or in a field of it; a sentence may have it as Python writes texts."""
    told = [page.text, *(legible(attributes.get("value", "")) for _, attributes in page.elements)]
    return any(legible(text).casefold() in each.replace("\\\\", "\\").casefold() for each in told)


@pytest.mark.parametrize("text", WRITTEN, ids=ascii)
def test_what_a_letter_says_is_text_and_can_be_read(text: str) -> None:
    for where, page in assert_it_is_text(told_by, text):
        assert page.status == 200
        if where != "/letters":
            assert legible(text) in page.text, where


@pytest.mark.parametrize("text", TYPED, ids=ascii)
def test_what_an_address_or_a_form_says_is_text_and_can_be_read(text: str) -> None:
    for where, page in assert_it_is_text(selected_by, text):
        assert page.status < 500, where
        if where not in {"page", "number"}:  # what these say instead is tested with them
            assert is_told(text.strip(), page), where


@pytest.mark.parametrize("text", WRITTEN, ids=ascii)
def test_what_is_told_of_a_work_is_text_and_can_be_read(text: str) -> None:
    for where, page in assert_it_is_text(worked_by, text):
        assert page.status == 200
        assert legible(text) in page.text, where


@pytest.mark.parametrize("text", WRITTEN, ids=ascii)
def test_what_aws_says_is_text_and_can_be_read(text: str) -> None:
    for where, page in assert_it_is_text(seen_by, text):
        assert page.status == 200
        assert legible(text.replace("/", "_")) in page.text, where


@pytest.mark.parametrize("text", TYPED, ids=ascii)
def test_what_a_stage_is_called_is_text(text: str) -> None:
    for _, page in assert_it_is_text(deployed_as, text):
        assert page.status in {200, 404}


@pytest.mark.parametrize("text", TYPED, ids=ascii)
def test_what_is_not_there_is_not_told_back_as_anything_but_text(text: str) -> None:
    console = Console()
    harmless = console.get(f"/letters/{SERVICE}/{HARMLESS}")

    for path in (f"/letters/{SERVICE}/{text}", f"/{text}", f"/work/{text}"):
        page = console.get(path.replace("\r", "").replace("\n", ""))

        assert page.status in {404, 308}
        assert page.shape == harmless.shape or page.status == 308


@pytest.mark.parametrize("path", ["/letters", "/journey", "/journey/graph", "/find", "/redrive"])
def test_what_is_no_utf_8_in_an_address_is_text(path: str) -> None:
    page = Console().get(f"{path}?id=%ED%A0%80%FF%C0%AF%00")

    assert page.status < 400


@settings(max_examples=10, deadline=None)
@given(text=st.text(min_size=1))
def test_whatever_a_letter_says_no_element_comes_of_it(text: str) -> None:
    for _, page in assert_it_is_text(told_by, f"a{text}"):
        assert page.status == 200
