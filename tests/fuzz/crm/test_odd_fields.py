"""One odd field costs its row or channel alone, and the check finds seeded faults in reading."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest

from schemas.bookings import BookingCreated
from schemas.crm import CrmAnswer
from schemas.reports import ReportGenerated, ReportReady
from schemas.users import UserInvited
from schemas.wire import WireModel
from tests.fuzz.blind import run
from tests.fuzz.crm import mutants, odd_fields
from tests.fuzz.crm.changes import Case, all_cases, changed, read_case
from tests.fuzz.crm.mutants import Mutant, planted
from tests.fuzz.crm.scenarios import SCENARIOS, Scenario
from tests.fuzz.tally import Tally
from tests.fuzz.targets import ODD_FIELDS

HALF = 0.5

MODELS: Mapping[str, type[WireModel]] = {
    "booking.created": BookingCreated,
    "report.generated": ReportGenerated,
    "report.ready": ReportReady,
    "user.invited": UserInvited,
}


def cases(count: int) -> list[Case]:
    """Cases as the fuzzer makes them without coverage guidance."""
    random = Random(1)
    return [case for _ in range(count) if (case := read_case(ODD_FIELDS.generate(random)))]


def paths(annotation: Any, path: str = "") -> Iterator[str]:
    """Yield all places of a model, as scenarios write them."""
    if isinstance(annotation, type) and issubclass(annotation, WireModel):
        for field in annotation.model_fields.values():
            here = f"{path}.{field.alias}".lstrip(".")
            yield here
            yield from paths(field.annotation, here)
    for part in get_args(annotation):
        if isinstance(part, type) and issubclass(part, WireModel) and "tuple" in str(annotation):
            yield f"{path}[]"
            yield from paths(part, f"{path}[]")
        else:
            yield from paths(part, path)


@cache
def outcomes() -> Counter[str]:
    """The outcomes of a slice of cases; the seeds are tried with those of the other targets."""
    return sum((odd_fields.check(case.text()) for case in cases(1_500)), Counter())


def test_random_cases_cost_their_row_or_channel_alone() -> None:
    assert outcomes().total() == 1_500


def test_each_kind_of_change_and_outcome_is_reached() -> None:
    assert {each.partition(", ")[0] for each in outcomes()} == {case.change for case in all_cases()}
    assert {each.partition(", ")[2] for each in outcomes()} == {"succeeded", "skipped", "deferred", "dead_lettered"}


@pytest.mark.long
def test_many_random_cases_cost_their_row_or_channel_alone(tmp_path: Path) -> None:
    tally = Tally(tmp_path)

    run(ODD_FIELDS, tally, runs=5_000, seconds=0, seed=2)

    assert tally.crashes == {}


@pytest.mark.parametrize("mutant", mutants.IN_READING, ids=lambda mutant: mutant.about)
def test_seeded_fault_in_reading_is_found(mutant: Mutant) -> None:
    texts = Random(1).sample(ODD_FIELDS.seeds, len(ODD_FIELDS.seeds))

    odd_fields.forget_usual()
    with planted(mutant):
        found = any(is_finding(text) for text in texts)
    odd_fields.forget_usual()

    assert found


def is_finding(text: str) -> bool:
    try:
        odd_fields.check(text)
    except AssertionError:
        return True
    return False


def test_every_field_of_the_crms_answers_is_changed_somewhere() -> None:
    tried = {path for scenario in SCENARIOS.values() if not scenario.is_message for path in scenario.fields}

    assert tried == {path for model in CrmAnswer.__subclasses__() for path in paths(model)}


@pytest.mark.parametrize(
    "scenario", [each for each in SCENARIOS.values() if each.is_message], ids=lambda each: each.name
)
def test_every_field_of_a_producers_message_is_changed(scenario: Scenario) -> None:
    assert set(scenario.fields) == set(paths(MODELS[scenario.type_name]))


def test_most_documents_are_as_agreed_but_for_one_field() -> None:
    found = cases(1_000)

    assert sum(map(differs_in_one_place, found)) > HALF * len(found)


def differs_in_one_place(case: Case) -> bool:
    return count_differences(json.loads(changed(case).text), SCENARIOS[case.scenario].document(case.rows)) <= 1


def count_differences(one: Any, other: Any) -> int:
    """Count the smallest parts that differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = one.keys() | other.keys()
        return sum(count_differences(one.get(name, ...), other.get(name, ...)) for name in names)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return sum(map(count_differences, one, other))
    return int(json.dumps(one, default=str) != json.dumps(other, default=str))


@pytest.mark.parametrize("text", ["", "{}", "[]", "[" * 100_000, '{"scenario": 1}', "null"])
def test_text_that_is_no_case_checks_nothing(text: str) -> None:
    assert odd_fields.check(text) == {"no case": 1}


def test_case_survives_the_way_through_a_file() -> None:
    case = next(all_cases())

    assert read_case(case.text()) == case


def test_a_finding_says_which_case_it_was() -> None:
    case = Case("appointment.reminder reads the appointment", 1, "customer.phone", "other type", 1)

    with planted(mutants.IN_READING[1]), pytest.raises(AssertionError) as found:
        odd_fields.check(case.text())

    assert "customer.phone" in found.value.__notes__[0]
