"""A type's function, with what the catalogue says it needs and emits, and nothing more."""

from collections.abc import Iterator
from typing import Any

from aws_cdk import aws_events as events
from constructs import Construct

from schemas.catalogue import ALERTS
from schemas.environment import FunctionEnvironment
from schemas.event_type import EventType, Kind
from schemas.names import SOURCE
from stacks.messaging.doors import by
from stacks.messaging.idempotency_table import IdempotencyTable
from stacks.messaging.schedules import Schedules
from stacks.messaging.subscription import Subscription
from stacks.processing.provisions import Provisions
from stacks.processing.queue_function import QueueFunction, QueueSource
from stacks.processing.runtime import FunctionRuntime

_MEMORY = 256
"""MB: at its peak a function uses a third of it."""


class Consumer(QueueFunction):
    """Works off the queue of one type."""

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
        """Consume one type.

        Raises:
            CannotSynthesizeError: it has no handler, or needs what there is no grant for.
        """
        provided = provisions.of(event_type.needs)
        is_job = event_type.kind is Kind.JOB
        super().__init__(
            scope,
            construct_id,
            work=QueueSource(
                folder=event_type.folder,
                description=f"{event_type.name} ({event_type.kind}), stage {runtime.stage.name}",
                queue=subscription.queue,
                dead_letter_queue=subscription.dead_letter_queue,
                timeout=runtime.stage.timeout(event_type.timeout),
                memory=_MEMORY,
                batch_size=event_type.batch_size,
                max_concurrency=event_type.max_concurrency,
                writes_to_people=any(provision.writes_to_people for provision in provided),
                puts=by(sources=[SOURCE], types=_put_by(event_type)),
            ),
            bus=bus,
            runtime=runtime,
            environment=FunctionEnvironment(
                queue_url=subscription.queue.queue_url,
                dead_letter_queue_url=subscription.dead_letter_queue.queue_url,
                event_bus_name=bus.event_bus_name,
                idempotency_table_name=idempotency_table.table_name if is_job else "",
                **(_addresses(schedules) if event_type.schedules else {}),
                **{name: value for provision in provided for name, value in provision.environment.items()},
            ),
        )
        for provision in provided:
            provision.grant(self.role)
        if event_type.schedules:
            schedules.grant_change(self.role)
        if is_job:
            idempotency_table.grant_remember(self.role, event_type.name)


def _put_by(event_type: EventType[Any]) -> Iterator[str]:
    """What its function puts on the bus: what follows, what is due at once, what people are told of dead letters."""
    return (each.name for each in (*event_type.emits, *event_type.schedules, *ALERTS))


def _addresses(schedules: Schedules) -> dict[str, str]:
    """What a function must know to schedule: fields of `FunctionEnvironment`."""
    return {
        "schedule_group_name": schedules.group.schedule_group_name,
        "schedule_target_arn": schedules.target.queue_arn,
        "schedule_role_arn": schedules.role.role_arn,
        "schedule_dead_letter_arn": schedules.dead_letter_queue.queue_arn,
    }
