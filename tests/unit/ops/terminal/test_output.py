"""Output for pipes, and where errors are printed."""

import json
from typing import Never

import pytest
from rich.table import Table

from ops.terminal.command import command
from ops.terminal.errors import OperatorError
from ops.terminal.interrupts import StoppedError
from ops.terminal.output import emit, json_lines, show


def refuse_constants(text: str) -> Never:
    raise AssertionError(text)


def test_nan_and_infinity_become_texts_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"a": float("nan"), "b": [float("inf"), {"c": float("-inf")}], "d": 1.5})

    printed = json.loads(capsys.readouterr().out, parse_constant=refuse_constants)
    assert printed == {"a": "NaN", "b": ["Infinity", {"c": "-Infinity"}], "d": 1.5}


def result() -> None:
    table = Table("name", "text")
    table.add_row("[red]a[/]", "long " * 40)
    show(["[red]3[/] of 4", table], [{"sent": 3}, {"sent": 4}])


def test_a_result_is_text_without_markup_or_cut_rows_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    result()

    printed = capsys.readouterr().out
    assert printed.startswith("[red]3[/] of 4\n")
    assert "long " * 39 in printed


def test_a_result_is_one_json_object_a_line_where_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with json_lines():
        result()

    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [{"sent": 3}, {"sent": 4}]


def test_only_what_is_printed_is_computed() -> None:
    with json_lines():
        show((pytest.fail("text was made") for _ in range(1)), [])
    show([], (pytest.fail("a record was made") for _ in range(1)))


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
