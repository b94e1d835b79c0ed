"""`drill`: let a message fail on purpose, and measure how long its alert takes.

A heartbeat marked as a drill goes through the whole system, and its function dead-letters it. The alert, the alerts
queue, the notifier and the card are the same as for any dead letter. No tenant's data is touched. The dead letter is
deleted as soon as it arrives, so that its queue's alarm stays off.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from rich.table import Table
from rich.text import Text

from ops.dead_letters.queue import DeadLetterQueue
from ops.stage.aws_errors import aws_failures_as_sentences
from ops.stage.clock_offset import CLOCK_SKEW
from ops.stage.deployed import DeployedStage
from ops.stage.log_groups import LogGroups
from ops.stage.log_lines import LogLine
from ops.stage.services import service
from ops.terminal.output import console
from publishing import message
from schemas.names import ALERTS, QUEUE_PROCESSOR, SLACK_NOTIFIER, log_group_name, queue_name
from schemas.people import OPERATORS_SOURCE
from schemas.reasons import MessageGroup, OperatorAction, Outcome
from schemas.system import NO_TENANT, SYSTEM_HEARTBEAT, Heartbeat

_POLL_SECONDS = 2.0
_UNFAIR = "So one tenant's burst delays all others. Read docs/architecture.md#message-groups"


@dataclass(frozen=True, slots=True)
class DrillHop:
    """One step from publication to alert."""

    name: str
    log_group: str
    """The log group that records the hop."""

    recorded_as: frozenset[Outcome | OperatorAction]
    """The outcomes and actions of which one records the hop."""

    advice: str
    """The place to look at when the hop is missing."""


@dataclass(frozen=True, slots=True)
class DrillResult:
    """The result of a drill."""

    times: dict[str, datetime | None]
    """The time of each hop by its name, the publication first; None for a hop that did not come."""

    message_group: str
    """The `MessageGroup` that the bus's rule gave to the message; empty where the stage does not compare it."""


@dataclass(frozen=True, kw_only=True)
class Drill:
    """One drill in a stage."""

    stage: DeployedStage
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    new_id: Callable[[], str]

    def run(self, seconds: float) -> DrillResult:
        """Publish the drill's message, and wait until its alert is sent.

        Args:
            seconds: how long to wait.

        Raises:
            OperatorError: there is no such stage, or AWS refuses.
        """
        drill_id = f"drill-{self.new_id()}"
        hops = self.hops()
        queue = DeadLetterQueue.of(service(SYSTEM_HEARTBEAT.name, self.stage))
        self.stage.queue_url(queue_name(self.stage.name, ALERTS))  # without it no alert could come
        sent_at = self._publish(drill_id)
        found: dict[str, LogLine | None] = dict.fromkeys(hop.name for hop in hops)
        deadline = sent_at.timestamp() + seconds
        deleted = False
        try:
            while None in found.values() and self.now().timestamp() < deadline:
                for hop in hops:
                    found[hop.name] = found[hop.name] or self._line(hop, drill_id, sent_at)
                deleted = deleted or queue.delete(drill_id)
                if None in found.values():
                    self.sleep(_POLL_SECONDS)
        finally:
            if not deleted:
                queue.delete(drill_id)
        return DrillResult(
            {"published": sent_at, **{name: line.at if line else None for name, line in found.items()}},
            next((line.message_group for line in found.values() if line and line.message_group), ""),
        )

    def hops(self) -> list[DrillHop]:
        """The hops after the publication."""
        return [
            DrillHop(
                "put on the bus by the ingress",
                service(QUEUE_PROCESSOR, self.stage).log_group,
                frozenset({Outcome.ROUTED}),
                "the ingress queue, and the log of queue_processor",
            ),
            DrillHop(
                "dead-lettered by its function",
                service(SYSTEM_HEARTBEAT.name, self.stage).log_group,
                frozenset({Outcome.DEAD_LETTERED}),
                f"the queue and the log of {SYSTEM_HEARTBEAT.name}",
            ),
            DrillHop(
                "sent as an alert",
                log_group_name(self.stage.name, SLACK_NOTIFIER),
                frozenset({OperatorAction.POSTED, OperatorAction.MAILED}),
                "the alerts queue, and the log of slack_notifier",
            ),
        ]

    def _publish(self, drill_id: str) -> datetime:
        now = self.now()
        heartbeat = message(
            SYSTEM_HEARTBEAT,
            Heartbeat(company_id=NO_TENANT, drill=True),
            source=OPERATORS_SOURCE,
            id=drill_id,
            timestamp=now,
        )
        with aws_failures_as_sentences():
            self.stage.client("sqs").send_message(
                QueueUrl=service(QUEUE_PROCESSOR, self.stage).queue_url,
                MessageBody=heartbeat.body,
                MessageGroupId=NO_TENANT,
            )
        return now

    def _line(self, hop: DrillHop, drill_id: str, since: datetime) -> LogLine | None:
        """The first log line that records a hop; None where there is none yet."""
        log_groups = LogGroups(self.stage.client("logs"), self.sleep)
        lines = log_groups.lines([hop.log_group], since - CLOCK_SKEW, f'"{drill_id}"')
        records = (line for line in lines if line.id == drill_id and line.what in hop.recorded_as)
        return min(records, key=lambda line: line.at, default=None)


def drill(stage: DeployedStage, seconds: float) -> bool:
    """Run a drill in a stage and show each hop's time; return whether the alert was sent in time.

    Raises:
        OperatorError: there is no such stage, or AWS refuses.
    """
    run = Drill(stage=stage, now=lambda: datetime.now(UTC), sleep=time.sleep, new_id=lambda: str(uuid4()))
    hops = run.hops()
    with console.status(f"Drill in stage {stage.name}: waiting until the alert of its dead letter is sent …"):
        result = run.run(seconds)
    return show(result, hops, seconds)


def show(result: DrillResult, hops: Sequence[DrillHop], seconds: float) -> bool:
    """Show a drill's result; return whether the alert was sent in time.

    The message group does not decide: without the tenant's, messages are handled all the same, but not fairly.
    """
    console.print(_table(result.times))
    missing = next((hop for hop in hops if result.times[hop.name] is None), None)
    if missing is None or result.message_group:
        console.print(_verdict(result.message_group), soft_wrap=True)
    if missing:
        console.print(
            Text.assemble(("✗ ", "red"), f"after {seconds:g} s it was not {missing.name}: look at {missing.advice}"),
            soft_wrap=True,
        )
        return False
    console.print(Text.assemble(("✓ ", "green"), "the alert was sent, and the drill's dead letter is deleted"))
    return True


def _verdict(group: str) -> Text:
    """Say whether the bus's rule sets the tenant as message group, and what it means if it does not."""
    match group:
        case MessageGroup.TENANT:
            return Text.assemble(("✓ ", "green"), "message group: the tenant")
        case MessageGroup.NONE:
            return Text.assemble(("✗ ", "red"), f"message group: none, the tenant was expected. {_UNFAIR}")
        case MessageGroup.ANOTHER:
            return Text.assemble(("✗ ", "red"), f"message group: not the tenant, but another. {_UNFAIR}")
    return Text("- message group: not compared in this stage; the emulator sets none")


def _table(done: dict[str, datetime | None]) -> Table:
    table = Table("hop", "at (UTC)", "after", title="Drill", title_justify="left")
    began = next(iter(done.values()))
    for hop, at in done.items():
        if at and began:
            table.add_row(hop, f"{at:%H:%M:%S}", f"{(at - began).total_seconds():.1f} s")
        else:
            table.add_row(hop, "not yet", "")
    return table
