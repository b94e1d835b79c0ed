"""The Monitoring stack: alarms, alerts, the Slack notifier, the dashboard and saved queries."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from schemas.catalogue import ALERTS
from schemas.event_type import EventType, Thresholds
from schemas.names import QUEUE_PROCESSOR, MonitoringOutput, dashboard_name
from schemas.signals import REFUSED
from stacks.layers.source import LayerSource
from stacks.messaging.stack import MessagingStack
from stacks.monitoring.alarms.alarm import AlarmDefinition, Monitored
from stacks.monitoring.alarms.alarms import StageAlarms
from stacks.monitoring.alarms.definitions import account_alarms, function_alarms, notifier_alarms, system_alarms
from stacks.monitoring.alarms.topics import AlertTopics
from stacks.monitoring.audit_log import AuditLog
from stacks.monitoring.dashboard.dashboard import Dashboard
from stacks.monitoring.dashboard.saved_queries import SavedQueries, cloudwatch_console
from stacks.monitoring.notifier.alerts_queue import AlertsQueue
from stacks.monitoring.notifier.slack_notifier import TIMEOUT, SlackNotifierFunction
from stacks.processing.runtime import FunctionRuntime
from stacks.processing.stack import ProcessingStack
from stacks.stage import Stage


class MonitoringStack(cdk.Stack):
    """Monitoring of the other two stacks, which do not refer to it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        catalogue: Sequence[EventType[Any]],
        messaging: MessagingStack,
        processing: ProcessingStack,
        layers: LayerSource,
        root: Path,
        env: cdk.Environment,
    ) -> None:
        """Create the monitoring of a stage.

        Args:
            scope: the app.
            construct_id: the stack's name.
            stage: the stage.
            catalogue: the types to monitor.
            messaging: the stage's queues and bus.
            processing: the stage's functions.
            layers: provides the layers' contents.
            root: the checkout, with `lambdas/`.
            env: account and region.

        Raises:
            CannotSynthesizeError: the notifier's handler or a layer's prerequisite is missing.
        """
        super().__init__(scope, construct_id, env=env, termination_protection=stage.retain)
        self._stage = stage
        self._messaging = messaging
        self._processing = processing
        self._monitored = [self._monitored_ingress(), *(self._monitored_type(event_type) for event_type in catalogue)]
        self._topics = AlertTopics(self, "Topics", stage=stage)
        self._alerts = AlertsQueue(
            self,
            "Alerts",
            topic=self._topics.alerts,
            bus=messaging.bus,
            alerts=ALERTS,
            undeliverable=messaging.backbone.undeliverable_target,
            function_timeout=TIMEOUT,
            stage=stage,
        )
        self._notifier = SlackNotifierFunction(
            self,
            "SlackNotifier",
            alerts_queue=self._alerts.queue,
            email=self._topics.notifier,
            dead_letter_queues=[each.dead_letter_queue for each in self._monitored],
            queues={each.name: each.queue for each in self._monitored},
            idempotency_table=messaging.idempotency_table,
            runtime=FunctionRuntime(self, "Runtime", layers=layers, root=root, stage=stage),
        )
        self._audit = AuditLog(self, "Audit", stage=stage)
        self._add_dashboard(self._alarms())
        self._add_outputs()

    def _monitored_ingress(self) -> Monitored:
        return Monitored(
            name=QUEUE_PROCESSOR,
            queue=self._messaging.ingress.queue,
            dead_letter_queue=self._messaging.ingress.dead_letter_queue,
            worker=self._processing.queue_processor,
            thresholds=self._stage.thresholds(Thresholds()),
            dead_letter_signal=REFUSED,
        )

    def _monitored_type(self, event_type: EventType[Any]) -> Monitored:
        subscription = self._messaging.subscriptions[event_type.name]
        return Monitored(
            name=event_type.name,
            queue=subscription.queue,
            dead_letter_queue=subscription.dead_letter_queue,
            worker=self._processing.consumers[event_type.name],
            thresholds=self._stage.thresholds(event_type.thresholds),
            can_skip=event_type.can_skip,
            objective=event_type.objective,
        )

    def _alarms(self) -> StageAlarms:
        return StageAlarms(
            self, "Alarms", definitions=self._definitions(), topic=self._topics.alerts, stage=self._stage
        )

    def _definitions(self) -> Iterator[AlarmDefinition]:
        for each in self._monitored:
            yield from function_alarms(each, stage=self._stage.name)
        yield from system_alarms(
            unrouted=self._messaging.backbone.unrouted,
            undeliverable=self._messaging.backbone.undeliverable,
            dead_schedules=self._messaging.schedules.dead_letter_queue,
            stage=self._stage.name,
        )
        yield from account_alarms(self._stage.text_budget)
        yield from notifier_alarms(function=self._notifier.worker.function, alerts_queue=self._alerts.queue)

    def _add_dashboard(self, alarms: StageAlarms) -> None:
        workers = [*(each.worker for each in self._monitored), self._notifier.worker]
        log_groups = [worker.log_group for worker in workers]
        SavedQueries(self, "Queries", log_groups=log_groups, stage=self._stage)
        Dashboard(
            self,
            "Dashboard",
            monitored=self._monitored,
            unhealthy=[alarms.composite, *alarms.unhealthy],
            other_alarms=alarms.others,
            holding_queues={
                "unrouted": self._messaging.backbone.unrouted,
                "undeliverable": self._messaging.backbone.undeliverable,
                "dead schedules": self._messaging.schedules.dead_letter_queue,
            },
            log_groups=log_groups,
            stage=self._stage,
        )

    def _add_outputs(self) -> None:
        name = dashboard_name(self._stage.name)
        secret = self._notifier.webhook.secret_arn
        outputs = {
            MonitoringOutput.ALERTS_QUEUE_URL: self._alerts.queue.queue_url,
            MonitoringOutput.ALERTS_TOPIC_ARN: self._topics.alerts.topic_arn,
            MonitoringOutput.NOTIFIER_TOPIC_ARN: self._topics.notifier.topic_arn,
            MonitoringOutput.DASHBOARD_URL: f"{cloudwatch_console(self.region)}#dashboards/dashboard/{name}",
            MonitoringOutput.SLACK: f"posts to {self._stage.slack_channel} once the webhook URL is stored "
            f"in {secret}; until then all alerts go by email to {self._stage.alert_email}",
            MonitoringOutput.SLACK_WEBHOOK_SECRET_ARN: secret,
            MonitoringOutput.SLACK_NOTIFIER_FUNCTION_NAME: self._notifier.worker.function.function_name,
            MonitoringOutput.SLACK_NOTIFIER_LOG_GROUP_NAME: self._notifier.worker.log_group.log_group_name,
            MonitoringOutput.AUDIT_LOG_GROUP_NAME: self._audit.log_group.log_group_name,
        }
        for key, value in outputs.items():
            cdk.CfnOutput(self, key, value=value)
