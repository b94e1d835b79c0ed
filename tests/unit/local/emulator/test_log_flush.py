"""Functions are invoked when the emulator may hold back their last lines, and no more often."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from local.emulator.log_flush import LogFlush
from ops.stage.log_lines import LogLine
from schemas.reasons import Outcome

LINE = LogLine(at=datetime(2026, 4, 14, 12, 0, tzinfo=UTC), what=Outcome.SUCCEEDED, service="email.send", id="1")
NAMES = {"email.send": "EmailSend", "sms.send": "SmsSend"}


@dataclass
class FakeFunctions:
    time: float = 0
    invoked: list[str] = field(default_factory=list)

    def invoke(self, **request: Any) -> None:
        assert request["Payload"] == b'{"Records": []}'
        self.invoked.append(request["FunctionName"])

    def after(self, seconds: float, flush: LogFlush, lines: list[LogLine]) -> set[str]:
        """The functions that a flush after these seconds invokes."""
        self.time += seconds
        self.invoked.clear()
        flush.flush(lines)
        return set(self.invoked)


def test_functions_are_invoked_at_doubling_intervals_without_new_lines() -> None:
    functions = FakeFunctions()
    flush = LogFlush(functions, NAMES, lambda: functions.time)

    runs = [bool(functions.after(0.5, flush, [LINE])) for _ in range(32)]

    assert [index for index, ran in enumerate(runs) if ran] == [2, 6, 14, 30]


def test_first_recent_functions_are_invoked_then_all_workers_of_all() -> None:
    functions = FakeFunctions()
    flush = LogFlush(functions, NAMES, lambda: functions.time)
    other = replace(LINE, service="sms.send")
    functions.after(0, flush, [LINE])
    assert functions.after(1, flush, [LINE]) == {"EmailSend"}
    assert functions.invoked == ["EmailSend"]

    functions.after(1, flush, [LINE, other])

    assert functions.after(1, flush, [LINE, other]) == {"SmsSend"}
    assert functions.after(2, flush, [LINE, other]) == {"EmailSend", "SmsSend"}
    assert functions.invoked == ["EmailSend", "EmailSend", "SmsSend", "SmsSend"]


def test_a_new_line_restarts_the_wait() -> None:
    functions = FakeFunctions()
    flush = LogFlush(functions, NAMES, lambda: functions.time)

    ran = [functions.after(0.9, flush, [LINE] * count) for count in range(1, 9)]

    assert ran == [set()] * 8


def test_a_function_that_never_logged_is_not_invoked() -> None:
    functions = FakeFunctions()
    flush = LogFlush(functions, NAMES, lambda: functions.time)

    assert functions.after(100, flush, []) == set()
    functions.after(1, flush, [LINE])
    assert functions.after(100, flush, [LINE]) == {"EmailSend"}


def test_functions_without_workers_are_not_invoked_until_they_log_again() -> None:
    functions = FakeFunctions()
    flush = LogFlush(functions, NAMES, lambda: functions.time)
    other = replace(LINE, service="sms.send")
    functions.after(0, flush, [LINE, other])
    functions.after(1, flush, [LINE, other])
    flush.forget_workers([LINE, other])

    assert functions.after(2, flush, [LINE, other]) == set()
    functions.after(1, flush, [LINE, LINE, other])
    assert functions.after(1, flush, [LINE, LINE, other]) == {"EmailSend"}
    assert functions.after(2, flush, [LINE, LINE, other]) == {"EmailSend"}
