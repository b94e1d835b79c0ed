"""A company's own systems are told of its bookings, signed so that they know whom it comes from."""

from dataclasses import replace
from http import HTTPStatus

import pytest

from local.standins.webhooks.signatures import Verdict
from local.standins.webhooks.state import Outage
from local.traffic import bookings
from local.traffic.chance import Chance
from local.traffic.publication import MessageDraft, PublicationDoor
from schemas.bookings import BOOKING_CREATED
from schemas.reasons import Outcome, Reason
from schemas.webhooks import WEBHOOK_DELIVER
from tests.e2e.scene import Scene, message

PATIENCE = 3
"""Seconds that an endpoint asks for: far less than the type's own backoff would mostly wait."""


def asks_for_patience(chance: Chance) -> MessageDraft:
    booking = bookings.endpoint_is_busy_once(chance)
    (subscriber,) = booking.facts.subscribers
    outage = Outage(HTTPStatus.TOO_MANY_REQUESTS, times=1, retry_after=str(PATIENCE))
    return replace(booking, facts=replace(booking.facts, subscribers=(replace(subscriber, outage=outage),)))


@pytest.mark.parametrize("door", PublicationDoor)
def test_each_endpoint_gets_one_webhook_whose_signature_is_valid(scene: Scene, door: PublicationDoor) -> None:
    booking = scene.publish(bookings.told_to_two, door)

    lines = scene.came_true(booking)

    posts = scene.posts_of(lines)
    subscribers = booking.publication.facts.subscribers
    assert sorted(post.endpoint_id for post in posts) == sorted(each.endpoint_id for each in subscribers)
    assert {post.verdict for post in posts} == {Verdict.VALID}
    assert {post.webhook_id for post in posts} == {line.id for line in lines if line.service == WEBHOOK_DELIVER.name}


def test_a_webhook_tells_the_booking_as_it_came(scene: Scene) -> None:
    booking = scene.publish(bookings.told_to_two)

    posts = scene.posts_of(scene.came_true(booking))

    came = message(booking.publication.body)["payload"]
    for post in posts:
        told = message(post.body)
        assert told["type"] == BOOKING_CREATED.name
        assert told["data"]["bookingId"] == came["bookingId"]
        assert told["data"]["customer"] == came["customer"]


def test_while_a_secret_is_replaced_it_is_signed_with_both(scene: Scene) -> None:
    booking = scene.publish(bookings.told_to_two)

    scene.came_true(booking)

    for subscriber in booking.publication.facts.subscribers:
        (post,) = scene.stage.receiver.books.posts_to(subscriber.endpoint_id)
        assert len(post.headers["webhook-signature"].split(" ")) == len(subscriber.secrets)


def test_an_endpoint_that_asks_for_patience_gets_it_and_the_same_webhook_again(scene: Scene) -> None:
    booking = scene.publish(asks_for_patience)

    lines = scene.came_true(booking)

    (retrying,) = (line for line in lines if line.what is Outcome.RETRYING)
    first, second = scene.posts_of(lines)
    assert retrying.delay == PATIENCE
    assert (second.at - first.at).total_seconds() >= PATIENCE - 1, "SQS counts in whole seconds"
    assert (first.status, second.status) == (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.NO_CONTENT)
    assert (first.webhook_id, first.body) == (second.webhook_id, second.body)
    assert {first.verdict, second.verdict} == {Verdict.VALID}


def test_an_endpoint_that_is_gone_is_told_once_and_the_other_one_all_the_same(scene: Scene) -> None:
    booking = scene.publish(bookings.endpoint_is_gone, PublicationDoor.BUS)

    lines = scene.came_true(booking)

    (dead,) = (line for line in lines if line.what is Outcome.DEAD_LETTERED)
    letter = scene.letter(WEBHOOK_DELIVER.name, lambda letter: letter.id == dead.id)
    assert letter.reason == dead.reason == Reason.PERMANENT
    assert "410" in letter.failure_history["message"]
    assert sorted(post.status for post in scene.posts_of(lines)) == [HTTPStatus.NO_CONTENT, HTTPStatus.GONE]


def test_who_unsubscribes_before_the_next_attempt_is_told_nothing_more(scene: Scene) -> None:
    booking = scene.publish(asks_for_patience)
    retrying = scene.lines(
        lambda line: line.causation_id == booking.id and line.what is Outcome.RETRYING, what="a webhook put off"
    )

    scene.stage.crm.books.unsubscribe(booking.publication.company_id, BOOKING_CREATED.name)

    told = scene.concluded(booking.id, WEBHOOK_DELIVER.name)
    assert told.what is Outcome.SKIPPED
    assert [post.status for post in scene.posts_of(retrying)] == [HTTPStatus.TOO_MANY_REQUESTS]
