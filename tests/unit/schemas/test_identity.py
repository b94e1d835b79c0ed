"""Derived ids are the same wherever they are computed."""

from uuid import UUID, uuid5

from schemas.identity import NAMESPACE, derived_id, follow_up_id

PAYLOAD = {"companyId": "7d1f0a52-3c1e-4d5b-9a64-2f8e1c0b9a11", "amount": 1.0, "name": "Zoë"}


def test_the_derived_id_is_the_uuidv5_of_the_canonical_json() -> None:
    given = derived_id("booking.created", PAYLOAD, "2026-04-14T14:00:00Z")

    canonical = (
        '{"payload":{"amount":1,"companyId":"7d1f0a52-3c1e-4d5b-9a64-2f8e1c0b9a11","name":"Zoë"},'
        '"timestamp":"2026-04-14T14:00:00Z","type":"booking.created"}'
    )
    assert given == str(uuid5(NAMESPACE, canonical))
    assert UUID(given).version == 5


def test_follow_ups_differ_by_parent_type_and_discriminator() -> None:
    ids = {
        follow_up_id(parent, kind, discriminator)
        for parent in ("a", "b")
        for kind in ("email.send", "sms.send")
        for discriminator in ("", "1")
    }

    assert len(ids) == 8
    assert follow_up_id("a", "email.send", "") in ids
