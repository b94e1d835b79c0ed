"""The Messaging stack: the bus and every queue but the alerts queue. It holds the messages and changes rarely."""

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from schemas.catalogue import ALERTS
from schemas.event_type import EventType
from schemas.names import Output
from schemas.ses import SES_EVENT
from stacks.messaging.bus import Backbone
from stacks.messaging.idempotency_table import IdempotencyTable
from stacks.messaging.ingress import Ingress
from stacks.messaging.mail_events import MailEvents, mail_events_rule_arn
from stacks.messaging.producer_access import ProducerAccess
from stacks.messaging.redo import Redo
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
        ingress = Ingress(self, "Ingress", stage=stage)
        backbone = Backbone(self, "Backbone", catalogue=catalogue, alerts=ALERTS, stage=stage)
        for event_type in catalogue:
            is_ses_event = event_type.name == SES_EVENT.name
            subscription = Subscription(
                self,
                event_type.construct_id,
                event_type=event_type,
                bus=backbone.bus,
                undeliverable=backbone.undeliverable_target,
                stage=stage,
                further_rules=[mail_events_rule_arn(self, stage)] if is_ses_event else [],
            )
            if is_ses_event:
                MailEvents(
                    self,
                    "MailEvents",
                    queue=subscription.queue,
                    undeliverable=backbone.undeliverable_target,
                    stage=stage,
                )
        Redo(self, "Redo", bus=backbone.bus, undeliverable=backbone.undeliverable_target, stage=stage)
        Schedules(self, "Schedules", stage=stage)
        IdempotencyTable(self, "IdempotencyTable", stage=stage)
        ProducerAccess(self, "ProducerAccess", queue=ingress.queue, bus=backbone.bus, stage=stage)
        cdk.CfnOutput(self, Output.INGRESS_QUEUE_URL, value=ingress.queue.queue_url)
        cdk.CfnOutput(self, Output.EVENT_BUS_NAME, value=backbone.bus.event_bus_name)
