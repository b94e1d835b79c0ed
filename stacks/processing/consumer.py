"""The function of one type, with only the permissions that the catalogue declares for the type."""

from collections.abc import Iterator
from typing import Any

from aws_cdk import aws_events as events
from constructs import Construct

from schemas.catalogue import ALERTS
from schemas.environment import FunctionEnvironment
from schemas.event_type import EventType, Kind
from schemas.names import SOURCE
from stacks.messaging.idempotency_table import IdempotencyTable
from stacks.messaging.producer_access import put_events_conditions
from stacks.messaging.schedules import Schedules
from stacks.messaging.subscription import Subscription
from stacks.processing.provisions import Provisions
from stacks.processing.queue_function import QueueFunction, QueueSource
from stacks.processing.rates import scaling
from stacks.processing.runtime import FunctionRuntime

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
        subscription: Subscription,
        bus: events.IEventBus,
        schedules: Schedules,
        idempotency_table: IdempotencyTable,
        provisions: Provisions,
        runtime: FunctionRuntime,
    ) -> None:
        """Create the function of one type.

        Raises:
            CannotSynthesizeError: the type has no handler, or a need without a grant.
        """
        needed = provisions.of(event_type.needs)
        given = scaling(event_type, runtime.stage)
        super().__init__(
            scope,
            construct_id,
            source=QueueSource(
                folder=event_type.folder,
                description=f"{event_type.name} ({event_type.kind}), stage {runtime.stage.name}",
                queue=subscription.queue,
                dead_letter_queue=subscription.dead_letter_queue,
                timeout=runtime.stage.timeout(event_type.timeout),
                memory=_MEMORY,
                batch_size=given.batch_size,
                max_concurrency=given.max_concurrency,
                needs_texts=any(provision.needs_texts for provision in needed),
                put_conditions=put_events_conditions(sources=[SOURCE], types=_published_types(event_type)),
            ),
            bus=bus,
            runtime=runtime,
            environment=FunctionEnvironment(
                queue_url=subscription.queue.queue_url,
                dead_letter_queue_url=subscription.dead_letter_queue.queue_url,
                event_bus_name=bus.event_bus_name,
                idempotency_table_name=idempotency_table.table_name,
                message_groups="" if runtime.stage.emulated else "1",
                **given.environment,
                **(_schedule_environment(schedules) if event_type.schedules else {}),
                **{name: value for provision in needed for name, value in provision.environment.items()},
            ),
        )
        for provision in needed:
            provision.grant(self.role)
        if event_type.schedules:
            schedules.grant_manage(self.role)
        if event_type.kind is Kind.JOB:
            idempotency_table.grant_records(self.role, event_type.name)
        else:
            idempotency_table.grant_begins(self.role, event_type.name)


def _published_types(event_type: EventType[Any]) -> Iterator[str]:
    """Yield the types that the function puts on the bus: follow-ups, schedules due at once, alerts on dead letters."""
    return (each.name for each in (*event_type.emits, *event_type.schedules, *ALERTS))


def _schedule_environment(schedules: Schedules) -> dict[str, str]:
    """Return the fields of `FunctionEnvironment` that a function needs to create schedules."""
    return {
        "schedule_group_name": schedules.group.schedule_group_name,
        "schedule_target_arn": schedules.target.queue_arn,
        "schedule_role_arn": schedules.role.role_arn,
        "schedule_dead_letter_arn": schedules.dead_letter_queue.queue_arn,
    }
