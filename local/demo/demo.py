"""The demonstration: publish a morning's messages, check that none was lost, and show the alerts in Slack."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from local.checks import expectations
from local.checks.alerts import Alerts, await_alerts, remembered_causes
from local.checks.records import Snapshot, StageRecords
from local.demo import acceptance, demo_output, exercise, report
from local.demo.incidents import OUTAGE_SECONDS, REPORTS_A_SECOND, incidents
from local.polling import DeadlineExceededError, poll
from local.stage import LocalStage, local_stage
from local.standins.crm.outage import RateLimit
from local.traffic.mix import Traffic
from local.traffic.publication import Publication
from local.traffic.publish import publish
from ops.stage.services import UNROUTED
from ops.terminal.output import console, done, step
from ops.terminal.progress import bars
from schemas.destinations import GENERATE_REPORT

_SEED = 2024
_SECONDS = 240
"""Until every message must have a final outcome: eight times what it takes, for a machine that does other work."""

_CALLS_BEFORE_OUTAGE = 100
"""Calls that the CRM answers before it is away: most of those that a proxy answers are over by then."""

_SETTLING_SECONDS = 10
"""From the last outcome line until its dead letter or mail must be visible."""


@dataclass(frozen=True, slots=True)
class _Result:
    snapshot: Snapshot
    is_as_promised: bool


def demo() -> bool:
    """Run the demonstration on a new stage and stop the stage; returns whether all checks passed.

    Raises:
        LocalStageError: the local stage did not start.
    """
    began = time.monotonic()
    with local_stage("demo", step) as stage:
        result = _demonstrate(stage, Traffic(_SEED).morning())
    console.print(
        f"\nThe demonstration took {time.monotonic() - began:.0f} s; its stage is stopped. Logs:", stage.folder.shown
    )
    console.print("To repair the causes and redrive the dead letters yourself: make demo KEEP=1")
    return result.is_as_promised


def demo_with_exercise(stage: LocalStage) -> bool:
    """Run the demonstration on a stage that stays up, let the CRM accept what it refused, and print what to do next.

    Returns:
        Whether all checks passed.
    """
    morning = Traffic(_SEED).morning()
    result = _demonstrate(stage, morning)
    stage.crm.state.recover()
    exercise.show(stage, result.snapshot.dead_letters)
    return result.is_as_promised


def _demonstrate(stage: LocalStage, morning: Sequence[Publication]) -> _Result:
    for item in morning:
        stage.prepare(item.facts)
    began = time.monotonic()
    snapshot = _run(stage, morning)
    seconds = time.monotonic() - began
    done(f"Publish {len(morning)} events and follow each to its final outcome", seconds)
    with step("Run the Slack notifier until every failure is alerted"):
        causes = partial(remembered_causes, stage.endpoint.client("dynamodb"))
        alerts = await_alerts(stage.clock, stage.slack.state, snapshot.dead_letters, causes)
    return _Result(snapshot, is_as_promised=_show(stage, snapshot, alerts, seconds=seconds))


def _run(stage: LocalStage, morning: Sequence[Publication]) -> Snapshot:
    """Publish the messages and wait until all outcomes are final, or until the deadline."""
    records, crm = StageRecords(stage), stage.crm.state
    crm.limit(GENERATE_REPORT.name, RateLimit(REPORTS_A_SECOND, retry_after="2"))
    expected = expectations.final_outcomes(expectations.expected_outcomes(morning))
    with bars() as bar:
        published_bar = bar("Published", lambda: len(morning))
        for accepted in publish(stage, morning):
            records.add(accepted)
            published_bar(len(records.accepted))
        final_bar = bar("Final outcomes", expected.total)

        def all_logged() -> bool:
            """Read only the logs: listing the queues as well would slow the emulator down."""
            stage.emulator.check_running()
            if len(crm.calls()) >= _CALLS_BEFORE_OUTAGE and not crm.outages:
                crm.begin_outage(OUTAGE_SECONDS)
            logged = expectations.found_outcomes(records.lines(), expected[UNROUTED, UNROUTED])
            final_bar((logged & expected).total())
            return not expected - logged

        with suppress(DeadlineExceededError):  # the report lists what is missing
            poll(all_logged, what="all expected outcomes", seconds=_SECONDS, every=0.5)
            return poll(lambda: _reconciled(records), what="records without findings", seconds=_SETTLING_SECONDS)
    return records.snapshot()


def _reconciled(records: StageRecords) -> Snapshot | None:
    snapshot = records.snapshot()
    return snapshot if snapshot.reconciliation.holds else None


def _show(stage: LocalStage, snapshot: Snapshot, alerts: Alerts, *, seconds: float) -> bool:
    """Print the results; returns whether all checks passed."""
    morning = [item.publication for item in snapshot.accepted]
    found = expectations.found_outcomes(snapshot.lines, snapshot.unrouted)
    redelivered = expectations.redelivered(snapshot.lines)
    differences = [
        *expectations.outcome_differences(expectations.expected_outcomes(morning), found, redelivered=redelivered),
        *expectations.schedule_differences(
            expectations.expected_schedules(morning), expectations.found_schedules(snapshot.schedules)
        ),
    ]
    rows = acceptance.rows(snapshot)
    console.print(
        *demo_output.mails(snapshot, stage.folder.mails),
        demo_output.text(snapshot.texts),
        demo_output.webhook(snapshot.posts),
        demo_output.schedules(snapshot.schedules),
        demo_output.dead_letter(snapshot.dead_letters),
        report.outcomes(found, redelivered=redelivered),
        report.acceptance(rows),
        *demo_output.slack(alerts),
        report.conclusion(snapshot, rows, differences, alerts, seconds=seconds),
        sep="\n",
    )
    all_hold = all(row.holds for row in rows) and all(incident.holds for incident in incidents(snapshot))
    return snapshot.reconciliation.holds and not differences and all_hold and not alerts.differences
