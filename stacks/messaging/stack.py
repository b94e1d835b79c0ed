"""The Messaging stack: the bus and every queue but the alerts queue. It holds the messages and changes rarely."""

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from schemas.catalogue import ALERTS
from schemas.event_type import EventType
from schemas.names import MessagingOutput
from stacks.messaging.bus import Backbone
from stacks.messaging.heartbeat import HeartbeatSchedule
from stacks.messaging.idempotency_table import IdempotencyTable
from stacks.messaging.ingress import Ingress
from stacks.messaging.producer_access import ProducerAccess
from stacks.messaging.schedules import Schedules
from stacks.messaging.subscription import Subscription
from stacks.stage import Stage


class MessagingStack(cdk.Stack):
    """The queues, the bus and its rules, schedules, and the idempotency table."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        catalogue: Sequence[EventType[Any]],
        env: cdk.Environment,
    ) -> None:
        """Create the stage's messaging resources, with a subscription for each type of the catalogue."""
        super().__init__(scope, construct_id, env=env, termination_protection=stage.retain)
        self.ingress = Ingress(self, "Ingress", stage=stage)
        self.backbone = Backbone(self, "Backbone", catalogue=catalogue, alerts=ALERTS, stage=stage)
        self.bus = self.backbone.bus
        self.subscriptions = {
            event_type.name: Subscription(
                self,
                event_type.construct_id,
                event_type=event_type,
                bus=self.bus,
                undeliverable=self.backbone.undeliverable_target,
                stage=stage,
            )
            for event_type in catalogue
        }
        self.schedules = Schedules(self, "Schedules", target=self.ingress.queue, stage=stage)
        HeartbeatSchedule(self, "Heartbeat", schedules=self.schedules)
        self.idempotency_table = IdempotencyTable(self, "IdempotencyTable", stage=stage)
        ProducerAccess(self, "Doors", queue=self.ingress.queue, bus=self.bus, stage=stage)

        self._output(MessagingOutput.INGRESS_QUEUE_URL, self.ingress.queue.queue_url)
        self._output(MessagingOutput.INGRESS_DEAD_LETTER_QUEUE_URL, self.ingress.dead_letter_queue.queue_url)
        self._output(MessagingOutput.EVENT_BUS_NAME, self.bus.event_bus_name)
        self._output(MessagingOutput.UNROUTED_QUEUE_URL, self.backbone.unrouted.queue_url)
        self._output(MessagingOutput.UNDELIVERABLE_QUEUE_URL, self.backbone.undeliverable.queue_url)
        self._output(MessagingOutput.IDEMPOTENCY_TABLE_NAME, self.idempotency_table.table_name)
        dead_schedules = self.schedules.dead_letter_queue
        self._output(MessagingOutput.SCHEDULE_DEAD_LETTER_QUEUE_URL, dead_schedules.queue_url)
        for event_type in catalogue:
            subscription = self.subscriptions[event_type.name]
            name = event_type.construct_id
            self._output(MessagingOutput.queue_url(name), subscription.queue.queue_url)
            self._output(MessagingOutput.dead_letter_queue_url(name), subscription.dead_letter_queue.queue_url)

    def _output(self, key: str, value: str) -> None:
        cdk.CfnOutput(self, key, value=value)
