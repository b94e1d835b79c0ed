"""The scheduled tasks of a local stage, wired to the deployed stage."""

from dataclasses import dataclass
from datetime import UTC, datetime

from local.clock.alarms.embedded_metrics import PATTERN, EmbeddedMetrics
from local.clock.alarms.evaluator import CloudWatchAlarms, Evaluator
from local.clock.alarms.lambda_metrics import FunctionMetrics, Functions, RecordedMetrics
from local.clock.alarms.sources import MetricOverrides, MetricSource
from local.clock.alarms.sqs_metrics import QueueMetrics
from local.clock.scheduled import HeartbeatSender, Notifier
from local.clock.simulated_clock import ClockTask, SimulatedClock
from local.emulator.deployment import STAGE, Deployed
from ops.stage.endpoint import Endpoint
from ops.stage.log_groups import LogGroups, LogTail
from schemas.names import alarm_name


def metric_sources(endpoint: Endpoint) -> tuple[MetricSource, ...]:
    """The sources of all metrics of a stage, measured from now on."""
    functions, logs, now = Functions(endpoint.functions), LogGroups(endpoint.logs), datetime.now(UTC)
    return (
        QueueMetrics(endpoint.sqs),
        FunctionMetrics(functions, LogTail(logs, since=now), RecordedMetrics(endpoint.cloudwatch)),
        EmbeddedMetrics(functions, LogTail(logs, since=now, pattern=PATTERN)),
    )


@dataclass(frozen=True, slots=True)
class ScheduledTasks:
    """The clock of a stage, and the parts of its tasks that tests use."""

    clock: SimulatedClock
    heartbeats: HeartbeatSender
    alarms: CloudWatchAlarms
    """The deployed alarms with their current states."""

    metric_overrides: MetricOverrides
    """Samples that replace measured ones."""


def scheduled_tasks(endpoint: Endpoint, deployed: Deployed) -> ScheduledTasks:
    """Create the scheduled tasks of a stage that has just been deployed. The clock is not started."""
    heartbeats, overrides = HeartbeatSender(endpoint.sqs, deployed.ingress_queue_url), MetricOverrides()
    alarms = CloudWatchAlarms(endpoint.cloudwatch, alarm_name(STAGE, "", "").removesuffix("/"))
    clock = SimulatedClock(
        {
            ClockTask.HEARTBEAT: heartbeats.send,
            ClockTask.ALARMS: Evaluator(alarms, (overrides, *metric_sources(endpoint))).tick,
            ClockTask.NOTIFIER: Notifier(endpoint.runs, deployed.slack_notifier_function_name).run,
        }
    )
    return ScheduledTasks(clock, heartbeats, alarms, overrides)
