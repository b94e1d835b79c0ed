"""The ingress function, which publishes messages of the ingress queue on the bus."""

from aws_cdk import aws_events as events
from constructs import Construct

from schemas.environment import FunctionEnvironment, variables_of
from schemas.names import INGRESS_SOURCE, QUEUE_PROCESSOR, SOURCE
from stacks.messaging.idempotency_table import IdempotencyTable
from stacks.messaging.ingress import TIMEOUT, Ingress
from stacks.messaging.producer_access import put_events_conditions
from stacks.messaging.schedules import Schedules
from stacks.processing.queue_function import QueueFunction, QueueSource
from stacks.processing.runtime import FunctionRuntime

_MEMORY = 512
"""MB: ten bodies of 1 MiB, each as text and as parsed objects."""


class QueueProcessor(QueueFunction):
    """The function that consumes the ingress queue."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        ingress: Ingress,
        bus: events.IEventBus,
        schedules: Schedules,
        idempotency_table: IdempotencyTable,
        runtime: FunctionRuntime,
    ) -> None:
        """Create the function."""
        super().__init__(
            scope,
            construct_id,
            source=QueueSource(
                folder=QUEUE_PROCESSOR,
                description=f"Ingress queue to event bus, stage {runtime.stage.name}",
                queue=ingress.queue,
                dead_letter_queue=ingress.dead_letter_queue,
                timeout=runtime.stage.timeout(TIMEOUT),
                memory=_MEMORY,
                batch_size=10,
                max_concurrency=50,
                # SOURCE is for alerts on dead letters of the ingress.
                put_conditions=put_events_conditions(sources=[INGRESS_SOURCE, SOURCE]),
            ),
            bus=bus,
            runtime=runtime,
            environment=FunctionEnvironment(
                queue_url=ingress.queue.queue_url,
                dead_letter_queue_url=ingress.dead_letter_queue.queue_url,
                event_bus_name=bus.event_bus_name,
                idempotency_table_name=idempotency_table.table_name,
            ),
        )
        idempotency_table.grant_begins(self.role, QUEUE_PROCESSOR)
        # Any producer may send to the ingress queue. SQS names each message's sender, and only these are believed.
        trusted = runtime.stage.trusted_senders
        believed = {
            "history_senders": ",".join([self.role.role_id, *trusted]),
            "heartbeat_senders": ",".join([schedules.role.role_id, *trusted]),
        }
        for name, value in variables_of(believed).items():
            self.function.add_environment(name, value)
