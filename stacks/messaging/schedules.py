"""The group of schedules that functions create, and the queue of those that EventBridge Scheduler cannot send."""

import aws_cdk as cdk
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from schemas.names import resource_name, schedule_group_name
from schemas.signals import DEAD_SCHEDULES
from stacks.messaging.queues import HoldingQueue
from stacks.retention import removal_policy
from stacks.stage import Stage


class Schedules(Construct):
    """A group of schedules, with a dead-letter queue."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        scheduler.ScheduleGroup(
            self, "Group", schedule_group_name=schedule_group_name(stage.name), removal_policy=removal_policy(stage)
        )
        self.dead_letter_queue = HoldingQueue(
            self, "DeadLetterQueue", stage=stage, name=resource_name(stage.name, DEAD_SCHEDULES.slug)
        )
        cdk.Validations.of(self.dead_letter_queue).acknowledge(
            cdk.Acknowledgment(id="AwsSolutions-SQS3", reason="This is the dead-letter queue of EventBridge Scheduler.")
        )
