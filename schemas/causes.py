"""Causes of dead letters: what the notifier remembers of each, and what operators decided about it.

One item of the table of causes holds one cause of one service. The notifier and operators' tools write whole items,
each on condition that nobody else has written it since it was read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from schemas.availability import Item, number_in, text_in, time_in
from schemas.wire import timestamp

FINGERPRINT, SERVICE = "fingerprint", "service"
"""Partition key and sort key of the table."""

LONGEST_SNOOZE = timedelta(days=7)
"""A snooze always ends, within this time."""

KEPT = timedelta(days=90)
"""After this time without a dead letter or an operator's action, DynamoDB deletes the item."""

MAX_TENANTS = 100
"""Tenants that an item lists; their ids take 4 KB."""

LONGEST_CLAIM = timedelta(minutes=2)
"""Longer than a run of the notifier takes; a claim that ends later than this counts as none."""

_MAX_DETAIL = 1_000
"""Characters."""


class CauseState(StrEnum):
    """Who takes care of a cause."""

    OPEN = "open"
    """Nobody yet: cards are posted as it goes on."""

    ACKNOWLEDGED = "acknowledged"
    """An operator: no card until the dead letters have grown tenfold."""

    SNOOZED = "snoozed"
    """An operator wants no card until a time."""

    RESOLVED = "resolved"
    """An operator fixed it: a card if it comes back."""

    OVER = "over"
    """No dead letter came for some time: a card if it comes again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause of dead letters of one service: its current or last episode."""

    fingerprint: str
    service: str
    """The function that dead-lettered them: its event type, or `queue_processor`."""

    revision: int = 0
    """Number of writes of the item; 0 where it has never been written."""

    writer: str = ""
    """Id of the invocation of the notifier that wrote it last: it recognises its own write if AWS's answer was lost."""

    claimed_until: datetime | None = None
    """Until then, the writer posts the card about it, and other notifiers leave the cause alone; None: nobody does."""

    state: CauseState = CauseState.OPEN
    since: datetime
    """When the first dead letter of the episode came."""

    last_at: datetime
    """When the last one came."""

    total: int = 0
    """Dead letters of the episode; 0 until a notifier has noted the first ones."""

    returns: int = 0
    """How often in a row it was over, and came again within a day of its last dead letter."""

    said_at: datetime | None = None
    """When the last card of the episode was sent; None: no card was."""

    said_total: int = 0
    """The total on that card."""

    until: datetime | None = None
    """End of the snooze."""

    by: str = ""
    """ARN of the credentials of the operator who acknowledged, snoozed or resolved it."""

    comment: str = ""
    changed_at: datetime | None = None
    """When that operator did so."""

    total_then: int = 0
    """The total at that time."""

    version: str = ""
    """Version of the function's code that dead-lettered the last ones; empty where it is not known."""

    resolved_version: str = ""
    """Version of the function's code in which the operator resolved it."""

    reason: str = ""
    error: str = ""
    frame: str = ""
    subject_type: str = ""
    """Event type of the messages; the service where they name none."""

    source: str = ""
    """The source that refused messages claim."""

    detail: str = ""
    """Error message of the first dead letter, redacted."""

    remedy: str = ""
    """The action that helps, where the raiser of the error named it (`schemas.reasons.Remedy`)."""

    tenants: frozenset[str] = frozenset()
    has_more_tenants: bool = False
    """Whether there are more tenants than those."""

    @property
    def key(self) -> tuple[str, str]:
        """Service and fingerprint."""
        return self.service, self.fingerprint

    @property
    def operator(self) -> str:
        """Name of the operator's credentials, without the account: `assumed-role/Admin/ada`."""
        return self.by.rsplit(":", 1)[-1]

    def is_claimed(self, now: datetime) -> bool:
        """Whether a notifier is posting about it."""
        return self.claimed_until is not None and timedelta() < self.claimed_until - now <= LONGEST_CLAIM

    def is_snoozed(self, now: datetime) -> bool:
        """Whether an operator wants no card now. It ends in time even if the item was written by hand."""
        if self.state is not CauseState.SNOOZED or self.until is None or self.changed_at is None:
            return False
        return now < min(self.until, self.changed_at + LONGEST_SNOOZE)

    def item(self) -> dict[str, dict[str, Any]]:
        """Return the item that keeps it; empty values are left out."""
        texts = {
            FINGERPRINT: self.fingerprint,
            SERVICE: self.service,
            "state": self.state,
            **{name: getattr(self, name) for name in _TEXTS},
            **{name: timestamp(at) for name in _TIMES if (at := getattr(self, name))},
            "has_more_tenants": "1" if self.has_more_tenants else "",
        }
        expires = max(at for at in (self.last_at, self.said_at, self.changed_at, self.until) if at) + KEPT
        numbers = {
            **{name: getattr(self, name) for name in _NUMBERS},
            "expiration": int(expires.timestamp()),
        }
        return {
            **{name: {"S": str(text)} for name, text in texts.items() if text},
            **{name: {"N": str(number)} for name, number in numbers.items() if number},
            **({"tenants": {"SS": sorted(self.tenants)}} if self.tenants else {}),
        }


