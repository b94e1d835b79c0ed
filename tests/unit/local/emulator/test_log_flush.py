"""Functions are run once more where the emulator may keep their last lines back, and not more often than that."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from local.emulator.log_flush import LateLines
from ops.stage.log_lines import LogLine
from schemas.reasons import Outcome

LINE = LogLine(at=datetime(2026, 4, 14, 12, 0, tzinfo=UTC), what=Outcome.SUCCEEDED, service="email.send", id="1")
NAMES = {"email.send": "EmailSend", "sms.send": "SmsSend"}


@dataclass
class Functions:
    time: float = 0
    invoked: list[str] = field(default_factory=list)

    def invoke(self, **request: Any) -> None:
        assert request["Payload"] == b'{"Records": []}'
        self.invoked.append(request["FunctionName"])

    def after(self, seconds: float, late: LateLines, lines: list[LogLine]) -> set[str]:
        """Which were run."""
        self.time += seconds
        self.invoked.clear()
        late.bring_out(lines)
        return set(self.invoked)


def test_functions_are_run_when_nothing_new_has_been_said_for_a_while_and_ever_less_often_while_that_lasts() -> None:
    functions = Functions()
    late = LateLines(functions, NAMES, lambda: functions.time)

    runs = [bool(functions.after(0.5, late, [LINE])) for _ in range(32)]

    assert [index for index, ran in enumerate(runs) if ran] == [2, 6, 14, 30]


def test_at_first_those_are_run_that_spoke_lately_and_then_all_by_both_workers() -> None:
    functions = Functions()
    late = LateLines(functions, NAMES, lambda: functions.time)
    other = replace(LINE, service="sms.send")
    functions.after(0, late, [LINE])
    assert functions.after(1, late, [LINE]) == {"EmailSend"}
    assert functions.invoked == ["EmailSend"]

    functions.after(1, late, [LINE, other])

    assert functions.after(1, late, [LINE, other]) == {"SmsSend"}
    assert functions.after(2, late, [LINE, other]) == {"EmailSend", "SmsSend"}
    assert functions.invoked == ["EmailSend", "EmailSend", "SmsSend", "SmsSend"]


def test_a_new_line_begins_the_wait_anew() -> None:
    functions = Functions()
    late = LateLines(functions, NAMES, lambda: functions.time)

    ran = [functions.after(0.9, late, [LINE] * count) for count in range(1, 9)]

    assert ran == [set()] * 8


def test_what_never_said_a_word_is_not_run() -> None:
    functions = Functions()
    late = LateLines(functions, NAMES, lambda: functions.time)

    assert functions.after(100, late, []) == set()
    functions.after(1, late, [LINE])
    assert functions.after(100, late, [LINE]) == {"EmailSend"}


def test_functions_whose_workers_are_gone_are_not_run_until_they_speak_again() -> None:
    functions = Functions()
    late = LateLines(functions, NAMES, lambda: functions.time)
    other = replace(LINE, service="sms.send")
    functions.after(0, late, [LINE, other])
    functions.after(1, late, [LINE, other])
    late.forget_workers([LINE, other])

    assert functions.after(2, late, [LINE, other]) == set()
    functions.after(1, late, [LINE, LINE, other])
    assert functions.after(1, late, [LINE, LINE, other]) == {"EmailSend"}
    assert functions.after(2, late, [LINE, LINE, other]) == {"EmailSend"}
