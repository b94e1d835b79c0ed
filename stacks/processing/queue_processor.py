"""The ingress's function: from the queue to the bus."""

from aws_cdk import aws_events as events
from constructs import Construct

from schemas.environment import FunctionEnvironment
from schemas.names import INGRESS_SOURCE, QUEUE_PROCESSOR, SOURCE
from stacks.messaging.doors import by
from stacks.messaging.ingress import TIMEOUT, Ingress
from stacks.processing.queue_function import QueueFunction, QueueSource
from stacks.processing.runtime import FunctionRuntime

_MEMORY = 512
"""MB: ten bodies of 1 MiB, each as text and as the objects it was parsed to."""


class QueueProcessor(QueueFunction):
    """Works off the ingress queue."""

    def __init__(
        self, scope: Construct, construct_id: str, *, ingress: Ingress, bus: events.IEventBus, runtime: FunctionRuntime
    ) -> None:
        """Route what comes in by `ingress` to `bus`."""
        super().__init__(
            scope,
            construct_id,
            work=QueueSource(
                folder=QUEUE_PROCESSOR,
                description=f"Ingress queue to event bus, stage {runtime.stage.name}",
                queue=ingress.queue,
                dead_letter_queue=ingress.dead_letter_queue,
                timeout=runtime.stage.timeout(TIMEOUT),
                memory=_MEMORY,
                batch_size=10,
                max_concurrency=50,
                # As its own what people are told of its dead letters.
                puts=by(sources=[INGRESS_SOURCE, SOURCE]),
            ),
            bus=bus,
            runtime=runtime,
            environment=FunctionEnvironment(
                queue_url=ingress.queue.queue_url,
                dead_letter_queue_url=ingress.dead_letter_queue.queue_url,
                event_bus_name=bus.event_bus_name,
            ),
        )