_TEXTS = (
    *("writer", "by", "comment", "version", "resolved_version", "reason", "error", "frame", "subject_type", "source"),
    *("detail", "remedy"),
)
_TIMES = ("since", "last_at", "said_at", "until", "changed_at", "claimed_until")
_NUMBERS = ("revision", "total", "returns", "said_total", "total_then")


def cause_in(item: Item) -> Cause | None:
    """Read an item that `Cause.item` made; None for any other."""
    fingerprint, service = text_in(item, FINGERPRINT), text_in(item, SERVICE)
    since, last_at = time_in(item, "since"), time_in(item, "last_at")
    state = text_in(item, "state")
    if not fingerprint or not service or since is None or last_at is None or state not in [*CauseState]:
        return None
    tenants = item.get("tenants", {}).get("SS", ())
    times: dict[str, Any] = {name: time_in(item, name) for name in _TIMES}
    texts: dict[str, Any] = {name: text_in(item, name) for name in _TEXTS}
    numbers: dict[str, Any] = {name: number_in(item, name) for name in _NUMBERS}
    return Cause(
        fingerprint=fingerprint,
        service=service,
        state=CauseState(state),
        tenants=frozenset(map(str, tenants)),
        has_more_tenants=bool(text_in(item, "has_more_tenants")),
        **times | texts | numbers | {"since": since, "last_at": last_at, "detail": _detail_in(item)},
    )


def read_causes(scan: Callable[..., Mapping[str, Any]], table_name: str, *, pages: int) -> tuple[list[Cause], bool]:
    """Read the causes, as they are now, and return them with whether these are all.

    Args:
        scan: DynamoDB's operation; what it raises is raised as it is.
        table_name: the table of causes.
        pages: of a mebibyte each, at most; a cause takes about a kibibyte.
    """
    causes: list[Cause] = []
    start: Mapping[str, Any] = {}
    for _ in range(pages):
        page = scan(TableName=table_name, ConsistentRead=True, **start)
        causes += [cause for item in page.get("Items", ()) if (cause := cause_in(item))]
        if not page.get("LastEvaluatedKey"):
            return causes, True
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    return causes, False


def put_request(cause: Cause, table_name: str) -> dict[str, Any]:
    """Return the arguments of DynamoDB's `put_item` that replace the item of the revision before this one.

    It is refused (`ConditionalCheckFailedException`, with the item that is there) if another write came first.
    """
    is_new = cause.revision == 1
    return {
        "TableName": table_name,
        "Item": cause.item(),
        "ConditionExpression": "attribute_not_exists(#key)" if is_new else "#revision = :read",
        "ExpressionAttributeNames": {"#key": FINGERPRINT} if is_new else {"#revision": "revision"},
        **({} if is_new else {"ExpressionAttributeValues": {":read": {"N": str(cause.revision - 1)}}}),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def _detail_in(item: Item) -> str:
    value = item.get("detail", {}).get("S", "")
    return value[:_MAX_DETAIL] if isinstance(value, str) else ""
