"""The page of assumptions names what exists: modules, verifications, sources, commands."""

import re

import pytest

from app import ROOT
from ops.preflight.assumptions import PAGE, Assumption, assumptions, by_hand
from ops.preflight.verifications import VERIFICATIONS

TEXT = PAGE.read_text(encoding="utf-8")
ROWS = list(assumptions(TEXT))
LINKS = dict(re.findall(r"^\[([a-z-]+)\]: (\S+)$", TEXT, re.MULTILINE))
MODULE = re.compile(r"`([\w/]+\.py)`")


def test_the_page_has_every_row_of_its_tables() -> None:
    assert len(ROWS) == sum(line.startswith("| ") for line in TEXT.splitlines()) - TEXT.count("| settled by |")
    assert len(ROWS) >= 30


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.text[:60])
def test_a_row_names_modules_that_rely_on_it(row: Assumption) -> None:
    modules = MODULE.findall(row.modules)

    assert modules
    assert [each for each in modules if not (ROOT / each).is_file()] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.text[:60])
def test_a_row_has_a_page_of_aws_as_its_source(row: Assumption) -> None:
    labels = re.findall(r"\]\[([a-z-]+)\]", row.source)

    assert labels
    assert all(LINKS[each].startswith("https://docs.aws.amazon.com/") for each in labels)


def test_each_link_is_used() -> None:
    assert {each for each in LINKS if f"][{each}]" not in TEXT} == set()


def test_the_verifications_of_the_rows_are_those_there_are() -> None:
    assert {each.verification for each in ROWS} - {""} == set(VERIFICATIONS)


def test_what_people_settle_has_a_command() -> None:
    rows = by_hand()

    assert {each.text for each in rows} == {each.text for each in ROWS if not each.verification}
    assert [each.text for each in rows if not re.search("`[^`]+ [^`]+`", each.settled)] == []
    assert not any("--verify" in each.settled for each in rows)


def test_no_assumption_stands_twice() -> None:
    assert len({each.text for each in ROWS}) == len(ROWS)
