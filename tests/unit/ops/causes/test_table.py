"""The table of causes: finding a cause by the beginning of its fingerprint, and conditional writes."""

from dataclasses import replace

import pytest

from ops.causes.table import CauseTable, known_causes
from ops.stage.aws_errors import AwsError
from ops.stage.deployed import NotDeployedError
from ops.terminal.errors import OperatorError
from tests.fakes.service import failing
from tests.fakes.stage import CAUSE, FakeStage
from tests.unit.ops.causes.causes import OPEN, another, keep, kept


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage()


@pytest.fixture
def table(stage: FakeStage) -> CauseTable:
    return CauseTable(stage.deployed)


def test_all_pages_are_read(stage: FakeStage, table: CauseTable) -> None:
    stage.dynamodb.causes_a_page = 2
    keep(stage, *(another(f"{number:012x}") for number in range(7)))

    assert len(table.read()) == 7
    assert stage.dynamodb.calls == ["scan"] * 4


@pytest.mark.parametrize("typed", [CAUSE, "c83d", " C83D68 "])
def test_a_cause_is_found_by_its_first_digits(stage: FakeStage, table: CauseTable, typed: str) -> None:
    keep(stage, OPEN, another("c83c00000000"))

    assert table.find(typed) == [OPEN]


def test_a_fingerprint_at_two_services_is_both_causes(stage: FakeStage, table: CauseTable) -> None:
    elsewhere = replace(OPEN, service="sms.send")
    keep(stage, OPEN, elsewhere)

    assert table.find(CAUSE) == [OPEN, elsewhere]
    assert table.find(CAUSE, ["sms.send"]) == [elsewhere]


@pytest.mark.parametrize(
    ("typed", "services", "says"),
    [
        ("c83", [], "no cause: give the 12 hexadecimal digits"),
        ("zzzz", [], "no cause: give the 12 hexadecimal digits"),
        ("c83d", [], "the beginning of 2 causes: c83d00000000, c83d68dfbef7. Give more digits"),
        ("0000", [], "stage dev knows no cause 0000: `taly-async causes --all` lists"),
        (CAUSE, ["sms.send"], f"cause {CAUSE} is one of email.send, and of no type that you gave"),
    ],
)
def test_an_unclear_fingerprint_is_refused(
    stage: FakeStage, table: CauseTable, typed: str, services: list[str], says: str
) -> None:
    keep(stage, OPEN, another("c83d00000000"))

    with pytest.raises(OperatorError, match=says):
        table.find(typed, services)


def test_a_write_replaces_the_revision_that_was_read(stage: FakeStage, table: CauseTable) -> None:
    keep(stage, OPEN)
    changed = replace(OPEN, revision=OPEN.revision + 1, total=2)

    assert table.replace(changed) is changed
    assert kept(stage) == [changed]


def test_a_write_that_comes_second_replaces_nothing(stage: FakeStage, table: CauseTable) -> None:
    there = replace(OPEN, revision=OPEN.revision + 1, total=2_000)
    keep(stage, there)

    assert table.replace(replace(OPEN, revision=OPEN.revision + 1, comment="mine")) == there
    assert kept(stage) == [there]


def test_a_cause_that_dynamodb_deleted_is_not_written_again(stage: FakeStage, table: CauseTable) -> None:
    assert table.replace(replace(OPEN, revision=OPEN.revision + 1)) is None
    assert kept(stage) == []


def test_a_stage_without_the_table_is_to_be_deployed(stage: FakeStage, table: CauseTable) -> None:
    stage.dynamodb.fail = failing("ResourceNotFoundException")

    with pytest.raises(NotDeployedError, match="table taly-async-dev-causes is not deployed yet"):
        table.read()


def test_a_refusal_of_aws_is_an_error(stage: FakeStage, table: CauseTable) -> None:
    stage.dynamodb.fail = failing("AccessDeniedException")

    with pytest.raises(AwsError, match="may not call Scan here; the stage's policy taly-async-<stage>-viewer allows"):
        table.read()


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException", "InternalServerError"])
def test_lists_of_dead_letters_do_without_the_table(stage: FakeStage, code: str) -> None:
    keep(stage, OPEN)
    assert known_causes(stage.deployed) == {("email.send", CAUSE): OPEN}

    stage.dynamodb.fail = failing(code)

    assert known_causes(stage.deployed) == {}
