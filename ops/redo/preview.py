"""Sentences about the effects of a redo, to be read before it is confirmed."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from ops.messages.replay.report import ARCHIVED_WITHIN
from ops.redo.archive import time_ranges
from ops.redo.effects import effect_sentences
from ops.redo.plan import RedoPlan
from ops.redo.selection import EndedMessage
from ops.terminal.output import counted, printable
from ops.terminal.times import minute
from schemas.catalogue import BY_NAME
from schemas.event_type import Kind

_MAX_LISTED = 5


def preview(  # noqa: PLR0913 all by keyword but the first two
    planned: RedoPlan, stage: str, *, run: str, continuing: str, archived_since: datetime | None, now: datetime
) -> Iterator[str]:
    """Yield what will be published again, who notices it, and how to continue after an interruption.

    Args:
        planned: what will be published.
        stage: the stage's name.
        run: the run's name.
        continuing: the options that continue the run.
        archived_since: the time from which on to look into the archive.
        now: the time.
    """
    messages = planned.messages
    types = Counter(each.type for each in messages)
    listed = ", ".join(f"{number:,} {printable(name)}" for name, number in types.most_common())
    yield f"Run {run}: {counted(len(messages), 'message')} of stage {stage} under new ids: {listed}."
    yield from effect_sentences(planned.again)
    if any(BY_NAME[name].kind is Kind.REACTION for name in types if name in BY_NAME):
        yield "- Reactions run again, on the CRM's present data; all that they cause has new ids, and is done again."
    yield "- Timestamps stay: what came too late by its own time is skipped, and the alarm `late` may go off."
    yield from _left_out(planned)
    if before := planned.redone_before:
        last = before[-1]
        yield (
            f"- {counted(len({line.id for line in before}), 'message')} of these redone before, last on "
            f"{minute(last.at)} by {printable(last.who.split(':')[-1])}. To continue a run that was interrupted, give "
            "its --run."
        )
    yield from _archive(messages, archived_since, now)
    yield f"- If this is interrupted, repeat it with {continuing}: nothing is done twice."


def _left_out(planned: RedoPlan) -> Iterator[str]:
    reasons = Counter(planned.left_out.values())
    for why, number in reasons.most_common(_MAX_LISTED):
        yield f"- {counted(number, 'message')} left out: {printable(why)}."
    yield from (f"- {sentence}." for sentence in covered_sentences(planned.covered))


def covered_sentences(covered: Mapping[str, str]) -> Iterator[str]:
    """Yield how many messages need no redo of their own, and why."""
    for why, number in Counter(covered.values()).items():
        need = "1 message needs no redo of its own" if number == 1 else f"{number:,} messages need no redo of their own"
        yield f"{need}: {why}"


def _archive(messages: Sequence[EndedMessage], since: datetime | None, now: datetime) -> Iterator[str]:
    archived = [each for each in messages if not each.is_dead]
    if not archived:
        return
    ranges = time_ranges(archived, since=since)
    yield (
        f"- All events of the bus from {minute(ranges[0].since)} to {minute(ranges[-1].until)} are read from the "
        f"archive, in {counted(len(ranges), 'replay')} to the redo queue alone."
    )
    if archived[-1].last_at > now - ARCHIVED_WITHIN:
        yield "- Events may take ten minutes into the archive: the newest may be missing, and are then left out."
