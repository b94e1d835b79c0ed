"""The state of customers' webhook endpoints: an item an endpoint in the idempotency table.

`webhook.deliver` writes these items while an endpoint fails (`lambdas/webhook_deliver/`); the notifier, `status`,
`taly-async endpoints` and the console read them. An endpoint without an item is well, as far as anybody knows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from schemas.availability import Item, number_in, text_in, time_in
from schemas.wire import timestamp

DELIVERY = "webhook.deliver"
"""The type whose messages go to endpoints."""

INDEX_KEY = "health#webhook"
"""Key of the item that lists the endpoints with an item."""

INDEXED = "endpoints"
"""Its attribute: a set of their keys. An item takes 400 KB, which is room for about 4,000 endpoints that fail."""

FAILING_AFTER = timedelta(days=3)
"""Without a success for so long, the company's admins are informed: `webhook.endpoint_failing`."""

DISABLED_AFTER = timedelta(days=5)
"""Without a success for so long, the endpoint is disabled (`webhook.endpoint_disabled`), if its owner was informed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointState:
    """The state of an endpoint that fails, or did."""

    company_id: str
    endpoint_id: str
    failing_since: datetime | None = None
    """The first failure since the last success."""

    failing_by: str = ""
    """Id of the message that failed then."""

    failed_at: datetime | None = None
    """The last failure that was noted. It stays after a success: a call that began before it says nothing new."""

    failures: int = 0
    """Calls that failed since then, one after the other."""

    shared_failures: int = 0
    """The part of them since a second message failed, too; 0: the first message failed alone, and may be at fault."""

    asked_from: datetime | None = None
    """Until then nobody calls it. A disabled one is called once a day, as long as the CRM lists it."""

    probed_at: datetime | None = None
    """When a message last took it upon itself to call the endpoint alone."""

    last_answer: str = ""
    """The last failure, in a sentence without values."""

    reported_at: datetime | None = None
    """When `webhook.endpoint_failing` was published."""

    disabled_at: datetime | None = None
    """When `webhook.endpoint_disabled` was published."""

    outage_since: datetime | None = None
    """The first failure of the last outage that is over; None where none was that long, or of several messages."""

    recovered_at: datetime | None = None
    """When that outage was over."""

    @property
    def key(self) -> str:
        """The key of its item."""
        return endpoint_key(self.company_id, self.endpoint_id)

    def disabled_from(self, now: datetime) -> datetime:
        """Return from when on it is disabled if it goes on failing: its owner has two days' notice in any case."""
        since, reported_at = self.failing_since or now, self.reported_at or now
        return max(since + DISABLED_AFTER, reported_at + DISABLED_AFTER - FAILING_AFTER)


def endpoint_key(company_id: str, endpoint_id: str) -> str:
    """Return the key of the item about an endpoint: an id is unique within its company alone."""
    return f"{INDEX_KEY}#{company_id}#{endpoint_id}"


def endpoint_state(key: str, item: Item) -> EndpointState:
    """Return what an item says; nothing is known by an empty one."""
    company_id, _, endpoint_id = key.removeprefix(f"{INDEX_KEY}#").partition("#")
    return EndpointState(
        company_id=company_id,
        endpoint_id=endpoint_id,
        failing_since=time_in(item, "failing_since"),
        failing_by=text_in(item, "failing_by"),
        failed_at=time_in(item, "failed_at"),
        failures=number_in(item, "failures"),
        shared_failures=number_in(item, "shared_failures"),
        asked_from=time_in(item, "asked_from"),
        probed_at=time_in(item, "probed_at"),
        last_answer=text_in(item, "last_answer"),
        reported_at=time_in(item, "reported_at"),
        disabled_at=time_in(item, "disabled_at"),
        outage_since=time_in(item, "outage_since"),
        recovered_at=time_in(item, "recovered_at"),
    )


def attributes_of(state: EndpointState) -> Mapping[str, Mapping[str, str] | None]:
    """Return the attributes of the item that says this, in DynamoDB's form; None for one that it does not have."""
    names = [each.name for each in fields(state) if each.name not in {"company_id", "endpoint_id"}]
    return {name: _attribute(getattr(state, name)) for name in names}


def keys_in(index: Item) -> Iterable[str]:
    """Return the keys that the index lists."""
    return sorted(index.get(INDEXED, {}).get("SS", ()))


def _attribute(value: datetime | int | str | None) -> Mapping[str, str] | None:
    if isinstance(value, datetime):
        return {"S": timestamp(value)}
    if not value:
        return None
    return {"N": str(value)} if isinstance(value, int) else {"S": value}
