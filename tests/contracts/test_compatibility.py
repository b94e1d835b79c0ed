"""The compatibility check: released contracts may not start to refuse or misread messages."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, TypeGuard

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter
from typer.testing import CliRunner

from ops.command_line import app
from ops.contracts.releases.compatibility_check import Broken, Finding, Unreleased, findings
from ops.contracts.releases.history import ENVELOPE, HistoryError, ReleaseHistory, record
from ops.contracts.releases.release import check, release
from ops.contracts.releases.rules import Rule
from schemas.catalogue import ALL_TYPES
from schemas.event_type import EventType, Kind, PreviousVersion
from schemas.payments import PAYMENT_FAILED, Money, PaymentFailed
from schemas.wire import Payload, PositiveInteger, WireModel


def test_the_catalogues_contracts_are_released_and_compatible() -> None:
    found = findings(ALL_TYPES, ReleaseHistory())

    assert not found, "\n\n".join(["", *(each.sentence for each in found)])


class Ordered(Payload):
    """The released contract of these tests."""

    number: Annotated[int, Field(ge=1, le=100)]
    note: str = ""


class Renumbered(Payload):
    """Ordered without its number."""

    note: str = ""


class Shrunk(Payload):
    """Ordered with a narrower range."""

    number: Annotated[int, Field(ge=1, le=10)]
    note: str = ""


class Grown(Payload):
    """Ordered with a wider range and an optional field."""

    number: Annotated[int, Field(ge=0, le=1000)]
    note: str = ""
    colour: str | None = None


ORDERED = EventType("test.ordered", Ordered, Kind.JOB)


def now(payload: type[Payload], *, previous_versions: tuple[PreviousVersion[Any], ...] = ()) -> EventType[Any]:
    return EventType("test.ordered", payload, Kind.JOB, previous_versions=previous_versions)


@pytest.fixture
def history(tmp_path: Path) -> ReleaseHistory:
    """A history in which `test.ordered` was released."""
    history = ReleaseHistory(tmp_path / "history")
    (history.folder / "golden").mkdir(parents=True)
    history.golden_file("test.ordered.v1").write_text('{"minimal": {}}')
    record([ORDERED], history)
    return history


def files(history: ReleaseHistory) -> Iterator[str]:
    return (path.name for path in sorted(history.folder.glob("*.json")))


def test_an_unchanged_contract_has_no_findings(history: ReleaseHistory) -> None:
    assert findings([ORDERED], history) == []


def test_a_removed_field_is_reported_with_the_rule_and_the_fixes(history: ReleaseHistory) -> None:
    (broken,) = [each for each in findings([now(Renumbered)], history) if isinstance(each, Broken)]

    assert broken.sentence == (
        "test.ordered version 1, payload.number: field_removed\n"
        "  rule     a field stays: producers send it, and expect that it is read\n"
        "  was      integer (released as schemas/history/test.ordered.v1.r1.json)\n"
        "  is       no such field\n"
        "  fix      make a new version of test.ordered: keep this model unchanged as version 1 in the type's "
        "`previous_versions`, with an `upcast` to the next version's payload (docs/contracts.md)\n"
        "  or       restore the field; mark it as no longer read in its docstring, and make it optional"
    )


def test_a_new_version_fixes_a_breach(history: ReleaseHistory) -> None:
    upcasted = PreviousVersion(payload=Ordered, upcast=lambda old: Renumbered(company_id=old.company_id, note=old.note))

    (found,) = findings([now(Renumbered, previous_versions=(upcasted,))], history)

    assert isinstance(found, Unreleased)
    assert found.sentence == (
        "test.ordered version 2 is not in the history of released contracts: "
        "run `taly-async contracts release` and commit what it writes"
    )


def test_a_widened_contract_is_only_unreleased(history: ReleaseHistory) -> None:
    (found,) = findings([now(Grown)], history)

    assert isinstance(found, Unreleased)
    assert "test.ordered version 1 was changed since the last revision in the history: run" in found.sentence


def test_a_widened_contract_is_recorded_as_a_new_revision(history: ReleaseHistory) -> None:
    before = (history.folder / "test.ordered.v1.r1.json").read_bytes()

    assert release([now(Grown)], history)

    assert list(files(history)) == ["envelope.r1.json", "test.ordered.v1.r1.json", "test.ordered.v1.r2.json"]
    assert (history.folder / "test.ordered.v1.r1.json").read_bytes() == before
    assert findings([now(Grown)], history) == []


def test_a_widened_contract_cannot_be_narrowed_again(history: ReleaseHistory) -> None:
    record([now(Grown)], history)

    broken = [each for each in findings([ORDERED], history) if isinstance(each, Broken)]

    assert {(each.revision, each.breach.rule, each.breach.path) for each in broken} == {
        ("r2", "range_narrowed", "payload.number"),
        ("r2", "field_removed", "payload.colour"),
    }


def test_a_breach_of_several_revisions_is_reported_once(history: ReleaseHistory) -> None:
    record([now(Grown)], history)

    broken = [each for each in findings([now(Shrunk)], history) if isinstance(each, Broken)]

    assert [each.revision for each in broken if each.breach.path == "payload.number"] == ["r2"]


def test_a_contract_with_a_breach_is_not_released(history: ReleaseHistory) -> None:
    before = list(files(history))

    assert not release([now(Shrunk)], history)

    assert list(files(history)) == before


class Coded(Payload):
    """A contract with a pattern."""

    code: Annotated[str, Field(pattern="^[a-z]$")]


class CodedWider(Payload):
    """Coded with a wider pattern."""

    code: Annotated[str, Field(pattern="^[A-Za-z]$")]


def changes_pattern(finding: Finding) -> TypeGuard[Broken]:
    return isinstance(finding, Broken) and finding.breach.rule is Rule.PATTERN_CHANGED


def test_another_pattern_is_a_breach_unless_it_is_named_as_wider(history: ReleaseHistory) -> None:
    record([now(Coded)], history)
    (broken,) = [each for each in findings([now(CodedWider)], history) if changes_pattern(each)]
    (history.folder / "widened.json").write_text('{"^[a-z]$": "^[A-Z]?[a-z]?$", "^[A-Z]?[a-z]?$": "^[A-Za-z]$"}')

    assert "payload.code: pattern_changed" in broken.sentence
    assert "name both in schemas/history/widened.json" in broken.sentence
    assert [each for each in findings([now(CodedWider)], history) if changes_pattern(each)] == []


class Patterned(Payload):
    """Has a field that is called as the keyword."""

    pattern: Annotated[str, Field(pattern="^[a-z]$")]


class PatternedWider(Payload):
    """The same field with a wider pattern."""

    pattern: Annotated[str, Field(pattern="^[A-Za-z]$")]


def test_the_pattern_of_a_field_of_that_name_may_be_widened(history: ReleaseHistory) -> None:
    record([now(Patterned)], history)
    (history.folder / "widened.json").write_text('{"^[a-z]$": "^[A-Za-z]$"}')

    assert [each for each in findings([now(PatternedWider)], history) if changes_pattern(each)] == []


def test_two_patterns_that_name_each_other_end_the_check(history: ReleaseHistory) -> None:
    record([now(Coded)], history)
    (history.folder / "widened.json").write_text('{"^[a-z]$": "^[0-9]$", "^[0-9]$": "^[a-z]$"}')

    assert [each for each in findings([now(CodedWider)], history) if changes_pattern(each)]


@pytest.mark.parametrize(("was", "wider"), ReleaseHistory().widened().items(), ids=lambda pattern: pattern[:20])
def test_a_wider_pattern_accepts_all_that_the_old_one_did(was: str, wider: str) -> None:
    accepts = TypeAdapter(Annotated[str, Field(pattern=wider)])

    @settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
    @given(text=st.from_regex(was.removesuffix("$") + r"\Z"))
    def is_accepted(text: str) -> None:
        assert accepts.validate_python(text) == text

    is_accepted()


def test_a_removed_type_is_a_breach_unless_it_is_retired(history: ReleaseHistory) -> None:
    (broken,) = findings([], history)
    (history.folder / "retired.json").write_text('{"test.ordered": "2026-04-14: no producer has sent it for a month"}')

    assert isinstance(broken, Broken)
    assert broken.breach.rule == "type_removed"
    assert "name it in schemas/history/retired.json, with the reason" in broken.sentence
    assert findings([], history) == []


def test_a_removed_version_is_a_breach(history: ReleaseHistory) -> None:
    record([now(Ordered, previous_versions=(PreviousVersion(payload=Ordered, upcast=lambda old: old),))], history)

    (broken,) = findings([ORDERED], history)

    assert isinstance(broken, Broken)
    assert (broken.name, broken.breach.rule) == ("test.ordered.v2", "version_removed")


def test_a_version_without_golden_messages_is_reported(history: ReleaseHistory) -> None:
    history.golden_file("test.ordered.v1").unlink()

    (found,) = findings([ORDERED], history)

    assert "test.ordered version 1 has no golden messages: run" in found.sentence


def test_a_new_version_gets_its_example_as_its_first_golden_message(history: ReleaseHistory) -> None:
    record([now(Ordered, previous_versions=(PreviousVersion(payload=Ordered, upcast=lambda old: old),))], history)

    (message,) = history.golden("test.ordered.v2").values()

    assert (message["type"], message["version"], message["payload"]["number"]) == ("test.ordered", 2, 1)


def test_a_deleted_revision_raises_an_error(history: ReleaseHistory) -> None:
    record([now(Grown)], history)
    (history.folder / "test.ordered.v1.r1.json").unlink()

    with pytest.raises(HistoryError, match=r"test\.ordered\.v1: revision r1 is missing"):
        findings([now(Grown)], history)


@pytest.mark.parametrize("name", ["test.ordered.r1.json", "test.ordered.v1.json", "test.ordered.v0.r1.json"])
def test_a_file_that_is_no_revision_raises_an_error(history: ReleaseHistory, name: str) -> None:
    (history.folder / name).write_text("{}")

    with pytest.raises(HistoryError, match="is not named as in"):
        findings([ORDERED], history)


def test_a_narrowed_envelope_is_a_breach_without_a_new_version_as_fix(history: ReleaseHistory) -> None:
    file = history.folder / f"{ENVELOPE}.r1.json"
    file.write_text(file.read_text().replace('"maxLength": 256', '"maxLength": 512'))

    (broken,) = [each for each in findings([ORDERED], history) if isinstance(each, Broken)]

    assert broken.sentence.startswith("the envelope, source: length_narrowed")
    assert "fix      none: all messages of all types share the envelope" in broken.sentence


class Fined(WireModel):
    """Money without its currency."""

    amount: PositiveInteger


class PaymentFailedWithoutCurrency(PaymentFailed):
    """A version of the payload that assumes euros."""

    money: Fined  # type: ignore[assignment]  # that is the mistake


def test_a_breach_of_a_real_contract_is_found() -> None:
    changed = replace(PAYMENT_FAILED, payload=PaymentFailedWithoutCurrency)
    catalogue = [changed if each is PAYMENT_FAILED else each for each in ALL_TYPES]

    (broken,) = [each for each in findings(catalogue, ReleaseHistory()) if isinstance(each, Broken)]

    assert broken.sentence.startswith("payment.failed version 2, payload.money.currency: field_removed\n")
    assert Money.model_fields.keys() - Fined.model_fields.keys() == {"currency"}


def test_the_command_reports_success() -> None:
    result = CliRunner().invoke(app, ["contracts", "check"])

    assert result.exit_code == 0
    assert result.output == "✓ every message of every released contract is still read\n"


def test_check_prints_its_findings(history: ReleaseHistory, capsys: pytest.CaptureFixture[str]) -> None:
    assert not check([now(Shrunk)], history)

    printed = capsys.readouterr().out
    assert "✗ test.ordered version 1, payload.number: range_narrowed" in printed
    assert "was      maximum 100, minimum 1" in printed
    assert "is       maximum 10, minimum 1" in printed
