"""The suppression list: one item an address of a tenant, by a keyed hash, the same whatever order reports come in."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from lambdas.common.clients.suppression_list import Suppressed, SuppressionList
from lambdas.common.errors import Skip, UnavailableError
from schemas.destinations import KEEP_RECORDS, READ_SECRET
from schemas.emails import EmailSend
from schemas.message import Message
from schemas.suppression import EmailSuppression, Suppression, suppression_key
from tests.fakes.dynamodb import FakeDynamoDb
from tests.fakes.function import NOW, SUPPRESSION_KEY_SECRET, FunctionHarness
from tests.fakes.service import failing
from tests.messages import COMPANY, email, text

ANOTHER = "00000000-0000-4000-8000-000000000001"
HOUR = timedelta(hours=1)


def change(
    suppression: Suppression = Suppression.BOUNCED,
    at: datetime = NOW - HOUR,
    *,
    address: str = "ada@example.com",
    company: str = COMPANY,
) -> EmailSuppression:
    return EmailSuppression(company_id=company, email=address, suppression=suppression, occurred_at=at)


def put(harness: FunctionHarness, *changes: EmailSuppression) -> None:
    for each in changes:
        try:
            harness.runtime().capability(SuppressionList).put(each)
        except Skip:
            continue


def admit(harness: FunctionHarness, address: str = "ada@example.com", company: str = COMPANY) -> None:
    payload = email()["payload"] | {"companyId": company, "to": {"email": address, "timeZone": "UTC"}}
    mail = Message[EmailSend].model_validate_json(text(email(payload=payload)))
    harness.runtime().capability(Suppressed).admit(mail)


@pytest.fixture
def harness() -> FunctionHarness:
    return FunctionHarness()


def test_an_address_without_an_item_gets_mail(harness: FunctionHarness) -> None:
    admit(harness)

    assert harness.dynamodb.calls == ["get_item"]


@pytest.mark.parametrize(
    ("suppression", "why"),
    [(Suppression.BOUNCED, "suppressed: .* bounced"), (Suppression.COMPLAINED, "suppressed: .* marked as spam")],
)
def test_a_suppressed_address_gets_no_mail(harness: FunctionHarness, suppression: Suppression, why: str) -> None:
    put(harness, change(suppression))

    with pytest.raises(Skip, match=why):
        admit(harness)


@pytest.mark.parametrize("spelling", ["ADA@example.com", " Ada@Example.Com "])
def test_all_spellings_of_an_address_are_one(harness: FunctionHarness, spelling: str) -> None:
    put(harness, change())

    with pytest.raises(Skip):
        admit(harness, spelling)


def test_a_domain_beyond_ascii_is_the_one_that_ses_names(harness: FunctionHarness) -> None:
    put(harness, change(address="ada@xn--mller-kva.example"))

    with pytest.raises(Skip):
        admit(harness, "ada@müller.example")


def test_another_tenants_mail_to_the_address_goes_out(harness: FunctionHarness) -> None:
    put(harness, change())

    admit(harness, company=ANOTHER)

    assert len(harness.dynamodb.items) == 1


def test_an_address_that_a_person_confirmed_gets_mail_again(harness: FunctionHarness) -> None:
    put(harness, change(at=NOW - 2 * HOUR), change(Suppression.DELIVERABLE, NOW - HOUR))

    admit(harness)

    assert harness.dynamodb.calls[-1] == "get_item"


def test_the_item_has_no_address_and_lasts_a_year(harness: FunctionHarness) -> None:
    put(harness, change(at=NOW - HOUR))

    (item,) = harness.dynamodb.items.values()
    assert item.keys() == {"id", "suppression", "at", "expiration"}
    assert item["suppression"] == {"S": "bounced"}
    assert item["expiration"] == {"N": str(int((NOW - HOUR + timedelta(days=365)).timestamp()))}
    assert "ada" not in str(item)


def test_only_the_stages_key_finds_the_item() -> None:
    keys = {suppression_key(secret, COMPANY, "ada@example.com") for secret in (b"one", b"two")}

    assert len(keys) == 2
    assert all(key.removeprefix("suppressed#").isalnum() for key in keys)


def state_after(changes: Iterable[EmailSuppression]) -> dict[str, Any]:
    harness = FunctionHarness()
    put(harness, *changes)
    return dict(harness.dynamodb.items)


REPORTS = (
    change(Suppression.BOUNCED, NOW - 3 * HOUR),
    change(Suppression.DELIVERABLE, NOW - 2 * HOUR),
    change(Suppression.COMPLAINED, NOW - HOUR),
    change(Suppression.BOUNCED, NOW - HOUR),
    change(Suppression.DELIVERABLE, NOW - HOUR),
)


def test_reports_in_any_order_end_in_the_same_item() -> None:
    states = [state_after(order + order[:2]) for order in permutations(REPORTS)]

    assert all(state == states[0] for state in states)
    (item,) = states[0].values()
    assert item["suppression"] == {"S": "complained"}


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (Suppression.BOUNCED, Suppression.DELIVERABLE, Suppression.BOUNCED),
        (Suppression.COMPLAINED, Suppression.BOUNCED, Suppression.COMPLAINED),
        (Suppression.DELIVERABLE, Suppression.COMPLAINED, Suppression.COMPLAINED),
    ],
)
def test_of_two_reports_about_one_moment_the_graver_counts(
    first: Suppression, second: Suppression, kept: Suppression
) -> None:
    (item,) = state_after([change(first), change(second)]).values()

    assert item["suppression"] == {"S": kept}


def test_a_report_that_changes_nothing_is_skipped(harness: FunctionHarness) -> None:
    suppression_list = harness.runtime().capability(SuppressionList)
    suppression_list.put(change())

    for known in (change(), change(at=NOW - 2 * HOUR)):
        with pytest.raises(Skip, match="this, or something later, is known"):
            suppression_list.put(known)


def test_an_expired_item_is_none_to_the_reader(harness: FunctionHarness) -> None:
    """DynamoDB deletes expired items within days (Developer Guide, "Using time to live")."""
    put(harness, change())
    harness.now += timedelta(days=365)

    admit(harness)

    assert harness.dynamodb.items != {}


def test_an_expired_item_is_none_to_the_writer(harness: FunctionHarness) -> None:
    put(harness, change(Suppression.COMPLAINED))
    (item,) = harness.dynamodb.items.values()
    item["expiration"] = {"N": str(int(NOW.timestamp()))}

    put(harness, change(Suppression.BOUNCED, NOW - 2 * HOUR))

    (item,) = harness.dynamodb.items.values()
    assert item["suppression"] == {"S": "bounced"}


def test_a_time_in_the_future_counts_as_now(harness: FunctionHarness) -> None:
    """A wrong clock must not keep later bounces off the list for years."""
    put(harness, change(Suppression.DELIVERABLE, datetime(2999, 1, 1, tzinfo=UTC)))
    harness.now += HOUR

    put(harness, change(Suppression.BOUNCED, NOW + HOUR / 2))

    with pytest.raises(Skip, match="bounced"):
        admit(harness)


def test_the_key_is_read_once_a_process(harness: FunctionHarness) -> None:
    for _ in range(3):
        admit(harness)

    assert harness.secrets.calls == ["get_secret_value"]


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException", "InternalServiceError"])
def test_without_the_key_the_mail_waits(harness: FunctionHarness, code: str) -> None:
    harness.secrets.fail = failing(code)

    with pytest.raises(UnavailableError) as raised:
        admit(harness)

    assert raised.value.route == READ_SECRET


def test_an_empty_key_is_refused_with_what_to_do(harness: FunctionHarness) -> None:
    harness.secrets.secrets[SUPPRESSION_KEY_SECRET] = ""

    with pytest.raises(UnavailableError, match="key of the suppression list is empty") as raised:
        admit(harness)

    assert "store a random text there" in raised.value.to_do


def test_a_key_that_could_not_be_read_is_read_again(harness: FunctionHarness) -> None:
    harness.secrets.fail = failing("InternalServiceError")
    with pytest.raises(UnavailableError):
        admit(harness)

    harness.secrets.fail = lambda _operation, _request: None
    admit(harness)

    assert harness.dynamodb.calls == ["get_item"]


@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "AccessDeniedException", "SomethingNew"])
def test_without_the_table_the_mail_waits(code: str) -> None:
    harness = FunctionHarness(dynamodb=FakeDynamoDb(fail=failing(code)))

    with pytest.raises(UnavailableError, match="suppression list cannot be read or changed") as raised:
        admit(harness)

    assert raised.value.route == KEEP_RECORDS


def test_without_the_table_a_change_waits() -> None:
    harness = FunctionHarness(dynamodb=FakeDynamoDb(fail=failing("InternalServerError")))

    with pytest.raises(UnavailableError):
        harness.runtime().capability(SuppressionList).put(change())
