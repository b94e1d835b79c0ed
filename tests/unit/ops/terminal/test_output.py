"""Output for pipes, and where errors are printed."""

import json
from typing import Never

import pytest

from ops.terminal.command import command
from ops.terminal.errors import OperatorError
from ops.terminal.interrupts import StoppedError
from ops.terminal.output import emit


def refuse_constants(text: str) -> Never:
    raise AssertionError(text)


def test_nan_and_infinity_become_texts_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"a": float("nan"), "b": [float("inf"), {"c": float("-inf")}], "d": 1.5})

    printed = json.loads(capsys.readouterr().out, parse_constant=refuse_constants)
    assert printed == {"a": "NaN", "b": ["Infinity", {"c": "-Infinity"}], "d": 1.5}


@pytest.mark.parametrize(
    ("end", "expected"), [(OperatorError("it is not there"), "✗ it is not there"), (StoppedError(130), "Stopped: ")]
)
def test_the_end_of_a_command_is_printed_on_standard_error(
    capsys: pytest.CaptureFixture[str], end: BaseException, expected: str
) -> None:
    @command
    def run() -> bool:
        raise end

    with pytest.raises(SystemExit):
        run()

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(expected)
