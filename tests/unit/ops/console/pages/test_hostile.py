"""Hostile text never becomes an element or an attribute, and stays legible."""

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
    '"><img src=x onerror=alert(1)> " hx-get=/refresh hx-trigger=load "',
    "' onmouseover='alert(1)' x='",
    "</pre></title></select></svg></textarea><svg onload=alert(1)>",
    "<!-- <![CDATA[<b>]]>",
    "{{ 7 * 7 }}{% if %}{# a #} &lt;b&gt;&#60;b&#62;&amp;",
    "\u202egnp.exe\u2066 a\u2028b\u2029c\u0085d zero\u200bwidth\ufeff",
    "\x1b[2J\x00\x07\x7f a\r\nSet-Cookie: b=c",
    "naïve ✓ Ж",
]
"""Texts for an address."""

WRITTEN = [*TYPED, "\ud800<b>\udfff"]
"""Texts for JSON."""


def dead_letter_with(text: str) -> list[tuple[str, Page]]:
    """Pages of a dead letter with the text wherever a producer could write it."""
    console = Console()
    attempt = {"attempt": text, "at": text, "durationMs": text, "error": text, "message": text}
    history: dict[str, Any] = {
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
    page = console.add_dead_letter(body=json.dumps(body), **history)
    (queued,) = console.stage.sqs.messages(DEAD_LETTERS)
    queued.attributes[f"x{text}"] = {"DataType": "String", "StringValue": text}
    console.context.cache.request_refresh()
    console.poll()
    pages = {path: console.get(path) for path in ("/", "/dead-letters", page)}
    pages |= {path: console.get(path, type=SERVICE) for path in ("/redrive", "/discard")}
    pages["payload"] = console.post(f"{page}/payload")
    return list(pages.items())


def address_with(text: str) -> list[tuple[str, Page]]:
    """Pages with the text in their address or form."""
    console = Console()
    console.add_dead_letter()
    pages = {
        **{path: console.get(path, id=text) for path in ("/dead-letters", "/redrive", "/discard", "/journey")},
        "journey's time": console.get("/journey", id=HARMLESS, since=text),
        "journey's graph": console.get("/journey/graph", id=text),
        "journey's graph since": console.get("/journey/graph", id=HARMLESS, since=text),
        **{name: console.get("/dead-letters", **{name: text}) for name in ("type", "reason", "cause", "tenant")},
        **{name: console.get("/discard", type=SERVICE, **{name: text}) for name in ("since", "until")},
        "form": console.post("/redrive", type=text),
        "number": console.post("/redrive", type=SERVICE, rate_limit=text),
        "page": console.get("/dead-letters", page=text),
    }
    return list(pages.items())


def jobs_with(text: str) -> list[tuple[str, Page]]:
    """Pages of jobs with the text in every field."""
    console = Console()
    biography = {"DataType": "String", "StringValue": json.dumps({"errorClass": text})}
    dead_letter = DeadLetter.of({"MessageId": "sqs-1", "Body": text, "MessageAttributes": {"biography": biography}})
    redrive, discard = console.redrive(), console.discard()
    for job in (redrive, discard):
        job.description = job.error = text
        job.state, job.ended = JobState.FAILED, NOON
    redrive.result.chosen = redrive.result.sent = 1
    redrive.result.not_sent = {"sqs-2": text}
    line = LogLine(at=NOON, what=Outcome.RETRYING, service=SERVICE, error=text, detail=text)
    redrive.result.sample = (SampleOutcome(Sent(dead_letter, "sqs-3"), line),)
    discard.exported = Path("discarded") / text.replace("/", "_").replace("\0", "_")
    discard.result.not_deleted = {"sqs-2": text}
    unconfirmed, running = console.discard(), console.redrive()
    unconfirmed.state, unconfirmed.causes = JobState.UNCONFIRMED, tuple(causes([Found(SERVICE, dead_letter)]))
    running.phase = text
    pages = {type(job).__name__ + job.state: console.page_of(job) for job in (redrive, discard, unconfirmed, running)}
    return [*pages.items(), ("/", console.get("/"))]


def aws_with(text: str) -> list[tuple[str, Page]]:
    """Pages with the text in an error of AWS and in alarm names."""
    console = Console()
    name = text.replace("/", "_")
    console.stage.cloudwatch.alarms = {f"{SERVICE}/{name}": "ALARM", f"{name}/{name}": "ALARM"}
    console.add_dead_letter()
    before = console.get("/")

    def refuse(_operation: str) -> None:
        raise ClientError({"Error": {"Code": text, "Message": text}}, text)

    console.stage.sqs.before = refuse
    console.poll()
    return [("alarms", before), ("error", console.get("/")), ("shown", console.get("/dead-letters"))]


def stage_with(text: str) -> list[tuple[str, Page]]:
    """Pages with the text as stage, region and operator."""
    console = Console()
    context = console.context
    for name in ("operator", "region"):
        object.__setattr__(context, name, text)
    object.__setattr__(context.stage, "name", text)
    return [(path, console.get(path)) for path in ("/", "/nowhere", f"/{SERVICE}")]


Pages = Callable[[str], list[tuple[str, Page]]]


@cache
def harmless_pages(pages_with: Pages) -> list[tuple[str, Page]]:
    return pages_with(HARMLESS)


def assert_it_is_text(pages_with: Pages, text: str) -> list[tuple[str, Page]]:
    """Check that the pages have the same elements and attributes as with a harmless text; return the pages."""
    found = pages_with(text)
    for (where, page), (_, harmless) in zip(found, harmless_pages(pages_with), strict=True):
        assert page.shape == harmless.shape, where
        for _, attributes in page.elements:
            for name in {"href", "src", "action", "hx-get"} & attributes.keys():
                assert attributes[name] == "" or attributes[name][0] in "/#", where
                assert not attributes[name].startswith("//"), where
        assert all(each.isprintable() or each == "\n" for each in page.html), where
    return found


def legible(text: str) -> str:
    """The text as a page shows it: in one line, with invisible characters escaped."""
    return " ".join(printable(text).split())


def is_shown(text: str, page: Page) -> bool:
    """Whether the page or one of its fields shows the text; an error may show it as a Python literal."""
    shown = [page.text, *(legible(attributes.get("value", "")) for _, attributes in page.elements)]
    return any(legible(text).casefold() in each.replace("\\\\", "\\").casefold() for each in shown)


@pytest.mark.parametrize("text", WRITTEN, ids=ascii)
def test_hostile_text_in_a_dead_letter_is_visible_text(text: str) -> None:
    for where, page in assert_it_is_text(dead_letter_with, text):
        assert page.status == 200
        if where != "/dead-letters":
            assert legible(text) in page.text, where


@pytest.mark.parametrize("text", TYPED, ids=ascii)
def test_hostile_text_in_an_address_or_form_is_visible_text(text: str) -> None:
    for where, page in assert_it_is_text(address_with, text):
        assert page.status < 500, where
        if where not in {"page", "number"}:  # they show another text, which other tests check
            assert is_shown(text.strip(), page), where


@pytest.mark.parametrize("text", WRITTEN, ids=ascii)
def test_hostile_text_in_a_job_is_visible_text(text: str) -> None:
    for where, page in assert_it_is_text(jobs_with, text):
        assert page.status == 200
        assert legible(text) in page.text, where


@pytest.mark.parametrize("text", WRITTEN, ids=ascii)
def test_hostile_text_from_aws_is_visible_text(text: str) -> None:
    for where, page in assert_it_is_text(aws_with, text):
        assert page.status == 200
        assert legible(text.replace("/", "_")) in page.text, where


@pytest.mark.parametrize("text", TYPED, ids=ascii)
def test_hostile_name_of_a_stage_is_text(text: str) -> None:
    for _, page in assert_it_is_text(stage_with, text):
        assert page.status in {200, 404}


@pytest.mark.parametrize("text", TYPED, ids=ascii)
def test_hostile_text_in_an_unknown_address_is_text(text: str) -> None:
    console = Console()
    harmless = console.get(f"/dead-letters/{SERVICE}/{HARMLESS}")

    for path in (f"/dead-letters/{SERVICE}/{text}", f"/{text}", f"/jobs/{text}"):
        page = console.get(path.replace("\r", "").replace("\n", ""))

        assert page.status in {404, 308}
        assert page.shape == harmless.shape or page.status == 308


@pytest.mark.parametrize("path", ["/dead-letters", "/journey", "/journey/graph", "/find", "/redrive"])
def test_bytes_that_are_no_utf_8_in_an_address_are_text(path: str) -> None:
    page = Console().get(f"{path}?id=%ED%A0%80%FF%C0%AF%00")

    assert page.status < 400


@settings(max_examples=10, deadline=None)
@given(text=st.text(min_size=1))
def test_any_text_in_a_dead_letter_creates_no_element(text: str) -> None:
    for _, page in assert_it_is_text(dead_letter_with, f"a{text}"):
        assert page.status == 200
