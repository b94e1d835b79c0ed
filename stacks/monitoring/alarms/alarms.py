"""All alarms of a stage, with the composite alarm to page on."""

from collections.abc import Iterable

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from schemas.names import SYSTEM, alarm_name
from schemas.signals import UNHEALTHY
from stacks.monitoring.alarms.alarm import AlarmDefinition, SignalAlarm, alarm_construct_id, notify
from stacks.monitoring.alarms.definitions import is_unhealthy
from stacks.monitoring.alarms.topics import AlertTopics
from stacks.stage import Stage


class StageAlarms(Construct):
    """An alarm for each definition, and a composite alarm over those that make the backbone unhealthy."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        definitions: Iterable[AlarmDefinition],
        notifier_definitions: Iterable[AlarmDefinition],
        topics: AlertTopics,
        stage: Stage,
    ) -> None:
        """Create the alarms.

        Args:
            scope: the stack.
            construct_id: within the stack.
            definitions: alarms sent to Slack and by email.
            notifier_definitions: alarms about the notifier, sent by email only.
            topics: the two topics.
            stage: the stage.
        """
        super().__init__(scope, construct_id)
        alarms = [
            (is_unhealthy(definition), SignalAlarm(self, definition=definition, topic=topics.alerts, stage=stage))
            for definition in definitions
        ]
        self.unhealthy = [alarm for unhealthy, alarm in alarms if unhealthy]
        self.others = [alarm for unhealthy, alarm in alarms if not unhealthy]
        self.others += [
            SignalAlarm(self, definition=definition, topic=topics.notifier, stage=stage)
            for definition in notifier_definitions
        ]
        self.composite = self._composite(topics.alerts, stage)

    def _composite(self, topic: sns.ITopic, stage: Stage) -> cloudwatch.IAlarm:
        """Create the composite alarm to page on.

        Returns:
            The alarm, imported by name: the emulator does not create it, so nothing may refer to the resource.
        """
        name = alarm_name(stage.name, SYSTEM, UNHEALTHY.slug)
        # By name, not by ARN: a rule may have 10,240 characters.
        rule = " OR ".join(f'ALARM("{alarm.alarm_name}")' for alarm in self.unhealthy)
        composite = cloudwatch.CompositeAlarm(
            self,
            alarm_construct_id(SYSTEM, UNHEALTHY),
            composite_alarm_name=name,
            alarm_description=UNHEALTHY.description(SYSTEM, stage.runbook_url),
            alarm_rule=cloudwatch.AlarmRule.from_string(rule),
        )
        notify(composite, topic)
        return cloudwatch.CompositeAlarm.from_composite_alarm_name(self, "Composite", name)
