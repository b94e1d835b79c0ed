"""`drill`: something fails on purpose, to see that people are told, and how soon.

A heartbeat that says that it is a drill goes the whole way and is dead-lettered by its function. From there on all is
as with any dead letter: an alert, the alerts queue, the notifier, a card. Nobody's data is touched, and the letter is
taken away as soon as it lies there, so that its queue's alarm sees nothing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from rich.table import Table
from rich.text import Text

from ops.dead_letters.queue import DeadLetterQueue
from ops.messages.drafts import SOURCE
from ops.stage.aws_errors import aws_failures_as_sentences
from ops.stage.deployed import DeployedStage
from ops.stage.log_groups import CLOCK_SKEW, LogGroups
from ops.stage.services import service
from ops.terminal.output import console
from publishing import message
from schemas.names import QUEUE_PROCESSOR, MonitoringOutput
from schemas.reasons import OperatorAction, Outcome
from schemas.system import NOBODY, SYSTEM_HEARTBEAT, Heartbeat

_EVERY = 2.0
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True)
class DrillHop:
    """One step of a dead letter's way to people."""

    what: str
    log_group: str
    """Whose lines tell of it."""

    told_by: frozenset[Outcome | OperatorAction]
    """What the line says: one of these."""

    advice: str
    """Where to look when it does not come."""


@dataclass(frozen=True, kw_only=True)
class Drill:
    """One drill."""

    stage: DeployedStage
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    new_id: Callable[[], str]

    def run(self, seconds: float) -> dict[str, datetime | None]:
        """Let it fail, and wait until people are told.

        Args:
            seconds: until it is given up.

        Returns:
            When each hop was done, by its words, its publication first; None for what did not come.

        Raises:
            OperatorError: the stage is not there, or AWS refuses.
        """
        drill_id = f"drill-{self.new_id()}"
        hops = self.hops()
        letters = DeadLetterQueue.of(service(SYSTEM_HEARTBEAT.name, self.stage))
        sent_at = self._publish(drill_id)
        done: dict[str, datetime | None] = {"published": sent_at, **{hop.what: None for hop in hops}}
        deadline = sent_at.timestamp() + seconds
        cleaned = False
        try:
            while None in done.values() and self.now().timestamp() < deadline:
                for hop in hops:
                    done[hop.what] = done[hop.what] or self._when(hop, drill_id, sent_at)
                cleaned = cleaned or letters.remove(drill_id)
                if None in done.values():
                    self.sleep(_EVERY)
        finally:
            if not cleaned:
                letters.remove(drill_id)
        return done

    def hops(self) -> list[DrillHop]:
        """Its way."""
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
                "told to people",
                self.stage.output("Monitoring", MonitoringOutput.SLACK_NOTIFIER_LOG_GROUP_NAME),
                frozenset({OperatorAction.POSTED, OperatorAction.MAILED}),
                "the alerts queue, and the log of slack_notifier",
            ),
        ]

    def _publish(self, drill_id: str) -> datetime:
        now = self.now()
        beat = message(
            SYSTEM_HEARTBEAT, Heartbeat(company_id=NOBODY, drill=True), source=SOURCE, id=drill_id, timestamp=now
        )
        with aws_failures_as_sentences():
            self.stage.client("sqs").send_message(
                QueueUrl=service(QUEUE_PROCESSOR, self.stage).queue_url,
                MessageBody=beat.body,
                MessageGroupId=NOBODY,
            )
        return now

    def _when(self, hop: DrillHop, drill_id: str, since: datetime) -> datetime | None:
        """When a hop was done, by the line that tells of it."""
        log_groups = LogGroups(self.stage.client("logs"), self.sleep)
        lines = log_groups.lines([hop.log_group], since - CLOCK_SKEW, f'"{drill_id}"')
        return min((line.at for line in lines if line.id == drill_id and line.what in hop.told_by), default=None)


def drill(stage: DeployedStage, seconds: float) -> bool:
    """Run a drill in a stage, show each hop's time; whether people were told in time.

    Raises:
        OperatorError: the stage is not there, or AWS refuses.
    """
    run = Drill(stage=stage, now=lambda: datetime.now(UTC), sleep=time.sleep, new_id=lambda: str(uuid4()))
    hops = run.hops()
    with console.status(f"A drill in stage {stage.name}: something fails on purpose; until people are told …"):
        done = run.run(seconds)
    console.print(_table(done))
    missing = next((hop for hop in hops if done[hop.what] is None), None)
    if missing:
        console.print(
            Text.assemble(("✗ ", "red"), f"after {seconds:g} s it was not {missing.what}: look at {missing.advice}"),
            soft_wrap=True,
        )
        return False
    console.print(Text.assemble(("✓ ", "green"), "people were told, and all of it is cleaned up again"))
    return True


def _table(done: dict[str, datetime | None]) -> Table:
    table = Table("hop", "at (UTC)", "after", title="Drill", title_justify="left")
    began = next(iter(done.values()))
    for what, at in done.items():
        if at and began:
            table.add_row(what, f"{at:%H:%M:%S}", f"{(at - began).total_seconds():.1f} s")
        else:
            table.add_row(what, "not yet", "")
    return table
