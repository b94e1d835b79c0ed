"""A company's endpoint fails and recovers, fails for days, and is gone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from local.standins.crm.companies import admins_of
from local.standins.webhooks.state import Outage, Subscriber
from local.traffic import bookings
from local.traffic.publication import Case, MessageDraft, PublicationDoor
from local.traffic.publish import AcceptedPublication
from local.traffic.sample_data import SampleData
from schemas.bookings import BOOKING_CREATED
from schemas.endpoints import FAILING_AFTER, EndpointState, endpoint_key, endpoint_state
from schemas.names import IDEMPOTENCY, resource_name
from schemas.reasons import Outcome
from schemas.webhooks import WEBHOOK_DELIVER, WEBHOOK_ENDPOINT_DISABLED, WEBHOOK_ENDPOINT_FAILING
from schemas.wire import timestamp
from tests.e2e.scene import Scene


def failing(status: int, times: int | None = None) -> Case:
    """A booking whose company's only endpoint answers this status, to so many posts or to all."""

    def draft(sample: SampleData) -> MessageDraft:
        booking = bookings.one_webhook(sample)
        (subscriber,) = booking.facts.subscribers
        failing = replace(subscriber, outage=Outage(status, times=times))
        return replace(booking, facts=replace(booking.facts, subscribers=(failing,)))

    return draft


def endpoint_of(booking: AcceptedPublication) -> Subscriber:
    """The only endpoint of a booking's company."""
    (subscriber,) = booking.publication.facts.subscribers
    return subscriber


class EndpointItem:
    """The idempotency table's item about an endpoint."""

    def __init__(self, scene: Scene, endpoint: Subscriber) -> None:
        """Use the stage's table."""
        self._table = scene.stage.deployed.client("dynamodb")
        self._key = endpoint_key(endpoint.company_id, endpoint.endpoint_id)
        self._named = {
            "TableName": resource_name(scene.stage.deployed.name, IDEMPOTENCY),
            "Key": {"id": {"S": self._key}},
        }

    def state(self) -> EndpointState:
        """The state of the endpoint in the table."""
        found: dict[str, Any] = self._table.get_item(**self._named, ConsistentRead=True)
        return endpoint_state(self._key, found.get("Item", {}))

    def is_reported(self, *, after: timedelta) -> bool:
        """Whether the endpoint was reported; its first failure is put back by so much if it was not."""
        state = self.state()
        if state.failing_since and not state.reported_at:
            since = {":since": {"S": timestamp(datetime.now(UTC) - after)}}
            self._table.update_item(
                **self._named, UpdateExpression="SET failing_since = :since", ExpressionAttributeValues=since
            )
        return state.reported_at is not None


def test_an_endpoint_that_fails_and_recovers_costs_no_attempt(scene: Scene) -> None:
    booking = scene.publish(failing(HTTPStatus.NOT_FOUND, times=2))

    lines = scene.completed(booking)

    (delivered,) = (line for line in lines if line.service == WEBHOOK_DELIVER.name)
    assert (delivered.what, delivered.attempt) == (Outcome.SUCCEEDED, 1)
    statuses = [post.status for post in scene.posts_of([delivered])]
    assert statuses == [HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND, HTTPStatus.NO_CONTENT]
    assert EndpointItem(scene, endpoint_of(booking)).state().failing_since is None


def test_admins_are_mailed_about_an_endpoint_that_fails_for_days(scene: Scene) -> None:
    booking = scene.publish(failing(HTTPStatus.SERVICE_UNAVAILABLE))
    endpoint = endpoint_of(booking)
    item = EndpointItem(scene, endpoint)

    scene.eventually(lambda: item.is_reported(after=FAILING_AFTER), what="a report of an endpoint that fails for days")
    scene.stage.receiver.state.fail(endpoint.endpoint_id, Outage(times=0))

    (informed,) = scene.lines(
        lambda line: (
            (line.service, line.company_id, line.final) == (WEBHOOK_ENDPOINT_FAILING.name, endpoint.company_id, True)
        ),
        what="the report at its function",
    )
    mails = scene.mails_of(scene.follow_ups_of(informed))
    admins = admins_of(endpoint.company_id).admins
    assert sorted(mail.to for mail in mails) == sorted((admin.email,) for admin in admins)
    assert all("the endpoint answered 503" in mail.text for mail in mails)
    assert {line.what for line in scene.chain_of(booking)} == {Outcome.SUCCEEDED}
    assert item.state().failing_since is None


def test_an_endpoint_that_is_gone_is_disabled_and_called_no_more(scene: Scene) -> None:
    booking = scene.publish(bookings.endpoint_is_gone, PublicationDoor.BUS)

    lines = scene.completed(booking)

    gone, other = booking.publication.facts.subscribers
    (disabled,) = (line for line in lines if line.service == WEBHOOK_ENDPOINT_DISABLED.name)
    assert disabled.what is Outcome.SUCCEEDED
    listed = scene.stage.crm.state.subscriptions.webhooks(gone.company_id, BOOKING_CREATED.name).endpoints
    assert [each.id for each in listed] == [other.endpoint_id]
    assert sorted(post.status for post in scene.posts_of(lines)) == [HTTPStatus.NO_CONTENT, HTTPStatus.GONE]
    assert EndpointItem(scene, gone).state().disabled_at is not None


def test_the_next_webhook_for_an_endpoint_that_is_gone_is_skipped(scene: Scene) -> None:
    booking = scene.publish(bookings.endpoint_is_gone)
    scene.completed(booking)
    gone, _ = booking.publication.facts.subscribers

    payload = {
        "companyId": gone.company_id,
        "endpointId": gone.endpoint_id,
        "event": BOOKING_CREATED.name,
        "occurredAt": timestamp(datetime.now(UTC)),
        "data": {"bookingId": booking.publication.subject},
    }
    received = scene.outcome_of(scene.publish_message(WEBHOOK_DELIVER, payload, subject=gone.endpoint_id))

    assert received.what is Outcome.SKIPPED
    assert [post.status for post in scene.stage.receiver.state.posts_to(gone.endpoint_id)] == [HTTPStatus.GONE]
