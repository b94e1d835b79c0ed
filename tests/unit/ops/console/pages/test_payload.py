"""A payload is shown to who asks for it, once it is written down that they looked."""

import pytest

from ops.console import snapshot
from tests.fakes.service import client_error, works
from tests.fakes.stage import OPERATOR, SERVICE
from tests.unit.ops.console.console_fakes import Console
from tests.unit.ops.console.stage_fakes import ADA, message


@pytest.mark.parametrize(
    ("body", "told"),
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
def test_a_payload_is_shown_as_far_as_it_can_be_read(console: Console, body: str, told: str) -> None:
    letter = console.letter(body=body)

    page = console.post(f"{letter}/payload")

    shown = page.html.split('aria-label="The payload">')[1].split("</pre>")[0]
    assert " ".join(shown.replace("&#34;", '"').split()) == told


def test_the_payload_is_kept_back_until_somebody_asks_and_is_written_down(console: Console) -> None:
    letter = console.letter(body=message(name=ADA))
    pages = [console.get(path) for path in ("/", "/letters", letter, "/find?id=task-1")]
    assert not any(ADA in page.html for page in pages)
    assert console.stage.logs.lines() == []
    (action,) = [action for action in pages[2].actions() if action.endswith("/payload#payload")]

    page = console.post(action.removesuffix("#payload"))

    assert ADA in page.text
    (line,) = console.stage.logs.lines()
    assert (line["message"], line["who"], line["id"], line["service"]) == ("shown", OPERATOR, "task-1", SERVICE)
    assert ADA not in str(line)
    assert ADA not in console.get(letter).html


def test_what_its_producer_gave_with_it_is_kept_back_likewise(console: Console) -> None:
    letter = console.letter(producerAttributes={"tag": ADA})
    (lying,) = console.stage.sqs.messages("activity dead letters")
    lying.attributes["trace"] = {"DataType": "String", "StringValue": ADA}
    lying.attributes["blob"] = {"DataType": "Binary", "BinaryValue": b"\x00\xff"}
    console.desk.board.look_again()
    console.look()
    assert ADA not in console.get(letter).html

    page = console.post(f"{letter}/payload")

    assert f"attribute tag {ADA}" in page.text
    assert f"attribute trace {ADA}" in page.text
    assert "attribute blob AP8=" in page.text


def denied(operation: str, _request: object) -> Exception | None:
    return client_error("AccessDeniedException", "PutLogEvents", "no") if operation == "put_log_events" else None


@pytest.mark.parametrize("broken", ["denied", "rejected"])
def test_a_payload_is_not_shown_where_it_cannot_be_written_down(console: Console, broken: str) -> None:
    letter = console.letter(body=message(name=ADA))
    logs = console.stage.logs
    logs.too_old = broken == "rejected"
    logs.fail = denied if broken == "denied" else works

    page = console.post(f"{letter}/payload")

    assert page.status == 400
    assert "the audit log could not be written, so nothing more is sent, deleted or shown" in page.text
    assert ADA not in page.html


def test_the_line_is_written_before_the_payload_is_shown(
    console: Console, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    letter = console.letter(body=message(name=ADA))

    def broken(*_: object, **__: object) -> str:
        assert [line["message"] for line in console.stage.logs.lines()] == ["shown"]
        raise ZeroDivisionError

    monkeypatch.setattr("ops.console.pages.overview.display_record", broken)

    assert console.post(f"{letter}/payload").status == 500
    assert "ZeroDivisionError" in caplog.text


def test_a_payload_that_is_not_kept_here_is_to_be_had_on_the_command_line(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "_MOST_BYTES", 10)
    letter = console.letter(body=message(name=ADA))

    page = console.post(f"{letter}/payload")

    assert console.get(letter).status == 200
    assert "0 bytes" not in console.get(letter).text
    assert page.status == 400
    assert "`taly-async dead-letters show sqs-1 --payload` shows it" in page.text
    assert console.stage.logs.lines() == []


def test_a_letter_that_is_gone_has_no_payload_to_show(console: Console) -> None:
    assert console.post(f"/letters/{SERVICE}/sqs-1/payload").status == 404
    assert console.stage.logs.lines() == []
