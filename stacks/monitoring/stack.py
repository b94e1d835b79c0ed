"""The Monitoring stack: alarms, alerts, the Slack notifier, the dashboard and saved queries."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct

from schemas.catalogue import ALERTS
from schemas.console import console_url
from schemas.event_type import EventType, Thresholds
from schemas.names import (
    DEAD_LETTER_KEEPER,
    QUEUE_PROCESSOR,
    SLACK_NOTIFIER,
    Output,
    dashboard_name,
    log_group_name,
    resource_name,
)
from schemas.signals import DEAD_SCHEDULES, REFUSED, UNDELIVERABLE, UNROUTED, dead_letter_signal
from stacks.layers.source import LayerSource
from stacks.messaging.references import MessagingReferences
from stacks.monitoring.alarms.alarm import AlarmDefinition, Monitored
from stacks.monitoring.alarms.alarms import StageAlarms
from stacks.monitoring.alarms.definitions import (
    account_alarms,
    function_alarms,
    keeper_alarms,
    notifier_alarms,
    system_alarms,
)
from stacks.monitoring.alarms.topics import AlertTopics
from stacks.monitoring.audit_log import AuditLog
from stacks.monitoring.causes_table import CausesTable
from stacks.monitoring.dashboard.dashboard import Dashboard
from stacks.monitoring.dashboard.saved_queries import SavedQueries
from stacks.monitoring.dead_letter_keeper import DeadLetterKeeperFunction
from stacks.monitoring.notifier.alerts_queue import AlertsQueue
from stacks.monitoring.notifier.slack_notifier import TIMEOUT, SlackNotifierFunction
from stacks.monitoring.people import PeoplePolicies
from stacks.processing.runtime import FunctionRuntime
from stacks.stage import Stage


class MonitoringStack(cdk.Stack):
    """Monitoring of the other two stacks, which do not refer to it; it refers to them by name."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        catalogue: Sequence[EventType[Any]],
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
            layers: provides the layers' contents.
            root: the checkout, with `lambdas/`.
            env: account and region.

        Raises:
            CannotSynthesizeError: the notifier's handler or a layer's prerequisite is missing.
        """
        super().__init__(scope, construct_id, env=env, termination_protection=stage.retain)
        self._stage = stage
        self._messaging = MessagingReferences(self, "Messaging", stage=stage)
        self._monitored = [self._monitored_ingress(), *(self._monitored_type(event_type) for event_type in catalogue)]
        self._topics = AlertTopics(self, "Topics", stage=stage)
        self._alerts = AlertsQueue(
            self,
            "Alerts",
            topic=self._topics.alerts,
            bus=self._messaging.bus,
            alerts=ALERTS,
            undeliverable=self._messaging.undeliverable,
            function_timeout=TIMEOUT,
            stage=stage,
        )
        runtime = FunctionRuntime(self, "Runtime", layers=layers, root=root, stage=stage)
        self._notifier = SlackNotifierFunction(
            self,
            "SlackNotifier",
            alerts_queue=self._alerts.queue,
            email=self._topics.notifier,
            idempotency_table=self._messaging.idempotency_table,
            causes_table=CausesTable(self, "Causes", stage=stage),
            runtime=runtime,
        )
        holding = (UNROUTED, UNDELIVERABLE, DEAD_SCHEDULES)
        DeadLetterKeeperFunction(
            self,
            "DeadLetterKeeper",
            bus=self._messaging.bus,
            holding_queues=[self._messaging.holding_queue(signal) for signal in holding],
            runtime=runtime,
        )
        AuditLog(self, "Audit", stage=stage)
        PeoplePolicies(self, "People", stage=stage)
        self._add_dashboard(self._alarms())
        self._add_outputs()

    def _monitored_ingress(self) -> Monitored:
        return Monitored(
            name=QUEUE_PROCESSOR,
            queue=self._messaging.queue(QUEUE_PROCESSOR),
            dead_letter_queue=self._messaging.dead_letter_queue(QUEUE_PROCESSOR),
            function_name=resource_name(self._stage.name, QUEUE_PROCESSOR),
            log_group=self._log_group(QUEUE_PROCESSOR),
            thresholds=self._stage.thresholds(Thresholds()),
            dead_letter_signal=REFUSED,
        )

    def _monitored_type(self, event_type: EventType[Any]) -> Monitored:
        return Monitored(
            name=event_type.name,
            queue=self._messaging.queue(event_type.name),
            dead_letter_queue=self._messaging.dead_letter_queue(event_type.name),
            function_name=resource_name(self._stage.name, event_type.name),
            log_group=self._log_group(event_type.name),
            thresholds=self._stage.thresholds(event_type.thresholds),
            can_skip=event_type.can_skip,
            objective=event_type.objective,
            dead_letter_signal=dead_letter_signal(event_type),
        )

    def _log_group(self, service: str) -> logs.ILogGroup:
        return logs.LogGroup.from_log_group_name(self, f"{service}Logs", log_group_name(self._stage.name, service))

    def _alarms(self) -> StageAlarms:
        return StageAlarms(
            self, "Alarms", definitions=self._definitions(), topic=self._topics.alerts, stage=self._stage
        )

    def _definitions(self) -> Iterator[AlarmDefinition]:
        for each in self._monitored:
            yield from function_alarms(each, stage=self._stage.name)
        yield from system_alarms(
            unrouted=self._messaging.holding_queue(UNROUTED),
            undeliverable=self._messaging.undeliverable,
            dead_schedules=self._messaging.holding_queue(DEAD_SCHEDULES),
            stage=self._stage.name,
        )
        yield from account_alarms(self._stage.text_budget)
        yield from notifier_alarms(
            function_name=resource_name(self._stage.name, SLACK_NOTIFIER), alerts_queue=self._alerts.queue
        )
        yield from keeper_alarms(function_name=resource_name(self._stage.name, DEAD_LETTER_KEEPER))

    def _add_dashboard(self, alarms: StageAlarms) -> None:
        functions = (SLACK_NOTIFIER, DEAD_LETTER_KEEPER)
        log_groups = [*(each.log_group for each in self._monitored), *map(self._log_group, functions)]
        SavedQueries(self, "Queries", log_groups=log_groups, stage=self._stage)
        Dashboard(
            self,
            "Dashboard",
            monitored=self._monitored,
            unhealthy=[alarms.composite, *alarms.unhealthy],
            other_alarms=alarms.others,
            holding_queues={
                "unrouted": self._messaging.holding_queue(UNROUTED),
                "undeliverable": self._messaging.undeliverable,
                "dead schedules": self._messaging.holding_queue(DEAD_SCHEDULES),
            },
            log_groups=log_groups,
            stage=self._stage,
        )

    def _add_outputs(self) -> None:
        name = dashboard_name(self._stage.name)
        secret = self._notifier.webhook.secret_arn
        outputs = {
            Output.ALERTS_TOPIC_ARN: self._topics.alerts.topic_arn,
            Output.DASHBOARD_URL: f"{console_url(self.region, 'cloudwatch')}#dashboards/dashboard/{name}",
            Output.SLACK: f"posts to {self._stage.slack_channel} once the webhook URL is stored "
            f"in {secret}; until then all alerts go by email to {self._stage.alert_email}",
            Output.SLACK_WEBHOOK_SECRET_ARN: secret,
        }
        for key, value in outputs.items():
            cdk.CfnOutput(self, key, value=value)
