"""The claims of refused messages."""

import pytest

from schemas.claims import Claims, claims
from tests.messages import BOOKING, COMPANY, booking, text


def test_claims_have_the_ids_of_a_refused_message() -> None:
    assert claims(text(booking(id="b-1", correlationId="root", source="crm.bookings", attempts=0))) == Claims(
        id="b-1",
        type="booking.created",
        source="crm.bookings",
        company_id=COMPANY,
        correlation_id="root",
        subject=f"booking/{BOOKING}",
    )


@pytest.mark.parametrize("an_id", ["ada@example.com", "+14155550123", "Ada", f"{BOOKING}\n", 7, None, [BOOKING]])
def test_a_claimed_subject_that_is_no_uuid_is_left_out(an_id: object) -> None:
    payload = {"companyId": COMPANY, "bookingId": an_id}

    assert claims(text(booking(payload=payload))).subject == ""


@pytest.mark.parametrize("type_name", ["email.send", "payment.failed", "no.type"])
def test_a_type_without_a_uuid_as_its_subject_claims_none(type_name: str) -> None:
    payload = {"companyId": COMPANY, "bookingId": BOOKING, "invoice": "INV-2024-0042", "": BOOKING}

    assert claims(text(booking(type=type_name, payload=payload))).subject == ""


def test_claims_have_a_derived_id_where_none_is_given() -> None:
    assert claims(text(booking(attempts=0))).id == "3a1eab84-8017-588f-8042-ecb04368c56e"


@pytest.mark.parametrize(
    "body", ["", "[]", "7", "{", "[" * 100_000, '{"payload": 7, "id": "a b", "type": ["x"]}', "{}"]
)
def test_a_text_without_ids_has_no_claims(body: str) -> None:
    assert claims(body) == Claims()


def test_a_claim_of_invalid_form_is_left_out() -> None:
    claimed = claims(text(booking(id="ada lovelace", type="Ada Lovelace", payload={"companyId": "Ada"})))

    assert (claimed.type, claimed.company_id) == ("", "")
    assert "ada" not in claimed.id


@pytest.mark.parametrize("source", ["Ada Lovelace", "aws.sqs", "x" * 257, "crm\n", "", None, ["crm"]])
def test_a_source_that_the_contract_refuses_is_no_claim(source: object) -> None:
    assert claims(text(booking(source=source))).source == ""


def test_a_type_longer_than_the_contract_allows_is_no_claim() -> None:
    assert claims(text(booking(type=f"a.{'b' * 127}"))).type == ""
