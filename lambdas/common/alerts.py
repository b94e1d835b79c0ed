"""How people are told of dead letters: one `system.dead_lettered` for each batch and cause, straight on the bus."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from lambdas.common import dead_letter
from lambdas.common.budget import Context
from lambdas.common.dead_letter import Biography
from lambdas.common.delivery import Delivery
from lambdas.common.outbox import SOURCE, BusEntry, QueueEntry

if TYPE_CHECKING:
    from schemas.system import DeadLettered

_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Burial:
    """One dead letter, and whose it is."""

    delivery: Delivery
    biography: Biography

    @property
    def entry(self) -> QueueEntry:
        """As SQS takes it."""
        return dead_letter.entry(self.delivery.record.body, self.delivery.group, self.biography)


def alerts(
    burials: Iterable[Burial], *, service: str, dead_letter_queue_url: str, context: Context
) -> list[tuple[str, BusEntry]]:
    """What is put on the bus about these, each with its fingerprint.

    Args:
        burials: the dead letters of one batch.
        service: whose function gave them up.
        dead_letter_queue_url: where they lie.
        context: of the invocation.
    """
    causes: defaultdict[str, list[Burial]] = defaultdict(list)
    for burial in burials:
        causes[burial.biography.fingerprint].append(burial)
    return [
        (fingerprint, _entry(alike, _payload(alike, service, dead_letter_queue_url, context)))
        for fingerprint, alike in causes.items()
    ]


def _payload(alike: Sequence[Burial], service: str, dead_letter_queue_url: str, context: Context) -> "DeadLettered":
    """What those of one cause have in common, in the words of the first."""
    from schemas.system import NOBODY, DeadLettered  # noqa: PLC0415 most batches leave nobody dead

    first = alike[0].biography
    return DeadLettered(
        company_id=NOBODY,
        service=service,
        subject=first.type[:128],
        reason=first.reason,
        fingerprint=first.fingerprint,
        error=first.error_class,
        detail=first.message,
        frame=first.frame,
        attempts=max(burial.delivery.attempt for burial in alike),
        count=len(alike),
        ids=_distinct(burial.biography.id for burial in alike),
        companies=_distinct(burial.biography.company_id for burial in alike),
        function=context.function_name,
        log_group=context.log_group_name,
        dead_letter_queue_url=dead_letter_queue_url,
    )


def _entry(alike: Sequence[Burial], payload: "DeadLettered") -> BusEntry:
    from schemas.identity import follow_up_id  # noqa: PLC0415 likewise
    from schemas.system import SYSTEM_DEAD_LETTERED  # noqa: PLC0415 likewise

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
