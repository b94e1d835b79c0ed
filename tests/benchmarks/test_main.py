import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import main
from tests.benchmarks.bench import Bench
from tests.benchmarks.families import FAMILIES, Family
from tests.benchmarks.row import Goal, Row


def met(_bench: Bench) -> Iterable[Row]:
    yield Row(name="met", value=1, unit="calls", goal=Goal(target=1))


def missed(_bench: Bench) -> Iterable[Row]:
    yield Row(name="missed", value=2, unit="calls", goal=Goal(target=1))


def broken(_bench: Bench) -> Iterable[Row]:
    raise OSError("no such machine")


THREE: dict[str, Family] = {"met": met, "missed": missed, "broken": broken}


def run(file: Path, *arguments: str) -> tuple[int, list[str]]:
    """The exit code, and the names of the rows in the file."""
    code = main(arguments, families=THREE, file=file)
    return code, [row["name"] for row in json.loads(file.read_text())["rows"]]


def test_only_requested_families_are_measured(tmp_path: Path) -> None:
    assert run(tmp_path / "bench.json", "--rows", "met,missed") == (0, ["met", "missed"])


def test_a_missed_target_is_reported_and_is_not_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _ = run(tmp_path / "bench.json", "--rows", "met,missed")

    assert code == 0
    assert "1 of 2 targets are met; missed: missed." in capsys.readouterr().out


def test_a_missed_target_is_an_error_with_strict(tmp_path: Path) -> None:
    assert run(tmp_path / "bench.json", "--rows", "met,missed", "--strict")[0] == 1
    assert run(tmp_path / "bench.json", "--rows", "met", "--strict")[0] == 0


def test_a_family_that_fails_is_an_error_and_the_others_are_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / "bench.json", "--rows", "broken,met") == (1, ["met"])

    output = capsys.readouterr()
    assert "broken could not be measured: no such machine" in output.err
    assert "Not measured: broken" in output.out


def test_an_unknown_family_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--rows", "warm"], families=THREE)

    assert "there is no family 'warm': take some of met, missed, broken" in " ".join(capsys.readouterr().err.split())


def test_quick_takes_fewer_rounds() -> None:
    assert Bench(quick=True).rounds(40) == 10
    assert Bench(quick=True).rounds(5) == 3
    assert Bench().rounds(40) == 40


def test_every_family_has_a_docstring() -> None:
    assert all(family.__doc__ for family in FAMILIES.values())
