"""All that happens by the clock in a real stage, brought together for a local one."""

from dataclasses import dataclass

from ops.local.alarms.cloudwatch import CloudWatchAlarms
from ops.local.alarms.evaluator import Evaluator
from ops.local.alarms.measured import measured
from ops.local.alarms.staged import StagedMetrics
from ops.local.aws import Endpoint
from ops.local.beats import Beats
from ops.local.deployment import STAGE, Deployed
from ops.local.minutes import Minutes, Part
from ops.local.notifier import Notifier
from schemas.names import alarm_name


@dataclass(frozen=True, slots=True)
class Clockwork:
    """What passes each minute, with its parts for those who test."""

    minutes: Minutes
    beats: Beats
    alarms: CloudWatchAlarms
    """The deployed ones, as they stand."""

    staged: StagedMetrics
    """Samples that are made up, in place of what is measured."""


def clockwork(endpoint: Endpoint, deployed: Deployed) -> Clockwork:
    """That of a stage that has just been deployed: what is measured is so from now on. No minute passes yet."""
    beats, staged = Beats(endpoint.sqs, deployed.ingress_queue_url), StagedMetrics()
    alarms = CloudWatchAlarms(endpoint.cloudwatch, alarm_name(STAGE, "", "").removesuffix("/"))
    minutes = Minutes(
        {
            Part.BEAT: beats.send,
            Part.ALARMS: Evaluator(alarms, (staged, *measured(endpoint))).tick,
            Part.SLACK: Notifier(endpoint.runs, deployed.slack_notifier_function_name).run,
        }
    )
    return Clockwork(minutes, beats, alarms, staged)
