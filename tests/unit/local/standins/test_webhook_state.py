"""The stand-in webhook receiver accepts only posts that are signed with a secret of the endpoint."""

from datetime import UTC, datetime, timedelta

import pytest

from lambdas.webhook_deliver.signing import signed
from local.standins.webhooks.state import Outage, SignatureVerdict, Subscriber, WebhookState

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 an example of the specification
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = b'{"test": 2432232314}'
OLDER, LATER = timedelta(minutes=-6), timedelta(minutes=6)
"""Beyond the specification's tolerance of five minutes."""


@pytest.fixture
def state() -> WebhookState:
    state = WebhookState()
    state.add_endpoint(Subscriber(endpoint_id="we_1", company_id="c", event="booking.created", secrets=(SECRET,)))
    return state


def headers(*secrets: str, apart: timedelta = timedelta(0)) -> dict[str, str]:
    return dict(signed("job-1", datetime.now(UTC) + apart, BODY, secrets or [SECRET]))


def verdict(state: WebhookState, headers: dict[str, str], body: bytes = BODY) -> SignatureVerdict:
    state.receive("we_1", headers, body, datetime.now(UTC))
    return state.posts()[-1].verdict


def test_a_post_signed_by_either_secret_of_two_is_valid(state: WebhookState) -> None:
    assert verdict(state, headers(OTHER, SECRET)) is SignatureVerdict.VALID
    assert verdict(state, headers(SECRET, OTHER)) is SignatureVerdict.VALID


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "job-2"},
        {"webhook-id": ""},
        {"webhook-timestamp": "1614265331"},
        {"webhook-timestamp": "yesterday"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,not base64"},
    ],
)
def test_a_changed_header_is_invalid(state: WebhookState, change: dict[str, str]) -> None:
    assert verdict(state, headers() | change) is SignatureVerdict.INVALID


def test_a_signature_of_another_scheme_is_ignored(state: WebhookState) -> None:
    other_scheme = headers()["webhook-signature"].replace("v1,", "v1a,")

    assert verdict(state, headers() | {"webhook-signature": other_scheme}) is SignatureVerdict.INVALID


def test_another_body_or_secret_is_invalid(state: WebhookState) -> None:
    assert verdict(state, headers(), BODY + b" ") is SignatureVerdict.INVALID
    assert verdict(state, headers(), b"\xff") is SignatureVerdict.INVALID
    assert verdict(state, headers(OTHER)) is SignatureVerdict.INVALID


@pytest.mark.parametrize("apart", [OLDER, LATER])
def test_a_timestamp_beyond_the_tolerance_is_invalid(state: WebhookState, apart: timedelta) -> None:
    assert verdict(state, headers(apart=apart)) is SignatureVerdict.INVALID


def test_a_valid_post_is_accepted_and_counted_by_its_id(state: WebhookState) -> None:
    assert state.receive("we_1", headers(), BODY, datetime.now(UTC)).status == 204

    (post,) = state.posts_to("we_1")
    assert (post.webhook_id, post.body, post.verdict) == ("job-1", BODY.decode(), SignatureVerdict.VALID)
    assert state.times_accepted() == {("c", "job-1"): 1}


def test_an_invalid_post_is_recorded_and_not_accepted(state: WebhookState) -> None:
    assert state.receive("we_1", headers(), b"{}", datetime.now(UTC)).status == 401
    assert state.receive("we_2", headers(), BODY, datetime.now(UTC)).status == 404

    assert [post.verdict for post in state.posts()] == [SignatureVerdict.INVALID, SignatureVerdict.UNKNOWN]
    assert state.times_accepted() == {}


def test_an_outage_lasts_for_its_number_of_posts(state: WebhookState) -> None:
    state.fail("we_1", Outage(503, times=2, retry_after="7", seconds=0.5))

    replies = [state.receive("we_1", headers(), BODY, datetime.now(UTC)) for _ in range(3)]

    assert [(reply.status, reply.retry_after, reply.seconds) for reply in replies] == [
        (503, "7", 0.5),
        (503, "7", 0.5),
        (204, "", 0),
    ]
    assert state.times_accepted().total() == 1


def test_an_outage_without_a_number_of_posts_does_not_end(state: WebhookState) -> None:
    state.fail("we_1", Outage(410))

    assert {state.receive("we_1", headers(), BODY, datetime.now(UTC)).status for _ in range(3)} == {410}


def test_a_slow_endpoint_accepts_the_post(state: WebhookState) -> None:
    state.fail("we_1", Outage(200, seconds=3))

    reply = state.receive("we_1", headers(), BODY, datetime.now(UTC))

    assert (reply.status, reply.seconds) == (204, 3)
