"""A clock that is off, but not by enough for AWS to refuse the calls, is said once."""

from copy import copy
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from botocore.hooks import HierarchicalEmitter

from ops.stage.clock_offset import offset_from_aws, stated, warn_of_offset

NOW = datetime(2026, 4, 14, 12, tzinfo=UTC)


def answer(events: HierarchicalEmitter, ahead: timedelta, *, status: int = 200) -> None:
    headers = {"date": format_datetime(NOW + ahead, usegmt=True)}
    events.emit("before-parse.sqs.SendMessage", response_dict={"status_code": status, "headers": headers})


@pytest.mark.parametrize(
    ("seconds", "expected"), [(200, "3 m 20 s behind"), (-7_300, "2 h 01 m ahead of"), (61, "1 m 01 s behind")]
)
def test_a_clock_that_is_off_is_said_once(seconds: int, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    events = HierarchicalEmitter()
    warn_of_offset(events, lambda: NOW)

    for hooks in (copy(events), copy(events), events):  # each client has a copy of its session's
        answer(hooks, timedelta(seconds=seconds))

    said = capsys.readouterr()
    assert said.out == ""
    assert " ".join(said.err.split()).count(f"This machine's clock is {expected} AWS's") == 1


@pytest.mark.parametrize("seconds", [0, 59, -59])
def test_a_clock_that_is_right_is_not_mentioned(seconds: int, capsys: pytest.CaptureFixture[str]) -> None:
    events = HierarchicalEmitter()
    warn_of_offset(events, lambda: NOW)

    answer(events, timedelta(seconds=seconds))

    assert capsys.readouterr() == ("", "")


def test_a_refusal_has_its_own_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    events = HierarchicalEmitter()
    warn_of_offset(events, lambda: NOW)

    answer(events, timedelta(hours=1), status=403)

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Thu, 99 Nov 2026 07:11:22 GMT", "\0", "Tue, 14 Apr 20266 11:00:00 GMT"]
)
def test_a_date_that_cannot_be_read_tells_nothing(date: str) -> None:
    assert offset_from_aws(date, lambda: NOW) == timedelta()


def test_a_date_without_an_offset_is_in_utc() -> None:
    assert stated(offset_from_aws("Tue, 14 Apr 2026 11:00:00 -0000", lambda: NOW)) == "1 h 00 m ahead of"
