"""A Lambda function that consumes a queue: the common base of the ingress function and the functions of all types."""

from dataclasses import dataclass, field

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.environment import FunctionEnvironment
from stacks.messaging.producer_access import Conditions
from stacks.messaging.timing import BATCHING_WINDOW
from stacks.processing.function import Function, Task
from stacks.processing.runtime import FunctionRuntime


@dataclass(frozen=True, kw_only=True)
class QueueSource(Task):
    """Settings of a function that consumes a queue."""

    queue: sqs.IQueue
    dead_letter_queue: sqs.IQueue
    batch_size: int
    max_concurrency: int
    sends_to_source_queue: bool = True
    put_conditions: Conditions = field(default_factory=dict)
    """IAM conditions on the events that the function puts on the bus."""


class QueueFunction(Function):
    """A function with a queue as event source."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        source: QueueSource,
        bus: events.IEventBus,
        runtime: FunctionRuntime,
        environment: FunctionEnvironment,
    ) -> None:
        """Create the function and its event source mapping, and grant access to its queues and the bus.

        Raises:
            CannotSynthesizeError: the function's folder has no handler.
        """
        own = environment._replace(stage=runtime.stage.name, backoff_cap=str(runtime.stage.backoff_cap or ""))
        super().__init__(scope, construct_id, task=source, runtime=runtime, environment=own.to_variables())
        self.function.add_event_source(
            event_sources.SqsEventSource(
                source.queue,
                batch_size=source.batch_size,
                max_batching_window=cdk.Duration.seconds(BATCHING_WINDOW),
                max_concurrency=source.max_concurrency,
                report_batch_item_failures=True,
            )
        )
        # A retry is a new copy on the same queue; a dead letter is sent to the dead-letter queue with its failure
        # history, and an alert is published on the bus.
        source.queue.grant_send_messages(self.function)
        source.dead_letter_queue.grant_send_messages(self.function)
        bus.grant_put_events_to(self.function).principal_statements[0].add_conditions(source.put_conditions)
