"""What a refused text says of itself."""

import pytest

from schemas.claims import Claims, claims
from tests.messages import COMPANY, booking, text


def test_a_refused_message_is_still_found_by_its_ids() -> None:
    assert claims(text(booking(id="b-1", correlationId="root", attempts=0))) == Claims(
        id="b-1", type="booking.created", company_id=COMPANY, correlation_id="root"
    )


def test_an_id_is_derived_where_none_is_given() -> None:
    assert claims(text(booking(attempts=0))).id == "3a1eab84-8017-588f-8042-ecb04368c56e"


@pytest.mark.parametrize(
    "body", ["", "[]", "7", "{", "[" * 100_000, '{"payload": 7, "id": "a b", "type": ["x"]}', "{}"]
)
def test_what_says_nothing_of_itself_claims_nothing(body: str) -> None:
    assert claims(body) == Claims()


def test_a_claim_that_could_be_anything_is_not_repeated() -> None:
    claimed = claims(text(booking(id="ada lovelace", type="Ada Lovelace", payload={"companyId": "Ada"})))

    assert (claimed.type, claimed.company_id) == ("", "")
    assert "ada" not in claimed.id
