"""The dead-letter keeper: a function that runs once a day, and its schedule."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.keeper_environment import KeeperEnvironment
from schemas.names import DEAD_LETTER_KEEPER, SOURCE, dead_letter_queue_name
from schemas.system import SYSTEM_DEAD_LETTERS_EXPIRING
from stacks.acknowledgement import acknowledge_pattern
from stacks.messaging.producer_access import put_events_conditions
from stacks.monitoring.function_schedule import FunctionSchedule
from stacks.processing.function import Function, Task
from stacks.processing.runtime import FunctionRuntime

TIMEOUT = 900
"""Seconds, the longest that Lambda allows: a run ends when all queues are read, usually within seconds."""

_MEMORY = 512
"""MB; processor time is proportional. Each dead letter of a queue is known by its id until the queue is read."""

DAILY = "cron(0 6 * * ? *)"
"""06:00 UTC: a card about dead letters that end soon finds people at work."""

_MAX_AGE, _RETRIES = 3600, 10
"""A run that Lambda does not start is tried again for an hour: the day of a dead letter's last copy does not return."""

_ACTIONS = [
    "sqs:GetQueueUrl",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:SendMessage",
    "sqs:DeleteMessage",
]


class DeadLetterKeeperFunction(Construct):
    """A function that replaces old dead letters by fresh copies in the same queue, before SQS deletes them."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bus: events.IEventBus,
        holding_queues: list[sqs.IQueue],
        runtime: FunctionRuntime,
    ) -> None:
        """Create the function and its schedule.

        Args:
            scope: the stack.
            construct_id: within the stack.
            bus: the bus for the alert about dead letters that end soon.
            holding_queues: the queues of messages that never reached a function.
            runtime: the stack's runtime.

        Raises:
            CannotSynthesizeError: the function has no handler.
        """
        super().__init__(scope, construct_id)
        stage = runtime.stage.name
        self.worker = Function(
            self,
            "Worker",
            task=Task(
                folder=DEAD_LETTER_KEEPER,
                description=f"Renews old dead letters, stage {stage}",
                timeout=TIMEOUT,
                memory=_MEMORY,
            ),
            runtime=runtime,
            environment=KeeperEnvironment(stage=stage, event_bus_name=bus.event_bus_name).to_variables(),
        )
        # A failed run is not repeated at once: the alarm goes off, and the next day's run is early enough.
        self.worker.function.configure_async_invoke(retry_attempts=0, max_event_age=cdk.Duration.hours(1))
        self._grant_queues(stage, holding_queues)
        bus.grant_put_events_to(self.worker.role).principal_statements[0].add_conditions(
            put_events_conditions(sources=[SOURCE], types=[SYSTEM_DEAD_LETTERS_EXPIRING.name])
        )
        FunctionSchedule(
            self,
            "EachDay",
            function=self.worker.function,
            expression=DAILY,
            max_age=_MAX_AGE,
            retries=_RETRIES,
            description=f"Starts the dead-letter keeper every day, stage {stage}",
        )

    def _grant_queues(self, stage: str, holding_queues: list[sqs.IQueue]) -> None:
        """Let the function renew messages of the dead-letter queues, by their pattern, and of the holding queues."""
        role = self.worker.role
        pattern = cdk.Stack.of(self).format_arn(service="sqs", resource=dead_letter_queue_name(stage, "*"))
        arns = [pattern, *(queue.queue_arn for queue in holding_queues)]
        role.add_to_policy(iam.PolicyStatement(actions=_ACTIONS, resources=arns))
        acknowledge_pattern(role, pattern, "The dead-letter queues of this stage alone have names of this pattern.")
