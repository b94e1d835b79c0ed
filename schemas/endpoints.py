"""What the stage knows about customers' webhook endpoints: an item an endpoint in the idempotency table.

`webhook.deliver` writes these items while an endpoint fails (`lambdas/webhook_deliver/`); the notifier, `status`,
`taly-async endpoints` and the console read them. An endpoint without an item is well, as far as anybody knows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.availability import Item, number_in, text_in, time_in

INDEX_KEY = "health#webhook"
"""Key of the item that lists the endpoints with an item."""

INDEXED = "endpoints"
"""Its attribute: a set of their keys. An item takes 400 KB, which is room for about 4,000 endpoints that fail."""

FAILING_AFTER = timedelta(days=3)
"""Without a success for so long, the company's admins are informed: `webhook.endpoint_failing`."""

DISABLED_AFTER = timedelta(days=5)
"""Without a success for so long, the endpoint is disabled: `webhook.endpoint_disabled`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointState:
    """What is known about an endpoint that fails, or did."""

    company_id: str
    endpoint_id: str
    failing_since: datetime | None = None
    """The first failure since the last success."""

    failed_at: datetime | None = None
    failures: int = 0
    """Calls that failed since then, one after the other."""

    asked_from: datetime | None = None
    """Until then nobody calls it."""

    last_answer: str = ""
    """How it failed last, in a sentence without values."""

    reported_at: datetime | None = None
    """When `webhook.endpoint_failing` was published."""

    disabled_at: datetime | None = None
    """When `webhook.endpoint_disabled` was published."""

    @property
    def key(self) -> str:
        """The key of its item."""
        return endpoint_key(self.company_id, self.endpoint_id)


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
        failed_at=time_in(item, "failed_at"),
        failures=number_in(item, "failures"),
        asked_from=time_in(item, "asked_from"),
        last_answer=text_in(item, "last_answer"),
        reported_at=time_in(item, "reported_at"),
        disabled_at=time_in(item, "disabled_at"),
    )


def keys_in(index: Item) -> Iterable[str]:
    """Return the keys that the index lists."""
    return sorted(index.get(INDEXED, {}).get("SS", ()))
