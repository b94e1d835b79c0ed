"""The alarms of a stage, and the one to page on."""

from collections.abc import Iterable

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from schemas.names import SYSTEM, alarm_name
from schemas.signals import UNHEALTHY
from stacks.monitoring.alarms.alarm import AlarmDefinition, SignalAlarm, construct_id_of, tell
from stacks.monitoring.alarms.definitions import is_unhealthy
from stacks.monitoring.alarms.topics import AlertTopics
from stacks.stage import Stage


class StageAlarms(Construct):
    """An alarm for each watch, and a composite one over those that say that the whole is unhealthy."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        watches: Iterable[AlarmDefinition],
        notifier_watches: Iterable[AlarmDefinition],
        topics: AlertTopics,
        stage: Stage,
    ) -> None:
        """Tell people of all these, by email alone of what is about the notifier."""
        super().__init__(scope, construct_id)
        made = [(watch, SignalAlarm(self, watch=watch, topic=topics.alerts, stage=stage)) for watch in watches]
        self.unhealthy = [alarm for watch, alarm in made if is_unhealthy(watch)]
        self.others = [alarm for watch, alarm in made if not is_unhealthy(watch)]
        self.others += [
            SignalAlarm(self, watch=watch, topic=topics.notifier, stage=stage) for watch in notifier_watches
        ]
        self.composite = self._composite(topics.alerts, stage)

    def _composite(self, topic: sns.ITopic, stage: Stage) -> cloudwatch.IAlarm:
        """The alarm to page on.

        Returns:
            It by its name: the emulator creates none, so nothing may refer to the resource.
        """
        name = alarm_name(stage.name, SYSTEM, UNHEALTHY.slug)
        # Of names, not of ARNs: a rule has 10,240 characters at most.
        rule = " OR ".join(f'ALARM("{alarm.alarm_name}")' for alarm in self.unhealthy)
        composite = cloudwatch.CompositeAlarm(
            self,
            construct_id_of(SYSTEM, UNHEALTHY),
            composite_alarm_name=name,
            alarm_description=UNHEALTHY.description(SYSTEM, stage.runbook_url),
            alarm_rule=cloudwatch.AlarmRule.from_string(rule),
        )
        tell(composite, topic)
        return cloudwatch.CompositeAlarm.from_composite_alarm_name(self, "Composite", name)
