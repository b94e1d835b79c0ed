"""Two messages that share an id differ in tenant, type or payload, and both are expected to be done."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from local.traffic.mix import Traffic
from local.traffic.publication import Publication, PublicationDoor
from local.traffic.settings import ScheduleSettings
from local.traffic.shared_ids import SHARED_IDS, SharedId, same_tenant
from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.message import Message
from schemas.reasons import Outcome

TRAFFIC = Traffic(
    seed=1,
    now=datetime(2026, 4, 14, 12, tzinfo=UTC),
    settings=ScheduleSettings(reminder_leads=(timedelta(hours=24),), dunning=(timedelta(days=1),)),
)
PAIRS = [
    (shared, *TRAFFIC.sharing(shared, door, number=number))
    for shared in SHARED_IDS
    for door in PublicationDoor
    for number in range(1, 9, 2)
]


@pytest.mark.parametrize(("shared", "first", "second"), PAIRS)
def test_both_are_valid_messages_of_two_services_with_one_id(
    shared: SharedId, first: Publication, second: Publication
) -> None:
    messages = [decode_strictly(item.body, catalogue=BY_NAME) for item in (first, second)]

    for message, item in zip(messages, (first, second), strict=True):
        assert isinstance(message, Message)
        assert (message.id, message.company_id) == (item.id, item.company_id)
    assert first.id == second.id == second.follows
    assert json.loads(first.body)["source"] != json.loads(second.body)["source"]
    assert (first.company_id == second.company_id) is (shared.tenant is same_tenant)
    assert json.loads(first.body)["payload"] != json.loads(second.body)["payload"]


@pytest.mark.parametrize(("shared", "first", "second"), PAIRS)
def test_neither_is_expected_to_be_a_duplicate(shared: SharedId, first: Publication, second: Publication) -> None:
    assert {outcome for item in (first, second) for _, outcome in item.outcomes} <= {
        Outcome.ROUTED,
        Outcome.SUCCEEDED,
    }, shared
