"""The stand-in receiver of webhooks believes no post that is not signed by a secret of its endpoint."""

from datetime import UTC, datetime, timedelta

import pytest

from lambdas.webhook_deliver.signing import signed
from local.standins.webhooks.signatures import TOLERANCE, Verdict, verify
from local.standins.webhooks.state import Outage, Subscriber, WebhookState

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 of the specification's own examples
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = b'{"test": 2432232314}'
AT = datetime.fromtimestamp(1614265330, UTC)
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
"""A post whose signature the libraries of Standard Webhooks are tested with."""


def test_a_post_of_the_specifications_libraries_is_valid() -> None:
    assert verify(HEADERS, BODY, [SECRET], AT) is Verdict.VALID


def test_a_post_of_our_own_is_valid_by_either_secret_of_two() -> None:
    headers = signed("job-1", AT, BODY, [OTHER, SECRET])

    assert [verify(headers, BODY, [secret], AT) for secret in (OTHER, SECRET)] == [Verdict.VALID] * 2


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"webhook-id": "job-2"}, Verdict.FORGED),
        ({"webhook-timestamp": "1614265331"}, Verdict.FORGED),
        ({"webhook-signature": HEADERS["webhook-signature"].replace("v1,", "v1a,")}, Verdict.FORGED),
        ({"webhook-signature": ""}, Verdict.UNSIGNED),
        ({"webhook-id": ""}, Verdict.UNSIGNED),
        ({"webhook-timestamp": "yesterday"}, Verdict.UNSIGNED),
    ],
)
def test_a_header_that_was_changed_is_found(change: dict[str, str], verdict: Verdict) -> None:
    assert verify({**HEADERS, **change}, BODY, [SECRET], AT) is verdict


def test_another_body_or_secret_is_found() -> None:
    assert verify(HEADERS, BODY + b" ", [SECRET], AT) is Verdict.FORGED
    assert verify(HEADERS, BODY, [OTHER], AT) is Verdict.FORGED


def test_what_is_too_old_or_of_tomorrow_is_not_believed() -> None:
    for apart in (TOLERANCE, -TOLERANCE):
        assert verify(HEADERS, BODY, [SECRET], AT + apart) is Verdict.VALID
        assert verify(HEADERS, BODY, [SECRET], AT + 1.01 * apart) is Verdict.STALE


@pytest.fixture
def books() -> WebhookState:
    books = WebhookState()
    books.open(Subscriber(endpoint_id="we_1", company_id="c", event="booking.created", secrets=(SECRET,)))
    return books


def test_a_valid_post_is_taken_and_counted_by_its_id(books: WebhookState) -> None:
    assert books.receive("we_1", HEADERS, BODY, AT).status == 204

    (post,) = books.posts_to("we_1")
    assert (post.webhook_id, post.body, post.verdict) == (HEADERS["webhook-id"], BODY.decode(), Verdict.VALID)
    assert books.times_accepted() == {HEADERS["webhook-id"]: 1}


def test_what_is_not_believed_is_entered_and_not_taken(books: WebhookState) -> None:
    assert books.receive("we_1", HEADERS, b"{}", AT).status == 401
    assert books.receive("we_2", HEADERS, BODY, AT).status == 404

    assert [post.verdict for post in books.posts()] == [Verdict.FORGED, Verdict.UNKNOWN]
    assert books.times_accepted() == {}


def test_an_outage_lasts_as_many_posts_as_it_is_told(books: WebhookState) -> None:
    books.fail("we_1", Outage(503, times=2, retry_after="7", seconds=0.5))

    replies = [books.receive("we_1", HEADERS, BODY, AT + timedelta(seconds=second)) for second in range(3)]

    assert [(reply.status, reply.retry_after, reply.seconds) for reply in replies] == [
        (503, "7", 0.5),
        (503, "7", 0.5),
        (204, "", 0),
    ]
    assert books.times_accepted().total() == 1


def test_an_outage_without_an_end_has_none(books: WebhookState) -> None:
    books.fail("we_1", Outage(410))

    assert {books.receive("we_1", HEADERS, BODY, AT).status for _ in range(3)} == {410}


def test_one_that_is_slow_alone_takes_the_post(books: WebhookState) -> None:
    books.fail("we_1", Outage(200, seconds=3))

    reply = books.receive("we_1", HEADERS, BODY, AT)

    assert (reply.status, reply.seconds) == (204, 3)
