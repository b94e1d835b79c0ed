"""A local stage after the demonstration's traffic: its failures are dead-lettered and alerted."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from local.checks import expectations
from local.checks.alerts import await_alerts
from local.checks.records import StageRecords
from local.errors import LocalStageError
from local.polling import DeadlineExceededError, poll
from local.stage import LocalStage, local_stage
from local.traffic.mix import Traffic
from local.traffic.publish import publish
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.search import FoundDeadLetter
from ops.stage.services import UNROUTED
from ops.terminal.output import step
from schemas.activities import ACTIVITY_RECORD
from schemas.reasons import Outcome

_SEED = 2024
_SECONDS = 240
"""The deadline for each wait, on a slow machine too."""


@dataclass(frozen=True)
class Morning:
    """The stage and its dead letters; the pictures show those of the activities that the CRM refused."""

    stage: LocalStage
    records: StageRecords
    dead_letters: Sequence[FoundDeadLetter]
    """All dead letters of the stage."""

    @property
    def service(self) -> str:
        """The type of the dead letters in the pictures."""
        return ACTIVITY_RECORD.name

    @property
    def activities(self) -> list[DeadLetter]:
        """The dead letters in the pictures."""
        return [found.dead_letter for found in self.dead_letters if found.service == self.service]

    @property
    def fingerprint(self) -> str:
        """The fingerprint of their cause."""
        return self.activities[0].fingerprint

    def fix_cause(self) -> None:
        """Let the CRM accept what it refused."""
        self.stage.crm.state.recover()

    def wait_until_recorded(self) -> None:
        """Wait until all activities are done and their function has logged that."""
        ids = {each.id for each in self.activities}
        wait(
            lambda: ids <= {line.id for line in self.records.lines() if line.what is Outcome.SUCCEEDED},
            "the redriven activities to be recorded",
        )


@contextmanager
def morning() -> Iterator[Morning]:
    """Start a stage, publish to it, and wait for the outcomes; the stage is stopped at the end.

    Raises:
        LocalStageError: the stage did not start, or expected outcomes are missing.
    """
    events = Traffic(_SEED).morning()
    with local_stage("pictures", step) as stage:
        records = StageRecords(stage)
        for event in events:
            stage.prepare(event.facts)
        with step(f"Publish {len(events)} events, and wait for their final outcomes"):
            for accepted in publish(stage, events):
                records.add(accepted)
            expected = expectations.expected_outcomes(events)
            wait(
                lambda: not expected - expectations.found_outcomes(records.lines(), expected[UNROUTED, UNROUTED]),
                "the expected outcomes of all events",
            )
        with step("Run the Slack notifier until every failure is alerted"):
            dead_letters = records.dead_letters()
            result = Morning(stage, records, dead_letters)
            alerts = await_alerts(stage.clock, stage.slack.state, dead_letters)
            if not alerts.reported.dead_letters[result.fingerprint]:
                raise LocalStageError(
                    f"no Slack card reports the dead letters of {result.service}: see {stage.folder.shown}"
                )
        yield result


def wait(condition: Callable[[], bool], what: str) -> None:
    """Wait until the condition holds.

    Raises:
        LocalStageError: the deadline passed.
    """
    try:
        poll(condition, what=what, seconds=_SECONDS, every=0.5)
    except DeadlineExceededError as error:
        raise LocalStageError(str(error)) from None
