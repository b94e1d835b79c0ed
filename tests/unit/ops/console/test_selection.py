"""What an address selects, and the address of what is selected: they say the same, now and later."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.console.selection import Selection, of_cause
from ops.dead_letters.filters import REASONS, Filters
from ops.dead_letters.search import Found
from ops.stage.services import SERVICES
from ops.terminal.errors import OperatorError
from tests.fakes.service import NOON
from tests.fakes.stage import CAUSE, OTHER_CAUSE, SERVICE
from tests.messages import COMPANY
from tests.unit.ops.console.stage_fakes import ConsoleStage


def of(**query: str) -> Selection:
    return Selection.of(query, NOON)


def found(service: str = SERVICE, cause: str = CAUSE, **more: Any) -> Found:
    stage = ConsoleStage()
    stage.bury(1, cause, **more)
    (letter,) = stage.letters.read(lambda _: True)
    return Found(service, letter)


moments = st.integers(-62_135_000_000_000_000, 253_402_000_000_000_000).map(
    lambda microseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)
ages = st.tuples(st.integers(0, 999_999), st.sampled_from("smh")).map(lambda age: f"{age[0]}{age[1]}")
times = st.one_of(moments.map(datetime.isoformat), ages)
queries = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(SERVICES),
        "reason": st.sampled_from(REASONS),
        "fingerprint": st.from_regex("[0-9a-fA-F]{12}", fullmatch=True),
        "tenant": st.uuids().map(str),
        "id": st.text(min_size=1).filter(str.strip),
        "since": times,
        "until": times,
        "page": st.text(),
        "key": st.text(),
    },
)


def in_order(query: Mapping[str, str]) -> bool:
    try:
        Selection.of(query, NOON)
    except OperatorError as error:
        return "--since is not before --until" not in str(error)
    return True


@given(query=queries.filter(in_order))
def test_the_address_of_what_an_address_selects_selects_the_same_however_late(query: Mapping[str, str]) -> None:
    selection = Selection.of(query, NOON)

    again = Selection.of(selection.query, NOON + timedelta(days=5))

    assert again == selection
    assert again.query == selection.query


@given(texts=st.dictionaries(st.sampled_from(["type", "reason", "fingerprint", "tenant", "id", "since"]), st.text()))
def test_whatever_an_address_says_is_a_selection_or_a_sentence(texts: Mapping[str, str]) -> None:
    with suppress(OperatorError):
        selection = Selection.of(texts, NOON)

        assert selection.query.keys() <= {name for name, text in texts.items() if text.strip()}


@pytest.mark.parametrize("blank", ["", " ", "\t\r\n", "\u2003"])
def test_what_is_left_blank_is_not_asked_for(blank: str) -> None:
    fields = ["type", "reason", "fingerprint", "tenant", "id", "since", "until"]

    selection = Selection.of(dict.fromkeys(fields, blank), NOON)

    assert selection == Selection(service="", filters=Filters())
    assert selection.query == {}
    assert selection.words == "all types"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"type": "email.sent"}, "there is no type email.sent. Did you mean email.send?"),
        ({"reason": "bad luck"}, "there is no reason bad luck"),
        ({"fingerprint": "c83d"}, "is no cause"),
        ({"tenant": "taly"}, "is no tenant"),
        ({"since": "yesterday"}, "is no time"),
        ({"since": "2026-04-14T12:00:00"}, "is no time"),
        ({"until": "99999w9"}, "is no time"),
        ({"since": "1h", "until": "2h"}, "nothing could lie between"),
        ({"since": "999999w"}, "before there was a calendar"),
    ],
    ids=lambda each: str(each) if isinstance(each, dict) else "",
)
def test_what_could_select_nothing_is_a_sentence(query: Mapping[str, str], sentence: str) -> None:
    with pytest.raises(OperatorError, match=sentence):
        Selection.of(query, NOON)


def test_a_time_ago_becomes_a_moment_that_stays() -> None:
    selection = of(since="2h", until="90s")

    assert selection.query == {"since": "2026-04-14T10:00:00Z", "until": "2026-04-14T11:58:30Z"}
    assert selection.words == "all types, since 2026-04-14T10:00:00Z, before 2026-04-14T11:58:30Z"


def test_a_time_ago_counts_in_whole_seconds_so_that_its_address_can_say_it() -> None:
    selection = Selection.of({"since": "1m"}, NOON.replace(microsecond=654_321))

    assert selection.query == {"since": "2026-04-14T11:59:00Z"}


def test_in_words_all_of_it_is_said() -> None:
    selection = of(type=SERVICE, reason="permanent", fingerprint=CAUSE, tenant=COMPANY, id="task-1")

    assert selection.words == f"{SERVICE}, reason permanent, cause {CAUSE}, tenant {COMPANY}, id task-1"


def test_letters_of_another_type_are_not_meant() -> None:
    assert of()(found())
    assert of(type=SERVICE)(found())
    assert not of(type="email.send")(found())


@pytest.mark.parametrize(
    "letter",
    [found(), found(cause=""), found(reason="crashed"), found("queue_processor", body="{broken")],
    ids=["with a cause", "moved by SQS", "crashed", "broken"],
)
def test_the_address_of_a_cause_selects_what_died_of_it(letter: Found) -> None:
    selection = Selection.of(of_cause(letter), NOON)

    assert selection(letter)
    assert not selection(found(cause=OTHER_CAUSE))
    assert selection.query == of_cause(letter)
