"""The function of one type, with only the permissions that the catalogue declares for the type."""

from collections.abc import Iterator
from typing import Any

from constructs import Construct

from schemas.catalogue import ALERTS
from schemas.environment import FunctionEnvironment
from schemas.event_type import EventType, Kind
from schemas.names import SOURCE
from stacks.messaging.idempotency_table import grant_begins, grant_records
from stacks.messaging.producer_access import put_events_conditions
from stacks.messaging.references import MessagingReferences
from stacks.processing.provisions import Provisions
from stacks.processing.queue_function import QueueFunction, QueueSource
from stacks.processing.rates import Scaling
from stacks.processing.runtime import FunctionRuntime
from stacks.processing.scheduling import Scheduling

_MEMORY = 256
"""MB; the peak use of a function is a third of it."""


class Consumer(QueueFunction):
    """A function that consumes the queue of one type."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        event_type: EventType[Any],
        scaling: Scaling,
        messaging: MessagingReferences,
        scheduling: Scheduling,
        provisions: Provisions,
        runtime: FunctionRuntime,
    ) -> None:
        """Create the function of one type.

        Raises:
            CannotSynthesizeError: the type has no handler, or a need without a grant.
        """
        needed = provisions.of(event_type.needs)
        queue, dead_letter_queue = messaging.queue(event_type.name), messaging.dead_letter_queue(event_type.name)
        super().__init__(
            scope,
            construct_id,
            source=QueueSource(
                folder=event_type.folder,
                description=f"{event_type.name} ({event_type.kind}), stage {runtime.stage.name}",
                queue=queue,
                dead_letter_queue=dead_letter_queue,
                timeout=runtime.stage.timeout(event_type.timeout),
                memory=_MEMORY,
                batch_size=scaling.batch_size,
                max_concurrency=scaling.max_concurrency,
                needs_texts=any(provision.needs_texts for provision in needed),
                put_conditions=put_events_conditions(sources=[SOURCE], types=_published_types(event_type)),
            ),
            bus=messaging.bus,
            runtime=runtime,
            environment=FunctionEnvironment(
                queue_url=queue.queue_url,
                dead_letter_queue_url=dead_letter_queue.queue_url,
                event_bus_name=messaging.bus.event_bus_name,
                idempotency_table_name=messaging.idempotency_table.table_name,
                message_groups="" if runtime.stage.emulated else "1",
                **scaling.environment,
                **(scheduling.environment if event_type.schedules else {}),
                **{name: value for provision in needed for name, value in provision.environment.items()},
            ),
        )
        for provision in needed:
            provision.grant(self.role)
        if event_type.schedules:
            scheduling.grant_manage(self.role)
        if event_type.kind is Kind.JOB:
            grant_records(messaging.idempotency_table, self.role, event_type.name)
        else:
            grant_begins(messaging.idempotency_table, self.role, event_type.name)


def _published_types(event_type: EventType[Any]) -> Iterator[str]:
    """Yield the types that the function puts on the bus: follow-ups, schedules due at once, alerts on dead letters."""
    return (each.name for each in (*event_type.emits, *event_type.schedules, *ALERTS))
