"""The heartbeat: a message every minute that passes through the whole system, so that an outage raises an alarm."""

import json

from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from schemas.system import NO_TENANT, SYSTEM_HEARTBEAT
from stacks.processing.scheduling import Scheduling

_SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
"""EventBridge Scheduler replaces this by the time, as 2026-04-14T14:00:00Z (User Guide, "Context attributes")."""


class HeartbeatSchedule(Construct):
    """A schedule that sends `system.heartbeat` to the ingress queue every minute."""

    def __init__(self, scope: Construct, construct_id: str, *, scheduling: Scheduling) -> None:
        """Create the schedule, in the stage's group.

        It has no message group: EventBridge Scheduler takes one for FIFO queues alone (API reference,
        `SqsParameters`). The rule of `system.heartbeat` sets the group on the next hop.
        """
        super().__init__(scope, construct_id)
        message = {
            "type": SYSTEM_HEARTBEAT.name,
            "payload": {"companyId": NO_TENANT},
            # The id is derived from the timestamp, which differs every minute: no heartbeat is a duplicate.
            "timestamp": _SCHEDULED_TIME,
            "attempts": 1,
            "source": "taly.scheduler",
        }
        schedule = scheduler.CfnSchedule(
            self,
            "Schedule",
            description="A heartbeat every minute",
            group_name=scheduling.group_name,
            schedule_expression="rate(1 minute)",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=scheduling.target.queue_arn,
                role_arn=scheduling.role.role_arn,
                input=json.dumps(message),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                    arn=scheduling.dead_letter_queue.queue_arn
                ),
                # Not worth more retries: the next heartbeat is due within a minute.
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=60, maximum_retry_attempts=1
                ),
            ),
        )
        # The role with its policy: CreateSchedule is refused while the role may not send.
        schedule.node.add_dependency(scheduling.role)
