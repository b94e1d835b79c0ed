"""How people are told of dead letters: one `system.dead_lettered` for each batch and cause, straight on the bus."""

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
from schemas.names import SOURCE

if TYPE_CHECKING:
    from schemas.system import DeadLettered

_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class DeadLetterRecord:
    """One dead letter, and whose it is."""

    delivery: Delivery
    biography: FailureHistory

    @property
    def entry(self) -> QueueEntry:
        """As SQS takes it."""
        return dead_letter.entry(self.delivery.record.body, self.delivery.group, self.biography)


Alert = tuple[str, BusEntry]
"""What is put on the bus about a cause, with its fingerprint."""

_TRIES = 3


def tell(
    burials: Sequence[DeadLetterRecord], *, service: str, runtime: Runtime, context: Context, observer: Telemetry
) -> None:
    """Put one alert for each cause on the bus, and say so where it was refused: then the queue's alarm tells of them.

    The letters are parked. Whatever goes wrong with a word about them must not bring them back: nothing is raised.
    """
    try:
        told = alerts(
            burials,
            service=service,
            dead_letter_queue_url=runtime.environment.dead_letter_queue_url,
            context=context,
        )
    except Exception as error:  # noqa: BLE001 as above
        observer.untold(burials[0].biography.fingerprint, type(error).__name__, at=runtime.now())
        return
    for fingerprint, refused in _published(told, runtime):
        observer.untold(fingerprint, refused.code, at=runtime.now())


def _published(told: Sequence[Alert], runtime: Runtime) -> list[tuple[str, RefusedEntry]]:
    """Put alerts on the bus, again what is refused for now, while there is time; gives what was refused."""
    left, refused = list(told), list[tuple[Alert, RefusedEntry]]()
    for _ in range(_TRIES):
        entries = [entry for _, entry in left]
        receipts = outbox.publish(runtime.client("events"), runtime.environment.event_bus_name, entries)
        refused = [(alert, receipt) for alert, receipt in zip(left, receipts, strict=True) if receipt]
        left = [alert for alert, _ in refused]
        if all(receipt.for_good for _, receipt in refused) or not runtime.budget.allows_a_call():
            break
    return [(fingerprint, receipt) for (fingerprint, _), receipt in refused]


def alerts(
    burials: Iterable[DeadLetterRecord], *, service: str, dead_letter_queue_url: str, context: Context
) -> list[Alert]:
    """What is put on the bus about these.

    Args:
        burials: the dead letters of one batch.
        service: whose function gave them up.
        dead_letter_queue_url: where they lie.
        context: of the invocation.
    """
    causes: defaultdict[str, list[DeadLetterRecord]] = defaultdict(list)
    for burial in burials:
        causes[burial.biography.fingerprint].append(burial)
    return [
        (fingerprint, _entry(alike, _payload(alike, service, dead_letter_queue_url, context)))
        for fingerprint, alike in causes.items()
    ]


def _payload(
    alike: Sequence[DeadLetterRecord], service: str, dead_letter_queue_url: str, context: Context
) -> "DeadLettered":
    """What those of one cause have in common, in the words of the first."""
    from schemas.system import NO_TENANT, DeadLettered  # most batches leave nobody dead
    from schemas.wire import MAX_SAFE_INTEGER

    first = alike[0].biography
    return DeadLettered(
        company_id=NO_TENANT,
        service=service,
        subject=first.type[:128],
        reason=first.reason,
        fingerprint=first.fingerprint,
        error=first.error_class,
        detail=first.message,
        frame=first.frame,
        attempts=min(MAX_SAFE_INTEGER, max(burial.delivery.attempt for burial in alike)),
        count=len(alike),
        ids=_distinct(burial.biography.id for burial in alike),
        companies=_distinct(burial.biography.company_id for burial in alike),
        function=context.function_name,
        log_group=context.log_group_name,
        dead_letter_queue_url=dead_letter_queue_url,
    )


def _entry(alike: Sequence[DeadLetterRecord], payload: "DeadLettered") -> BusEntry:
    from schemas.identity import follow_up_id
    from schemas.system import SYSTEM_DEAD_LETTERED

    first = alike[0]
    name = SYSTEM_DEAD_LETTERED.name
    message_id = follow_up_id(first.delivery.record.sqs_message_id, name, first.biography.fingerprint)
    message = SYSTEM_DEAD_LETTERED.message_model(
        id=message_id,
        type=name,
        version=SYSTEM_DEAD_LETTERED.version,
        source=SOURCE,
        correlation_id=first.biography.correlation_id or first.biography.id or message_id,
        causation_id=first.biography.id or None,
        timestamp=datetime.fromisoformat(first.biography.dead_lettered_at),
        attempts=1,
        payload=payload,
    )
    return BusEntry(message_id, name, SOURCE, message.model_dump_json(by_alias=True, ensure_ascii=True))


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))[:_MOST_NAMED]
