"""The conservation check of a local run: the core of `ops/conserve`, side effects as seen from outside, schedules."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from ops.conserve.message_key import MessageKey
from ops.conserve.reconciliation import (
    Announced,
    Finding,
    Reconciliation,
    ScheduledIds,
    Violation,
    is_job,
    reconcile,
    succeeded,
)
from ops.schedules.schedules import PendingSchedule
from ops.stage.log_lines import LogLine
from schemas.reasons import Outcome
from schemas.schedule_names import schedule_name
from schemas.suppression import EMAIL_SUPPRESSION

_UNANSWERED = ("the CRM did not answer", "the endpoint did not answer")
"""A call that timed out may have been performed; its receiver knows the repeat by its idempotency key."""

_SEEN_BY_NOBODY = {EMAIL_SUPPRESSION.name}
"""Its effect is an item that names no job: `tests/e2e/flow/test_email_outcomes.py` reads the items themselves."""


def check(
    accepted: Iterable[MessageKey],
    lines: Sequence[LogLine],
    in_queues: Iterable[MessageKey],
    side_effects: Mapping[MessageKey, int],
    schedules: Iterable[PendingSchedule] = (),
) -> Reconciliation:
    """Account for every accepted message, and compare side effects and schedules with what was logged.

    Args:
        accepted: the key of each accepted message.
        lines: the outcome lines of all functions.
        in_queues: the key of each message in unrouted, undeliverable and the dead-letter queues.
        side_effects: how often each job's side effect was seen from outside, by the job's key.
        schedules: the pending schedules.
    """
    pending = {schedule.name: schedule for schedule in schedules}
    scheduled = ScheduledIds.of(lines, {name: schedule.claims.id for name, schedule in pending.items()})
    result = reconcile(accepted, lines, in_queues, _announced(lines, scheduled, pending))
    return replace(
        result,
        findings=(*result.findings, *_side_effects(lines, side_effects), *_schedules(scheduled, pending)),
    )


def _announced(lines: Iterable[LogLine], scheduled: ScheduledIds, pending: Mapping[str, PendingSchedule]) -> Announced:
    published = frozenset(follow_up for line in lines for follow_up in line.follow_ups)
    keys = {each.claims.id: MessageKey.of_body(each.body, "") for each in pending.values()}
    return Announced(
        published=published,
        scheduled={**dict.fromkeys(scheduled.superseded, ""), **{id_: key for key, id_ in scheduled.latest.items()}},
        waiting=frozenset(keys) | (scheduled.superseded - published),
        keys=keys,
    )


def _schedules(scheduled: ScheduledIds, pending: Mapping[str, PendingSchedule]) -> Iterable[Finding]:
    latest = {schedule_name(key): id_ for key, id_ in scheduled.latest.items()}
    for name, schedule in sorted(pending.items()):
        key = MessageKey.of_body(schedule.body, "")
        if latest.get(name) != key.id:
            yield Finding(key, Violation.STRAY, name)
        elif schedule.due != (expected := _timestamp(schedule)):
            yield Finding(key, Violation.MISTIMED, f"{schedule.due} instead of {expected}")


def _timestamp(schedule: PendingSchedule) -> datetime:
    """The timestamp of the scheduled message, in whole seconds as schedules have them."""
    timestamp = json.loads(schedule.body)["timestamp"]
    return datetime.fromisoformat(timestamp).astimezone(UTC).replace(microsecond=0)


def _side_effects(lines: Iterable[LogLine], seen: Mapping[MessageKey, int]) -> Iterable[Finding]:
    jobs = [line for line in lines if is_job(line.service)]
    done = succeeded(jobs)
    # A duplicate proves an earlier success. That success need not be logged: its process may have crashed before.
    duplicated = {MessageKey.of_line(line) for line in jobs if line.what is Outcome.DUPLICATE}
    unanswered = Counter(MessageKey.of_line(line) for line in jobs if line.detail.startswith(_UNANSWERED))
    logged = done.keys() | duplicated
    for key in sorted(logged | seen.keys()):
        if done[key] > 1 or seen.get(key, 0) > 1 + unanswered[key]:
            yield Finding(
                key,
                Violation.DOUBLED,
                f"{done[key]} times by its log, {seen.get(key, 0)} times as seen from outside",
            )
        elif not seen.get(key) and key.type not in _SEEN_BY_NOBODY:
            yield Finding(key, Violation.WITHOUT_EFFECT)
        elif key not in logged:
            yield Finding(key, Violation.UNACCOUNTED)
