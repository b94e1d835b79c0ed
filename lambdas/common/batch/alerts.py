"""Alerts about dead letters: one `system.dead_lettered` on the bus for each batch and cause."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from lambdas.common.batch import dead_letter
from lambdas.common.batch.dead_letter import FailureHistory
from lambdas.common.batch.delivery import Delivery
from lambdas.common.batch.telemetry import Telemetry
from lambdas.common.budget import Context
from lambdas.common.clients import outbox
from lambdas.common.clients.outbox import BusEntry, QueueEntry, RefusedEntry
from lambdas.common.runtime import Runtime
from schemas.environment import FunctionEnvironment
from schemas.names import SOURCE
from schemas.reasons import MessageGroup, Remedy

if TYPE_CHECKING:
    from schemas.system import DeadLettered

_MOST_NAMED = 10
"""Message ids and tenants that an alert names."""

_TRIES = 3


@dataclass(frozen=True, slots=True)
class DeadLetterRecord:
    """A delivery that ends as a dead letter, with its failure history."""

    delivery: Delivery
    history: FailureHistory

    @property
    def entry(self) -> QueueEntry:
        """The dead letter as SQS takes it."""
        return dead_letter.entry(self.delivery.body, self.delivery.group, self.history)


Alert = tuple[str, BusEntry]
"""A cause's fingerprint, and its alert."""


def publish_alerts(
    records: Sequence[DeadLetterRecord], *, service: str, runtime: Runtime, context: Context, telemetry: Telemetry
) -> None:
    """Publish one alert for each cause, and log each that is refused: the dead-letter queue's alarm remains.

    The dead letters are sent already, and a failed alert must not bring their messages back: nothing is raised.
    """
    try:
        found = alerts(records, service=service, environment=runtime.environment, context=context)
    except Exception as error:  # noqa: BLE001 nothing is raised, as the docstring says
        telemetry.alert_refused(records[0].history.fingerprint, type(error).__name__)
        return
    for fingerprint, refused in _publish(found, runtime):
        telemetry.alert_refused(fingerprint, refused.code)


def _publish(found: Sequence[Alert], runtime: Runtime) -> list[tuple[str, RefusedEntry]]:
    """Put alerts on the bus, those that are refused for now again while there is time. Return the refused ones."""
    left, refused = list(found), list[tuple[Alert, RefusedEntry]]()
    for _ in range(_TRIES):
        entries = [entry for _, entry in left]
        receipts = outbox.publish(runtime.client("events"), runtime.environment.event_bus_name, entries)
        refused = [(alert, receipt) for alert, receipt in zip(left, receipts, strict=True) if receipt]
        left = [alert for alert, _ in refused]
        if all(receipt.is_permanent for _, receipt in refused) or not runtime.budget.allows_call():
            break
    return [(fingerprint, receipt) for (fingerprint, _), receipt in refused]


def alerts(
    records: Iterable[DeadLetterRecord], *, service: str, environment: FunctionEnvironment, context: Context
) -> list[Alert]:
    """Make the alerts about a batch's dead letters.

    Args:
        records: the dead letters.
        service: the function's type, or `queue_processor`.
        environment: names the queue that has them.
        context: Lambda's context of the invocation.
    """
    causes: defaultdict[str, list[DeadLetterRecord]] = defaultdict(list)
    for record in records:
        causes[record.history.fingerprint].append(record)
    return [
        (fingerprint, _entry(alike, _payload(alike, service, environment, context)))
        for fingerprint, alike in causes.items()
    ]


def _payload(
    alike: Sequence[DeadLetterRecord], service: str, environment: FunctionEnvironment, context: Context
) -> "DeadLettered":
    """Make an alert's payload; its text is that of the cause's first dead letter."""
    from schemas.system import NO_TENANT, DeadLettered  # imported only for an alert
    from schemas.wire import MAX_SAFE_INTEGER

    first = alike[0].history
    return DeadLettered(
        company_id=NO_TENANT,
        service=service,
        subject=first.type,
        source=first.source,
        reason=first.reason,
        fingerprint=first.fingerprint,
        error=first.error_class,
        detail=first.message,
        remedy=_common_remedy(alike),
        frame=first.frame,
        attempts=min(MAX_SAFE_INTEGER, max(record.delivery.attempt for record in alike)),
        count=len(alike),
        without_tenant_group=sum(map(_lacks_its_group, alike)) if environment.message_groups == "1" else 0,
        ids=_distinct(record.history.id for record in alike),
        companies=_distinct(record.history.company_id for record in alike),
        function=context.function_name,
        log_group=context.log_group_name,
        function_version=first.function_version,
        dead_letter_queue_url=environment.dead_letter_queue_url,
    )


def _common_remedy(alike: Iterable[DeadLetterRecord]) -> Remedy | None:
    """Return the remedy that the dead letters' raisers agree on; else none, so that the reason decides."""
    remedies = {record.history.remedy for record in alike}
    return remedies.pop() if len(remedies) == 1 else None


def _lacks_its_group(record: DeadLetterRecord) -> bool:
    return record.delivery.message_group in {MessageGroup.NONE, MessageGroup.ANOTHER}


def _entry(alike: Sequence[DeadLetterRecord], payload: "DeadLettered") -> BusEntry:
    from schemas.identity import uuid_of
    from schemas.system import SYSTEM_DEAD_LETTERED

    first = alike[0]
    name = SYSTEM_DEAD_LETTERED.name
    message_id = uuid_of(first.delivery.sqs_message_id, name, first.history.fingerprint)
    message = SYSTEM_DEAD_LETTERED.message_model(
        id=message_id,
        type=name,
        version=SYSTEM_DEAD_LETTERED.version,
        source=SOURCE,
        correlation_id=first.history.correlation_id or first.history.id or message_id,
        causation_id=first.history.id or None,
        timestamp=datetime.fromisoformat(first.history.dead_lettered_at),
        attempts=1,
        payload=payload,
    )
    return BusEntry(message_id, name, SOURCE, message.model_dump_json(by_alias=True, ensure_ascii=True))


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))[:_MOST_NAMED]
