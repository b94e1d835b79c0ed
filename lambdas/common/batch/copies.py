"""The fresh copy of a message that goes back to its own queue."""

from dataclasses import replace

from lambdas.common.batch.delivery import Delivery
from lambdas.common.batch.retry import Again
from lambdas.common.clients.outbox import MAX_BYTES, QueueEntry
from schemas.names import HISTORY_ATTRIBUTE
from schemas.reasons import Outcome


def copy_of(delivery: Delivery, again: Again, body: str) -> QueueEntry:
    """What is sent back for a delivery. Where the body leaves too little room, the history is cut."""
    waits = again.outcome is Outcome.DEFERRED
    before = delivery.history
    history = replace(
        before,
        not_before=again.not_before,
        alone=again.alone or (waits and before.alone),
        suspected=again.suspected or (before.suspected if waits else 0),
    )
    if again.counted:
        history = history.deferred()
    entry = QueueEntry(body, delivery.group, again.delay, {HISTORY_ATTRIBUTE: history.to_json()})
    if entry.size <= MAX_BYTES:
        return entry
    brief = replace(history, attempts=(), earlier=(), producer_attributes={})
    return replace(entry, attributes={HISTORY_ATTRIBUTE: brief.to_json()})
