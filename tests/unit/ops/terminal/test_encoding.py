"""Output where the encoding lacks our symbols: nothing fails, and marks that mean different things differ."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from ops.terminal.checkout import ROOT
from ops.terminal.encoding import _SUBSTITUTES, substitute_unencodable
from ops.trace.tree import MARKS
from tests.messages import reminder, text


def written(text_: str, encoding: str, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The bytes of a text on a standard output with this encoding."""
    raw = io.BytesIO()
    with monkeypatch.context() as patched:
        for name in ("stdout", "stderr"):
            patched.setattr(sys, name, io.TextIOWrapper(raw, encoding=encoding, write_through=True))
        substitute_unencodable()
        sys.stdout.write(text_)
        return raw.getvalue()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "cp437", "koi8-r"])
def test_every_mark_of_an_outcome_differs(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    marks = {mark for mark, _ in MARKS.values()}

    printed = {written(mark, encoding, monkeypatch) for mark in marks}

    assert len(printed) == len(marks)
    assert b"?" not in printed


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("ascii", b"+-- 1 | +-+ * ? ? ?"),
        ("cp1252", b"+-- 1 | +-+ * \xe9 ? ?"),
        ("utf-8", "├── 1 │ ┌─┐ ⠋ é 漢 ?".encode()),
    ],
)
def test_lines_spinners_and_letters_have_a_substitute(
    encoding: str, expected: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert written("├── 1 │ ┌─┐ ⠋ é 漢 \ud800", encoding, monkeypatch) == expected


def test_a_mark_s_substitute_is_as_wide_as_the_mark() -> None:
    marks = {mark for mark, _ in MARKS.values() if not mark.isascii() and mark != "…"} | set("✓✗│─🔴🟢")

    assert {mark for mark in marks if len(_SUBSTITUTES[mark]) != cell_len(mark)} == set()


def test_every_symbol_that_our_output_has_has_a_substitute() -> None:
    files = [path for folder in ("ops", "local") for path in (ROOT / folder).rglob("*.py")]
    symbols = set(re.findall(r"[\u2190-\u2bff\U0001f300-\U0001faff]", "".join(path.read_text() for path in files)))

    boxes = {each for each in symbols if 0x2500 <= ord(each) < 0x2580}
    assert symbols - boxes - _SUBSTITUTES.keys() == set("✨🏄🔔"), "they stand in names and texts of the sample data"


def run(*arguments: str, encoding: str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**inherited, "COLUMNS": "100", "PYTHONIOENCODING": encoding, **environment},
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_success_and_failure_differ_in_the_program(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "valid.json").write_text(text(reminder()), encoding="utf-8")
    (tmp_path / "broken.json").write_text("{broken", encoding="utf-8")

    valid = run("ops", "validate", str(tmp_path / "valid.json"), encoding=encoding)
    broken = run("ops", "validate", str(tmp_path / "broken.json"), encoding=encoding)
    missing = run("ops", "validate", str(tmp_path / "none.json"), encoding=encoding)

    assert (valid.returncode, valid.stdout[:8], valid.stderr) == (0, b"+ valid\n", b"")
    assert (broken.returncode, broken.stdout[:15], broken.stderr) == (1, b"x invalid_json\n", b"")
    assert (missing.returncode, missing.stdout, missing.stderr[:2]) == (1, b"", b"x ")


@pytest.mark.parametrize("arguments", [("ops", "--help"), ("local", "--help"), ("ops", "status", "--help")])
@pytest.mark.parametrize("environment", [{"encoding": "ascii"}, {"encoding": "", "LC_ALL": "C", "PYTHONUTF8": "0"}])
def test_helps_and_tables_are_printed_in_any_terminal(arguments: tuple[str, ...], environment: dict[str, str]) -> None:
    ended = run(*arguments, **{"PYTHONCOERCECLOCALE": "0", **environment})

    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.isascii()
    assert b"?" not in ended.stdout


def test_a_closed_output_is_no_error_of_the_program() -> None:
    command = f"exec {sys.executable} -m ops --version >&-"

    ended = subprocess.run(["/bin/sh", "-c", command], cwd=ROOT, capture_output=True, timeout=60, check=False)

    assert b"Traceback" not in ended.stderr
