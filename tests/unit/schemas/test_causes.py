"""The items of the table of causes."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.causes import Cause, CauseState, cause_in, put_request, read_causes

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
ADA = "arn:aws:sts::123456789012:assumed-role/Admin/ada"
TABLE = "taly-async-prod-causes"

FULL = Cause(
    fingerprint="c83d68dfbef7",
    service="email.send",
    revision=7,
    writer="3f1d",
    claimed_until=NOW + timedelta(seconds=50),
    state=CauseState.SNOOZED,
    since=NOW - timedelta(hours=1),
    last_at=NOW,
    total=60,
    returns=2,
    said_at=NOW - timedelta(minutes=1),
    said_total=59,
    until=NOW + timedelta(hours=4),
    by=ADA,
    comment="SES confirmed it",
    changed_at=NOW - timedelta(minutes=2),
    total_then=58,
    version="5d41402a",
    resolved_version="4c1b2a90",
    reason="attempts_exhausted",
    error="RetryableError",
    frame="lambdas.common.clients.ses:send",
    subject_type="email.send",
    source="taly.backend",
    detail="SES did not answer in 3 seconds " * 30,
    remedy="redrive",
    tenants=frozenset({"7d1f0a52-3c1e-4d5b-9a64-000000000001", "7d1f0a52-3c1e-4d5b-9a64-000000000002"}),
    has_more_tenants=True,
)
NEW = Cause(fingerprint="c83d68dfbef7", service="email.send", since=NOW, last_at=NOW)


@pytest.mark.parametrize("cause", [FULL, NEW])
def test_an_item_keeps_the_whole_cause(cause: Cause) -> None:
    assert cause_in(cause.item()) == cause


def test_the_example_sets_each_field() -> None:
    empty = [each.name for each in fields(FULL) if not getattr(FULL, each.name)]

    assert empty == []


@pytest.mark.parametrize("name", ["fingerprint", "service", "state", "since", "last_at"])
@pytest.mark.parametrize("value", [{"S": ""}, {"N": "1"}, {"NULL": True}])
def test_an_item_without_what_each_cause_has_is_none(name: str, value: dict[str, Any]) -> None:
    assert cause_in(FULL.item() | {name: value}) is None


def test_an_item_expires_90_days_after_the_last_that_happened() -> None:
    item = replace(FULL, until=NOW + timedelta(days=1)).item()

    assert item["expiration"] == {"N": str(int((NOW + timedelta(days=91)).timestamp()))}


def test_the_first_write_requires_that_there_is_no_item() -> None:
    request = put_request(replace(NEW, revision=1), TABLE)

    assert request["ConditionExpression"] == "attribute_not_exists(#key)"
    assert request["ExpressionAttributeNames"] == {"#key": "fingerprint"}
    assert "ExpressionAttributeValues" not in request


def test_a_later_write_requires_the_revision_that_was_read() -> None:
    request = put_request(FULL, TABLE)

    assert request["ConditionExpression"] == "#revision = :read"
    assert request["ExpressionAttributeValues"] == {":read": {"N": "6"}}


def pages_of(count: int) -> Callable[..., dict[str, Any]]:
    """Scan a table of so many causes, one a page."""

    def scan(**request: Any) -> dict[str, Any]:
        assert request["ConsistentRead"] is True
        number = int(request.get("ExclusiveStartKey", {"page": 0})["page"]) + 1
        item = replace(NEW, fingerprint=f"{number:012x}").item()
        return {"Items": [item], **({"LastEvaluatedKey": {"page": number}} if number < count else {})}

    return scan


@pytest.mark.parametrize(("pages", "found", "is_complete"), [(3, 3, True), (2, 2, False)])
def test_a_scan_reads_so_many_pages_at_most(pages: int, found: int, *, is_complete: bool) -> None:
    causes, complete = read_causes(pages_of(3), TABLE, pages=pages)

    assert (len(causes), complete) == (found, is_complete)
