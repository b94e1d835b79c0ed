"""Signatures, verified by the specification's own library."""

import base64
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from lambdas.common.errors import NotDeliveredError
from lambdas.webhook_deliver.signing import signed
from tests.messages import SECRET

OLD_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"  # noqa: S105 made up
BODY = '{"type":"booking.created","data":{"companyName":"Café Zoë"}}'.encode()


def headers(*secrets: str, at: datetime | None = None) -> dict[str, str]:
    return signed("b-1", at or datetime.now(UTC), BODY, secrets or (SECRET,))


def test_receiver_verifies_the_signature() -> None:
    payload = Webhook(SECRET).verify(BODY, headers())

    assert payload["data"]["companyName"] == "Café Zoë"


def test_signature_matches_the_specifications_library() -> None:
    at = datetime(2026, 4, 14, 14, 0, 0, 999_999, tzinfo=UTC)

    assert headers(at=at) == {
        "webhook-id": "b-1",
        "webhook-timestamp": "1776175200",
        "webhook-signature": Webhook(SECRET).sign("b-1", at, BODY.decode()),
    }


def test_signature_matches_the_specifications_own_test() -> None:
    """Source: github.com/standard-webhooks/standard-webhooks, libraries/go/webhook_symmetric_test.go."""
    at = datetime.fromtimestamp(1614265330, UTC)

    sent = signed(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
    )

    assert sent == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_two_secrets_make_two_signatures() -> None:
    at = datetime(2026, 4, 14, 14, tzinfo=UTC)
    each = [headers(secret, at=at)["webhook-signature"] for secret in (SECRET, OLD_SECRET)]

    both = headers(SECRET, OLD_SECRET, at=at)["webhook-signature"]

    assert both == " ".join(each)
    assert [part[:3] for part in both.split(" ")] == ["v1,", "v1,"]


def test_either_secret_verifies_during_a_rotation() -> None:
    both = headers(SECRET, OLD_SECRET)

    for secret in (SECRET, OLD_SECRET):
        Webhook(secret).verify(BODY, both)


@pytest.mark.parametrize("change", ["body", "webhook-id", "webhook-timestamp", "secret"])
def test_changed_webhook_is_not_verified(change: str) -> None:
    sent = headers()
    now = str(int(sent["webhook-timestamp"]) - 1)
    touched = sent | {"webhook-id": "b-2"} if change == "webhook-id" else sent
    touched = touched | {"webhook-timestamp": now} if change == "webhook-timestamp" else touched

    with pytest.raises(WebhookVerificationError):
        Webhook(OLD_SECRET if change == "secret" else SECRET).verify(BODY + b" " if change == "body" else BODY, touched)


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_***", "whsec_abc", "whsec_é", SECRET.removeprefix("whsec_"), f"whsec_{SECRET}"]
)
def test_malformed_secret_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(NotDeliveredError) as raised:
        headers(SECRET, secret)

    assert str(raised.value) == "a signing secret of the endpoint is not whsec_ and base64: replace it in the CRM"


def secret_of(length: int) -> str:
    return f"whsec_{base64.b64encode(bytes(length)).decode()}"


@pytest.mark.parametrize("length", [1, 16, 23])
def test_short_secret_is_refused_and_not_shown(length: int) -> None:
    with pytest.raises(NotDeliveredError) as raised:
        headers(SECRET, secret_of(length))

    assert str(raised.value) == ("a signing secret of the endpoint has fewer than 24 bytes: replace it in the CRM")


@pytest.mark.parametrize("length", [24, 32, 64])
def test_secret_of_the_specified_length_is_accepted(length: int) -> None:
    secret = secret_of(length)

    payload = Webhook(secret).verify(BODY, headers(secret))

    assert payload["type"] == "booking.created"


def test_endpoint_without_a_secret_gets_nothing_unsigned() -> None:
    with pytest.raises(NotDeliveredError, match="the endpoint has no signing secret"):
        signed("b-1", datetime.now(UTC), BODY, ())
