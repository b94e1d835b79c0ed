"""A payload is shown on request only, after a line in the audit log."""

import pytest

from ops.console import snapshot
from tests.fakes.service import client_error, works
from tests.fakes.stage import DEAD_LETTERS, OPERATOR, SERVICE
from tests.unit.ops.console.console_fakes import Console
from tests.unit.ops.console.stage_fakes import ADA, message


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("{broken", "{broken"),
        ("[1]", "[1]"),
        ('{"payload": 4}', "4"),
        ('{"payload": NaN}', "NaN"),
        ('{"payload": null, "id": 7}', '{"payload": null, "id": 7}'),
        ('{"payload": {"a": "\\ud800"}}', '{ "a": "\\ud800" }'),
        ('{"payload": {"a": "\\u202e\\u0000"}}', '{ "a": "\\u202e\\u0000" }'),
        ("[1,\r\n\t2]", "[1,\\r \\t2]"),
    ],
)
def test_payload_is_shown_as_far_as_it_can_be_parsed(console: Console, body: str, text: str) -> None:
    address = console.add_dead_letter(body=body)

    page = console.post(f"{address}/payload")

    shown = page.html.split('aria-label="The payload">')[1].split("</pre>")[0]
    assert " ".join(shown.replace("&#34;", '"').split()) == text


def test_payload_is_hidden_until_requested_and_then_audited(console: Console) -> None:
    address = console.add_dead_letter(body=message(name=ADA))
    pages = [console.get(path) for path in ("/", "/dead-letters", address, "/find?id=task-1")]
    assert not any(ADA in page.html for page in pages)
    assert console.stage.logs.lines() == []
    (action,) = [action for action in pages[2].actions() if action.endswith("/payload#payload")]

    page = console.post(action.removesuffix("#payload"))

    assert ADA in page.text
    (line,) = console.stage.logs.lines()
    assert (line["message"], line["who"], line["id"], line["service"]) == ("shown", OPERATOR, "task-1", SERVICE)
    assert ADA not in str(line)
    assert ADA not in console.get(address).html


def test_producer_attributes_are_hidden_with_the_payload(console: Console) -> None:
    address = console.add_dead_letter(producerAttributes={"tag": ADA})
    (queued,) = console.stage.sqs.messages(DEAD_LETTERS)
    queued.attributes["trace"] = {"DataType": "String", "StringValue": ADA}
    queued.attributes["blob"] = {"DataType": "Binary", "BinaryValue": b"\x00\xff"}
    console.context.cache.request_refresh()
    console.poll()
    assert ADA not in console.get(address).html

    page = console.post(f"{address}/payload")

    assert f"attribute tag {ADA}" in page.text
    assert f"attribute trace {ADA}" in page.text
    assert "attribute blob AP8=" in page.text


def denied(operation: str, _request: object) -> Exception | None:
    return client_error("AccessDeniedException", "PutLogEvents", "no") if operation == "put_log_events" else None


@pytest.mark.parametrize("failure", ["denied", "rejected"])
def test_payload_is_not_shown_if_the_audit_log_refuses(console: Console, failure: str) -> None:
    address = console.add_dead_letter(body=message(name=ADA))
    logs = console.stage.logs
    logs.too_old = failure == "rejected"
    logs.fail = denied if failure == "denied" else works

    page = console.post(f"{address}/payload")

    assert page.status == 400
    assert "the audit log could not be written, so nothing more is done" in page.text
    assert ADA not in page.html


def test_audit_line_is_written_before_the_payload_is_shown(
    console: Console, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    address = console.add_dead_letter(body=message(name=ADA))

    def fail(*_: object, **__: object) -> str:
        assert [line["message"] for line in console.stage.logs.lines()] == ["shown"]
        raise ZeroDivisionError

    monkeypatch.setattr("ops.console.pages.overview.display_record", fail)

    assert console.post(f"{address}/payload").status == 500
    assert "ZeroDivisionError" in caplog.text


def test_payload_that_is_not_cached_names_the_command(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "_MAX_CACHED_BYTES", 10)
    address = console.add_dead_letter(body=message(name=ADA))

    page = console.post(f"{address}/payload")

    assert console.get(address).status == 200
    assert "0 bytes" not in console.get(address).text
    assert page.status == 400
    assert "`taly-async dead-letters show sqs-1 --payload` shows it" in page.text
    assert console.stage.logs.lines() == []


def test_payload_of_a_dead_letter_that_is_gone_is_not_found(console: Console) -> None:
    assert console.post(f"/dead-letters/{SERVICE}/sqs-1/payload").status == 404
    assert console.stage.logs.lines() == []
