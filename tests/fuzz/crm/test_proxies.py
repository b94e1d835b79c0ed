"""Nothing is done, or taken for done, that the CRM did not say, and the check finds seeded faults in believing."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from schemas.catalogue import CATALOGUE
from schemas.event_type import Needs
from tests.fuzz.blind import run
from tests.fuzz.crm import mutants, proxies
from tests.fuzz.crm.calls import CALLS, Meaning
from tests.fuzz.crm.mutants import Mutant, planted
from tests.fuzz.crm.responses import PAGES, Case, agreed_answers, is_near, read_case
from tests.fuzz.tally import Tally
from tests.fuzz.targets import PROXIES

HALF = 0.5
PAGE = PAGES["a maintenance page"]


def cases(count: int) -> list[Case]:
    """Cases as the fuzzer makes them without coverage guidance."""
    random = Random(1)
    return [case for _ in range(count) if (case := read_case(PROXIES.generate(random)))]


def test_of_random_answers_only_the_crms_own_count() -> None:
    counts: Counter[str] = sum((proxies.check(case.text()) for case in cases(2_000)), Counter())

    assert counts.total() == 2_000
    assert {each.partition(",")[0] for each in counts} >= {each.name for each in Meaning}


@pytest.mark.long
def test_of_many_random_answers_only_the_crms_own_count(tmp_path: Path) -> None:
    tally = Tally(tmp_path)

    run(PROXIES, tally, runs=5_000, seconds=0, seed=2)

    assert tally.crashes == {}


@pytest.mark.parametrize("mutant", mutants.IN_BELIEVING, ids=lambda mutant: mutant.about)
def test_seeded_fault_in_believing_is_found(mutant: Mutant) -> None:
    texts = Random(1).sample(PROXIES.seeds, len(PROXIES.seeds))

    with planted(mutant):
        found = any(is_finding(text) for text in texts)

    assert found


def is_finding(text: str) -> bool:
    try:
        proxies.check(text)
    except AssertionError:
        return True
    return False


def test_every_type_that_calls_the_crm_is_tried() -> None:
    assert {call.message["type"] for call in CALLS.values()} == {
        event_type.name for event_type in CATALOGUE if Needs.CRM in event_type.needs
    }


def test_most_answers_are_agreed_ones_but_for_one_thing() -> None:
    found = cases(2_000)

    assert sum(map(is_near, found)) > HALF * len(found)


@pytest.mark.parametrize("name", CALLS)
def test_every_agreed_answer_to_a_call_has_one_meaning(name: str) -> None:
    said = [proxies.meanings(CALLS[name], case)[0] for case in agreed_answers(name)]

    assert [len(each) for each in said] == [1] * len(said)
    assert {Meaning.UNAVAILABLE} not in said
    assert {Meaning.UNCLEAR} not in said


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        *((status, Meaning.UNAVAILABLE) for status in (200, 302, 401, 404, 409, 429)),
        *((status, Meaning.UNCLEAR) for status in (408, 500, 503)),
    ],
)
def test_a_page_says_nothing(name: str, status: int, meaning: Meaning) -> None:
    for content_type in ("text/html", "application/json"):
        assert proxies.meanings(CALLS[name], Case(name, status, content_type, PAGE))[0] == {meaning}


@pytest.mark.parametrize("text", ["", "{}", "[]", "[" * 100_000, '{"call": 1}', "null"])
def test_text_that_is_no_case_checks_nothing(text: str) -> None:
    assert proxies.check(text) == {"no case": 1}


def test_case_survives_the_way_through_a_file() -> None:
    case = Case("payment.retry, charge", 200, "application/json", "\x00\xff", interim=(100, 103), is_last=True)

    assert read_case(case.text()) == case


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_body_is_received_as_it_was_sent(framing: str) -> None:
    case = Case("payment.retry, charge", 404, "text/html", PAGE, framing=framing, interim=(103,))

    received = proxies.received(case.on_the_wire(), "GET")

    assert not isinstance(received, Exception)
    assert (received.status, received.data.decode("latin-1")) == (404, PAGE)
