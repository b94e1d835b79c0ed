"""A message each minute that goes the whole way, so that silence is noticed."""

import json

from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from schemas.system import NO_TENANT, SYSTEM_HEARTBEAT
from stacks.messaging.schedules import Schedules

_SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
"""EventBridge Scheduler puts the time in its place, as 2026-04-14T14:00:00Z (User Guide, "Context attributes")."""


class HeartbeatSchedule(Construct):
    """Sends `system.heartbeat` to the ingress queue."""

    def __init__(self, scope: Construct, construct_id: str, *, schedules: Schedules) -> None:
        """Beat in a group of schedules, to where these send, as whom they send."""
        super().__init__(scope, construct_id)
        message = {
            "type": SYSTEM_HEARTBEAT.name,
            "payload": {"companyId": NO_TENANT},
            # Another one each minute, and so is the id that is derived of it: no beat is another's duplicate.
            "timestamp": _SCHEDULED_TIME,
            "attempts": 1,
            "source": "taly.scheduler",
        }
        scheduler.CfnSchedule(
            self,
            "Schedule",
            description="A sign of life each minute",
            group_name=schedules.group.schedule_group_name,
            schedule_expression="rate(1 minute)",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=schedules.target.queue_arn,
                role_arn=schedules.role.role_arn,
                input=json.dumps(message),
                sqs_parameters=scheduler.CfnSchedule.SqsParametersProperty(message_group_id=NO_TENANT),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                    arn=schedules.dead_letter_queue.queue_arn
                ),
                # The next one comes anyhow.
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=60, maximum_retry_attempts=1
                ),
            ),
        )
