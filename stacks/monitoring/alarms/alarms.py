"""All alarms of a stage, with the composite alarm to page on."""

from collections.abc import Iterable

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from schemas.names import ACCOUNT, SYSTEM, alarm_name
from schemas.signals import KEEPER_SILENT, UNHEALTHY
from stacks.monitoring.alarms.alarm import AlarmDefinition, SignalAlarm, alarm_construct_id, notify
from stacks.monitoring.alarms.definitions import is_unhealthy
from stacks.stage import Stage


class StageAlarms(Construct):
    """An alarm for each definition, and a composite alarm over those that make the backbone unhealthy."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        definitions: Iterable[AlarmDefinition],
        topic: sns.ITopic,
        stage: Stage,
    ) -> None:
        """Create the alarms.

        Args:
            scope: the stack.
            construct_id: within the stack.
            definitions: all alarms but the composite one.
            topic: the topic that they notify.
            stage: the stage.
        """
        super().__init__(scope, construct_id)
        self.unhealthy: list[cloudwatch.IAlarm] = []
        self.others: list[cloudwatch.IAlarm] = []
        for definition in definitions:
            alarm = SignalAlarm(self, definition=definition, topic=topic, stage=stage)
            if is_unhealthy(definition):
                self.unhealthy.append(alarm)
            else:
                is_emulated = definition.subject != ACCOUNT and definition.signal is not KEEPER_SILENT
                self.others.append(alarm if is_emulated else self._by_name(definition, stage))
        self.composite = self._composite(topic, stage)

    def _by_name(self, definition: AlarmDefinition, stage: Stage) -> cloudwatch.IAlarm:
        """Import an alarm: the emulator does not create it, so nothing may refer to the resource."""
        signal = definition.signal
        name = alarm_name(stage.name, definition.subject, signal.slug)
        return cloudwatch.Alarm.from_alarm_name(self, f"{alarm_construct_id(definition.subject, signal)}ByName", name)

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
