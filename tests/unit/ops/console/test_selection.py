"""A query string selects dead letters, and a selection gives a query string that means the same, now and later."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.console.selection import Selection, same_cause
from ops.dead_letters.filters import REASONS, Filters
from ops.dead_letters.search import FoundDeadLetter
from ops.stage.services import SERVICES
from ops.terminal.errors import OperatorError
from schemas.wire import REFERENCE_PATTERN
from tests.fakes.service import NOON
from tests.fakes.stage import CAUSE, OTHER_CAUSE, SERVICE
from tests.messages import COMPANY
from tests.unit.ops.console.stage_fakes import ConsoleStage


def select(**query: str) -> Selection:
    return Selection.of(query, NOON)


def make_found(service: str = SERVICE, cause: str = CAUSE, **more: Any) -> FoundDeadLetter:
    stage = ConsoleStage()
    stage.add_dead_letter(1, cause, **more)
    (dead_letter,) = stage.dead_letter_queue.read(lambda _: True)
    return FoundDeadLetter(service, dead_letter)


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
        "cause": st.from_regex("[0-9a-fA-F]{12}", fullmatch=True),
        "tenant": st.uuids().map(str),
        "endpoint_id": st.from_regex(REFERENCE_PATTERN, fullmatch=True),
        "id": st.text(min_size=1).filter(str.strip),
        "since": times,
        "until": times,
        "page": st.text(),
        "key": st.text(),
    },
)


def is_possible(query: Mapping[str, str]) -> bool:
    """Whether its times are in order, and only webhooks are selected by their endpoint."""
    try:
        Selection.of(query, NOON)
    except OperatorError as error:
        return not any(text in str(error) for text in ("--since is not before --until", "leave the endpoint out"))
    return True


@given(query=queries.filter(is_possible))
def test_query_of_a_selection_selects_the_same_later(query: Mapping[str, str]) -> None:
    selection = Selection.of(query, NOON)

    again = Selection.of(selection.query, NOON + timedelta(days=5))

    assert again == selection
    assert again.query == selection.query


@given(texts=st.dictionaries(st.sampled_from(["type", "reason", "cause", "tenant", "id", "since"]), st.text()))
def test_any_query_is_a_selection_or_an_error(texts: Mapping[str, str]) -> None:
    with suppress(OperatorError):
        selection = Selection.of(texts, NOON)

        assert selection.query.keys() <= {name for name, text in texts.items() if text.strip()}


@pytest.mark.parametrize("blank", ["", " ", "\t\r\n", "\u2003"])
def test_blank_filter_is_ignored(blank: str) -> None:
    fields = ["type", "reason", "cause", "tenant", "endpoint_id", "id", "since", "until"]

    selection = Selection.of(dict.fromkeys(fields, blank), NOON)

    assert selection == Selection(service="", filters=Filters())
    assert selection.query == {}
    assert selection.description == "all types"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"type": "email.sent"}, "there is no type email.sent. Did you mean email.send?"),
        ({"reason": "bad luck"}, "there is no reason bad luck"),
        ({"cause": "c83d"}, "is no cause"),
        ({"tenant": "taly"}, "is no tenant"),
        ({"endpoint_id": "https://acme.example/"}, "is no endpoint: give its id"),
        ({"endpoint_id": "ep_1", "type": SERVICE}, "webhook.deliver alone, and activity.record has none"),
        ({"since": "yesterday"}, "is no time"),
        ({"since": "2026-04-14T12:00:00"}, "is no time"),
        ({"until": "99999w9"}, "is no time"),
        ({"since": "1h", "until": "2h"}, "nothing could lie between"),
        ({"since": "999999w"}, "before there was a calendar"),
    ],
    ids=lambda each: str(each) if isinstance(each, dict) else "",
)
def test_invalid_filter_is_an_error(query: Mapping[str, str], sentence: str) -> None:
    with pytest.raises(OperatorError, match=sentence):
        Selection.of(query, NOON)


def test_relative_time_becomes_absolute() -> None:
    selection = select(since="2h", until="90s")

    assert selection.query == {"since": "2026-04-14T10:00:00Z", "until": "2026-04-14T11:58:30Z"}
    assert selection.description == "all types, since 2026-04-14T10:00:00Z, before 2026-04-14T11:58:30Z"


def test_relative_time_counts_in_whole_seconds() -> None:
    selection = Selection.of({"since": "1m"}, NOON.replace(microsecond=654_321))

    assert selection.query == {"since": "2026-04-14T11:59:00Z"}


def test_description_names_all_filters() -> None:
    selection = select(type=SERVICE, reason="permanent", cause=CAUSE, tenant=COMPANY, id="task-1")

    assert selection.description == f"{SERVICE}, reason permanent, cause {CAUSE}, tenant {COMPANY}, id task-1"


def test_an_endpoint_selects_webhooks_to_it() -> None:
    selection = select(endpoint_id="ep_1", tenant=COMPANY)

    assert selection.query == {"type": "webhook.deliver", "tenant": COMPANY, "endpoint_id": "ep_1"}
    assert selection.description == f"webhook.deliver, tenant {COMPANY}, endpoint ep_1"


def test_dead_letters_of_another_type_are_not_selected() -> None:
    assert select()(make_found())
    assert select(type=SERVICE)(make_found())
    assert not select(type="email.send")(make_found())


@pytest.mark.parametrize(
    "selected",
    [make_found(), make_found(cause=""), make_found(reason="crashed"), make_found("queue_processor", body="{broken")],
    ids=["with a cause", "moved by SQS", "crashed", "broken"],
)
def test_query_of_a_cause_selects_its_dead_letters(selected: FoundDeadLetter) -> None:
    selection = Selection.of(same_cause(selected), NOON)

    assert selection(selected)
    assert not selection(make_found(cause=OTHER_CAUSE))
    assert selection.query == same_cause(selected)
