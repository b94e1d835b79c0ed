"""What is printed for pipes, and what is not."""

import json
from typing import Never

import pytest

from ops.terminal.command import command
from ops.terminal.errors import OperatorError
from ops.terminal.interrupts import StoppedError
from ops.terminal.output import emit


def refuse_constants(text: str) -> Never:
    raise AssertionError(text)


def test_a_number_that_json_has_not_is_a_text(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"a": float("nan"), "b": [float("inf"), {"c": float("-inf")}], "d": 1.5})

    told = json.loads(capsys.readouterr().out, parse_constant=refuse_constants)
    assert told == {"a": "NaN", "b": ["Infinity", {"c": "-Infinity"}], "d": 1.5}


@pytest.mark.parametrize(
    ("end", "said"), [(OperatorError("it is not there"), "✗ it is not there"), (StoppedError(130), "Stopped: ")]
)
def test_how_a_command_ended_is_not_among_what_was_asked_for(
    capsys: pytest.CaptureFixture[str], end: BaseException, said: str
) -> None:
    @command
    def run() -> bool:
        raise end

    with pytest.raises(SystemExit):
        run()

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(said)
