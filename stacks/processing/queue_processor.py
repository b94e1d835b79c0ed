"""The ingress function, which publishes messages of the ingress queue on the bus."""

from constructs import Construct

from schemas.environment import FunctionEnvironment, variables_of
from schemas.names import INGRESS_SOURCE, QUEUE_PROCESSOR, SOURCE
from stacks.messaging.idempotency_table import grant_begins
from stacks.messaging.ingress import TIMEOUT
from stacks.messaging.producer_access import put_events_conditions
from stacks.messaging.references import MessagingReferences
from stacks.processing.queue_function import QueueFunction, QueueSource
from stacks.processing.rates import Scaling
from stacks.processing.runtime import FunctionRuntime
from stacks.processing.scheduling import Scheduling

_MEMORY = 512
"""MB: ten bodies of 1 MiB, each as text and as parsed objects."""


class QueueProcessor(QueueFunction):
    """The function that consumes the ingress queue."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        scaling: Scaling,
        messaging: MessagingReferences,
        scheduling: Scheduling,
        runtime: FunctionRuntime,
    ) -> None:
        """Create the function."""
        queue, dead_letter_queue = messaging.queue(QUEUE_PROCESSOR), messaging.dead_letter_queue(QUEUE_PROCESSOR)
        super().__init__(
            scope,
            construct_id,
            source=QueueSource(
                folder=QUEUE_PROCESSOR,
                description=f"Ingress queue to event bus, stage {runtime.stage.name}",
                queue=queue,
                dead_letter_queue=dead_letter_queue,
                timeout=runtime.stage.timeout(TIMEOUT),
                memory=_MEMORY,
                batch_size=scaling.batch_size,
                max_concurrency=scaling.max_concurrency,
                # SOURCE is for alerts on dead letters of the ingress.
                put_conditions=put_events_conditions(sources=[INGRESS_SOURCE, SOURCE]),
            ),
            bus=messaging.bus,
            runtime=runtime,
            environment=FunctionEnvironment(
                queue_url=queue.queue_url,
                dead_letter_queue_url=dead_letter_queue.queue_url,
                event_bus_name=messaging.bus.event_bus_name,
                idempotency_table_name=messaging.idempotency_table.table_name,
            ),
        )
        grant_begins(messaging.idempotency_table, self.role, QUEUE_PROCESSOR)
        # Any producer may send to the ingress queue. SQS names each message's sender, and only these are believed.
        trusted = runtime.stage.trusted_senders
        believed = {
            "history_senders": ",".join([self.role.role_id, *trusted]),
            "heartbeat_senders": ",".join([scheduling.role.role_id, *trusted]),
        }
        for name, value in variables_of(believed).items():
            self.function.add_environment(name, value)
