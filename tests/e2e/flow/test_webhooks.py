"""A company's endpoints get signed webhooks about its bookings."""

from dataclasses import replace
from http import HTTPStatus

import pytest

from local.standins.webhooks.state import Outage, SignatureVerdict
from local.traffic import bookings
from local.traffic.publication import MessageDraft, PublicationDoor
from local.traffic.sample_data import SampleData
from schemas.bookings import BOOKING_CREATED
from schemas.reasons import Outcome
from schemas.webhooks import WEBHOOK_DELIVER
from tests.e2e.scene import Scene, message

RETRY_AFTER = 3
"""Seconds that an endpoint asks for, far below the type's usual backoff."""


def asks_for_a_delay(sample: SampleData) -> MessageDraft:
    booking = bookings.endpoint_is_busy_once(sample)
    (subscriber,) = booking.facts.subscribers
    outage = Outage(HTTPStatus.TOO_MANY_REQUESTS, times=1, retry_after=str(RETRY_AFTER))
    return replace(booking, facts=replace(booking.facts, subscribers=(replace(subscriber, outage=outage),)))


@pytest.mark.parametrize("door", PublicationDoor)
def test_each_endpoint_gets_one_webhook_whose_signature_is_valid(scene: Scene, door: PublicationDoor) -> None:
    booking = scene.publish(bookings.two_webhooks, door)

    lines = scene.completed(booking)

    posts = scene.posts_of(lines)
    subscribers = booking.publication.facts.subscribers
    assert sorted(post.endpoint_id for post in posts) == sorted(each.endpoint_id for each in subscribers)
    assert {post.verdict for post in posts} == {SignatureVerdict.VALID}
    assert {post.webhook_id for post in posts} == {line.id for line in lines if line.service == WEBHOOK_DELIVER.name}


def test_a_webhook_contains_the_booking_as_published(scene: Scene) -> None:
    booking = scene.publish(bookings.two_webhooks)

    posts = scene.posts_of(scene.completed(booking))

    sent = message(booking.publication.body)["payload"]
    for post in posts:
        received = message(post.body)
        assert received["type"] == BOOKING_CREATED.name
        assert received["data"]["bookingId"] == sent["bookingId"]
        customer = received["data"]["customer"]
        assert {name: value for name, value in customer.items() if value is not None} == sent["customer"]


def test_a_webhook_is_signed_with_both_secrets_during_replacement(scene: Scene) -> None:
    booking = scene.publish(bookings.two_webhooks)

    scene.completed(booking)

    for subscriber in booking.publication.facts.subscribers:
        (post,) = scene.stage.receiver.state.posts_to(subscriber.endpoint_id)
        assert len(post.headers["webhook-signature"].split(" ")) == len(subscriber.secrets)


def test_an_endpoints_retry_after_delays_the_same_webhook(scene: Scene) -> None:
    booking = scene.publish(asks_for_a_delay)

    lines = scene.completed(booking)

    first, second = scene.posts_of(lines)
    assert (second.at - first.at).total_seconds() >= RETRY_AFTER - 1, "SQS delays by whole seconds"
    assert (first.status, second.status) == (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.NO_CONTENT)
    assert (first.webhook_id, first.body) == (second.webhook_id, second.body)
    assert {first.verdict, second.verdict} == {SignatureVerdict.VALID}


def test_a_removed_endpoint_gets_no_further_try(scene: Scene) -> None:
    booking = scene.publish(asks_for_a_delay)
    deferred = scene.lines(
        lambda line: (
            (line.correlation_id, line.service, line.what) == (booking.id, WEBHOOK_DELIVER.name, Outcome.DEFERRED)
        ),
        what="a webhook to be deferred",
    )

    scene.stage.crm.state.subscriptions.unsubscribe(booking.publication.company_id, BOOKING_CREATED.name)

    received = scene.outcome_at(deferred[0].id, WEBHOOK_DELIVER.name)
    assert received.what is Outcome.SKIPPED
    assert [post.status for post in scene.posts_of(deferred)] == [HTTPStatus.TOO_MANY_REQUESTS]
