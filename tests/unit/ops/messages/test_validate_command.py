"""`taly-async validate`: what it prints, and its exit code."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ops.command_line import app
from tests.messages import booking, booking_payload, text


def validate(*arguments: str, body: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["validate", *arguments], input=body)


def judged(**changes: Any) -> Result:
    return validate(body=text(booking(**changes)).encode())


def test_a_valid_message_is_shown_with_type_version_and_id() -> None:
    result = judged(id="booking-1")

    assert result.exit_code == 0
    assert result.output.split() == ["✓", "valid", "type", "booking.created", "version", "1", "id", "booking-1"]


def test_a_derived_id_is_marked() -> None:
    assert judged().output.endswith("(derived)\n")


def test_a_refusal_is_shown_with_its_reason_and_each_problem() -> None:
    result = judged(payload=booking_payload(timeZone=4, staff=""))

    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "✗ invalid_payload",
        '  payload.staff: must not be empty, found ""',
        "  payload.timeZone: must be a string, found 4",
    ]


def test_a_message_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "booking.json"
    file.write_text(text(booking()))

    assert validate(str(file)).exit_code == 0


def test_a_long_problem_is_one_line_in_a_pipe() -> None:
    result = judged(payload=booking_payload(startTime="x" * 59, note="y"))

    assert len(result.output.splitlines()) == 2


@pytest.mark.parametrize("hostile", ["[red]x[/]", "[/]", "\x1b[2J", "\x1b]0;title\x07", "\u202eevil", "\x7f", "a\rb"])
def test_text_of_the_message_cannot_control_the_terminal(hostile: str) -> None:
    result = judged(payload=booking_payload(timeZone=hostile))

    assert result.exit_code == 1
    assert all(character.isprintable() for line in result.output.split("\n") for character in line)
    if hostile.isprintable():
        assert hostile in result.output


@pytest.mark.parametrize("hostile", ["nowhere.json", "\x1b[2J.json", "[red].json", "x" * 300])
def test_an_unreadable_file_is_refused_with_a_sentence(hostile: str, tmp_path: Path) -> None:
    result = validate(str(tmp_path / hostile))

    assert result.exit_code == 1
    assert "cannot be read: " in result.output
    assert "\x1b" not in result.output


def test_a_folder_is_refused_with_a_sentence(tmp_path: Path) -> None:
    result = validate(str(tmp_path))

    assert result.exit_code == 1
    assert result.output == f"✗ {tmp_path} cannot be read: Is a directory\n"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no endless file")
def test_an_endless_file_is_refused_with_a_sentence() -> None:
    result = validate("/dev/zero")

    assert result.exit_code == 1
    assert "more than 16,777,216 bytes" in result.output


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"[" * 100_000, b'{"a":1e400}', b"\x00" * 2_000_000])
def test_hostile_bytes_are_refused_without_a_traceback(body: bytes) -> None:
    result = validate("-", body=body)

    assert result.exit_code == 1
    assert result.output.startswith("✗ invalid_json\n")
    assert isinstance(result.exception, SystemExit)
