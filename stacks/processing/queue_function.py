"""A Lambda function that works off a queue: what the ingress and all types have in common."""

from dataclasses import dataclass, field

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.environment import FunctionEnvironment
from stacks.messaging.doors import Conditions
from stacks.messaging.queue_view import seen_from
from stacks.messaging.timing import BATCHING_WINDOW
from stacks.processing.function import Function, Task
from stacks.processing.runtime import FunctionRuntime


@dataclass(frozen=True, kw_only=True)
class QueueSource(Task):
    """What one function works off, and how."""

    queue: sqs.IQueue
    dead_letter_queue: sqs.IQueue
    batch_size: int
    max_concurrency: int
    sends_to_its_own_queue: bool = True
    puts: Conditions = field(default_factory=dict)
    """On what it puts on the bus."""


class QueueFunction(Function):
    """A function with its queue as event source."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        work: QueueSource,
        bus: events.IEventBus,
        runtime: FunctionRuntime,
        environment: FunctionEnvironment,
    ) -> None:
        """Make a function; what it needs beyond its queues and the bus is for the caller to grant.

        Raises:
            CannotSynthesizeError: its folder has no handler.
        """
        capped = environment._replace(backoff_cap=str(runtime.stage.backoff_cap or ""))
        super().__init__(scope, construct_id, task=work, runtime=runtime, environment=capped.to_variables())
        queue = seen_from(self, "Queue", work.queue)
        dead_letter_queue = seen_from(self, "DeadLetterQueue", work.dead_letter_queue)
        self.function.add_event_source(
            event_sources.SqsEventSource(
                queue,
                batch_size=work.batch_size,
                max_batching_window=cdk.Duration.seconds(BATCHING_WINDOW),
                max_concurrency=runtime.stage.concurrency(work.max_concurrency),
                report_batch_item_failures=True,
            )
        )
        # What must run again goes back as a fresh copy; what is dead is sent to its dead-letter queue with its story,
        # and people are told by the bus.
        queue.grant_send_messages(self.function)
        dead_letter_queue.grant_send_messages(self.function)
        bus.grant_put_events_to(self.function).principal_statements[0].add_conditions(work.puts)
