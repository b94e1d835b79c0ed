"""The demonstration: a busy morning's events through the whole system, the proof that nothing was lost, and Slack."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from local.checks import expectations
from local.checks.alerts import Alerts, tell
from local.checks.records import Snapshot, StageRecords
from local.demo import acceptance, demo_output, exercise, report
from local.polling import DeadlineExceededError, poll
from local.stage import LocalStage, local_stage
from local.traffic.mix import Traffic
from local.traffic.publication import Publication
from local.traffic.publish import publish
from ops.stage.services import UNROUTED
from ops.terminal.output import console, done, step
from ops.terminal.progress import bars

_SEED = 2024
_SECONDS = 100
"""Until every message must have ended; the one retry that is asked for waits 5 s at most."""

_SETTLING_SECONDS = 10
"""Until what is said of them can be seen: letters in their queues, mails sent."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What it came to."""

    snapshot: Snapshot
    is_as_promised: bool


def demo() -> bool:
    """Run it on a stage of its own; whether everything was as promised.

    Raises:
        LocalStageError: the local stage did not start.
    """
    began = time.monotonic()
    with local_stage("demo", step) as stage:
        shown = _demonstrate(stage, Traffic(_SEED).morning())
    console.print(
        f"\nAll of it took {time.monotonic() - began:.0f} s, and all is stopped again. Logs:", stage.folder.shown
    )
    console.print("To mend what died and send it back yourself: make demo KEEP=1")
    return shown.is_as_promised


def demo_to_practise_on(stage: LocalStage) -> bool:
    """Run it on a stage that is held after it, mend what stood in the way, and say what a person can do now.

    Returns:
        Whether everything was as promised.
    """
    morning = Traffic(_SEED).morning()
    shown = _demonstrate(stage, morning)
    exercise.mend(stage.crm.books, morning)
    exercise.show(stage, shown.snapshot.letters)
    return shown.is_as_promised


def _demonstrate(stage: LocalStage, morning: Sequence[Publication]) -> _Shown:
    for item in morning:
        stage.learn(item.facts)
    published = time.monotonic()
    snapshot = _run(stage, morning)
    took = time.monotonic() - published
    done(f"Publish {len(morning)} events and follow each to its end", took)
    with step("Let minutes pass until people are told"):
        alerts = tell(stage.minutes, stage.slack.books, snapshot.letters)
    return _Shown(snapshot, is_as_promised=_show(stage, snapshot, alerts, seconds=took))


def _run(stage: LocalStage, morning: Sequence[Publication]) -> Snapshot:
    """Publish everything and wait until all of it is final, or until nobody need wait any longer."""
    ledger = StageRecords(stage)
    foretold = expectations.expected(morning)
    with bars() as bar:
        publishing = bar("Publish", lambda: len(morning))
        for accepted in publish(stage, morning):
            ledger.enter(accepted)
            publishing(len(ledger.accepted))
        ending = bar("Messages final", lambda: expectations.ended(foretold))

        def all_said() -> bool:
            """By the logs alone: the emulator has better things to do than to show its queues all the time."""
            stage.emulator.must_live()
            said = expectations.found(ledger.lines(), foretold[UNROUTED, UNROUTED])
            ending(expectations.ended(said & foretold))
            return not foretold - said

        with suppress(DeadlineExceededError):  # what is not as it must be is reported by id
            poll(all_said, what="every function to have had its say", seconds=_SECONDS, every=0.5)
            return poll(lambda: _if_balanced(ledger), what="the books to balance", seconds=_SETTLING_SECONDS)
    return ledger.snapshot()


def _if_balanced(ledger: StageRecords) -> Snapshot | None:
    snapshot = ledger.snapshot()
    return snapshot if snapshot.balance.holds else None


def _show(stage: LocalStage, snapshot: Snapshot, alerts: Alerts, *, seconds: float) -> bool:
    """Print what happened; whether it is what had to happen."""
    morning = [item.publication for item in snapshot.accepted]
    found = expectations.found(snapshot.lines, snapshot.unrouted)
    redelivered = expectations.redelivered(snapshot.lines)
    wrong = [
        *expectations.differences(expectations.expected(morning), found, redelivered=redelivered),
        *expectations.misplaced(expectations.due(morning), expectations.standing(snapshot.schedules)),
    ]
    rows = acceptance.rows(snapshot)
    console.print(
        *demo_output.mails(snapshot, stage.folder.mails),
        demo_output.text(snapshot.texts),
        demo_output.webhook(snapshot.posts),
        demo_output.schedules(snapshot.schedules),
        demo_output.dead_letter(snapshot.letters),
        report.tally(found, redelivered=redelivered),
        report.mission(rows),
        *demo_output.slack(alerts),
        report.conclusion(snapshot, rows, wrong, alerts, seconds=seconds),
        sep="\n",
    )
    return snapshot.balance.holds and not wrong and all(row.holds for row in rows) and not alerts.lacks
