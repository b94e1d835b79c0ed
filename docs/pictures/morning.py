"""A local stage after the demonstration's morning: what had to die has died, and people were told."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from local.checks import expectations
from local.checks.alerts import tell
from local.checks.records import StageRecords
from local.errors import LocalStageError
from local.polling import DeadlineExceededError, poll
from local.stage import LocalStage, local_stage
from local.traffic.mix import Traffic
from local.traffic.publish import publish
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.search import Found
from ops.stage.services import UNROUTED
from ops.terminal.output import step
from schemas.activities import ACTIVITY_RECORD
from schemas.reasons import Outcome

_SEED = 2024
_SECONDS = 240
"""Until each thing that is waited for must have happened, on a slow machine too."""


@dataclass(frozen=True)
class Morning:
    """The stage, and those of its dead letters that the pictures are about: activities that the CRM did not take."""

    stage: LocalStage
    ledger: StageRecords
    letters: Sequence[Found]
    """All of them."""

    @property
    def service(self) -> str:
        """Whose dead letters the pictures are about."""
        return ACTIVITY_RECORD.name

    @property
    def activities(self) -> list[DeadLetter]:
        """They themselves."""
        return [found.dead_letter for found in self.letters if found.service == self.service]

    @property
    def fingerprint(self) -> str:
        """Of their cause."""
        return self.activities[0].fingerprint

    def mend(self) -> None:
        """Let the CRM take what it refused."""
        self.stage.crm.books.recover()

    def wait_until_recorded(self) -> None:
        """Until all of them are done, and their function has said so."""
        ids = {letter.id for letter in self.activities}
        wait(
            lambda: ids <= {line.id for line in self.ledger.lines() if line.what is Outcome.SUCCEEDED},
            "the activities that were sent back to be recorded",
        )


@contextmanager
def morning() -> Iterator[Morning]:
    """Start a stage, publish to it, and wait; it is stopped at the end.

    Raises:
        LocalStageError: it did not start, or what had to happen on it did not.
    """
    events = Traffic(_SEED).morning()
    with local_stage("pictures", step) as stage:
        ledger = StageRecords(stage)
        for event in events:
            stage.learn(event.facts)
        with step(f"Publish {len(events)} events, and wait until each came to its end"):
            for accepted in publish(stage, events):
                ledger.enter(accepted)
            foretold = expectations.expected(events)
            wait(
                lambda: not foretold - expectations.found(ledger.lines(), foretold[UNROUTED, UNROUTED]),
                "every event to come to its end",
            )
        with step("Let minutes pass until people are told"):
            letters = ledger.letters()
            scene = Morning(stage, ledger, letters)
            if not tell(stage.minutes, stage.slack.books, letters).told.letters[scene.fingerprint]:
                raise LocalStageError(
                    f"Slack was not told of the dead letters of {scene.service}: see {stage.folder.shown}"
                )
        yield scene


def wait(look: Callable[[], bool], what: str) -> None:
    """Wait until it is so.

    Raises:
        LocalStageError: it never is.
    """
    try:
        poll(look, what=what, seconds=_SECONDS, every=0.5)
    except DeadlineExceededError as error:
        raise LocalStageError(str(error)) from None
