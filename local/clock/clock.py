"""All that happens by the clock in a real stage, brought together for a local one."""

from dataclasses import dataclass
from datetime import UTC, datetime

from local.clock.alarms.embedded_metrics import PATTERN, EmbeddedMetrics
from local.clock.alarms.evaluator import CloudWatchAlarms, Evaluator
from local.clock.alarms.lambda_metrics import FunctionMetrics, Functions, RecordedMetrics
from local.clock.alarms.sources import Source, StagedMetrics
from local.clock.alarms.sqs_metrics import QueueMetrics
from local.clock.scheduled import HeartbeatSender, Notifier
from local.clock.simulated_clock import Part, SimulatedClock
from local.emulator.deployment import STAGE, Deployed
from ops.stage.endpoint import Endpoint
from ops.stage.log_groups import LogGroups, LogTail
from schemas.names import alarm_name


def measured(endpoint: Endpoint) -> tuple[Source, ...]:
    """What measures it, from now on."""
    functions, logs, now = Functions(endpoint.functions), LogGroups(endpoint.logs), datetime.now(UTC)
    return (
        QueueMetrics(endpoint.sqs),
        FunctionMetrics(functions, LogTail(logs, since=now), RecordedMetrics(endpoint.cloudwatch)),
        EmbeddedMetrics(functions, LogTail(logs, since=now, pattern=PATTERN)),
    )


@dataclass(frozen=True, slots=True)
class ScheduledTasks:
    """What passes each minute, with its parts for those who test."""

    minutes: SimulatedClock
    beats: HeartbeatSender
    alarms: CloudWatchAlarms
    """The deployed ones, as they stand."""

    staged: StagedMetrics
    """Samples that are made up, in place of what is measured."""


def scheduled_tasks(endpoint: Endpoint, deployed: Deployed) -> ScheduledTasks:
    """That of a stage that has just been deployed: what is measured is so from now on. No minute passes yet."""
    beats, staged = HeartbeatSender(endpoint.sqs, deployed.ingress_queue_url), StagedMetrics()
    alarms = CloudWatchAlarms(endpoint.cloudwatch, alarm_name(STAGE, "", "").removesuffix("/"))
    minutes = SimulatedClock(
        {
            Part.BEAT: beats.send,
            Part.ALARMS: Evaluator(alarms, (staged, *measured(endpoint))).tick,
            Part.SLACK: Notifier(endpoint.runs, deployed.slack_notifier_function_name).run,
        }
    )
    return ScheduledTasks(minutes, beats, alarms, staged)
