"""The cards of a pause: that it began, what it will cost, and that it is over."""

import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from lambdas.slack_notifier.cards.card import (
    Card,
    CardKind,
    Code,
    Fact,
    Notice,
    Sentence,
    Step,
    WaitReason,
    counted,
)
from lambdas.slack_notifier.cards.outage_cards import clock, duration
from lambdas.slack_notifier.cards.stage_location import StageLocation
from lambdas.slack_notifier.outages.backlog import Backlog
from schemas.destinations import Destination
from schemas.pauses import QUEUE_RETENTION, Pause

RUNBOOK_SECTION = "pause"

BY_HAND = "by hand"
"""The subject of mappings that somebody disabled without `taly-async pause`: together they have one card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PausedSubject:
    """Subject of one card: a type, all that waits for a destination, or mappings that somebody disabled by hand."""

    subject: str
    """A type, a destination, or `BY_HAND`."""

    services: Collection[str]
    since: datetime
    """When the first of its services was paused; of those by hand, when the notifier saw it."""

    at: datetime
    """Now."""

    until: datetime | None = None
    by: str = ""
    """The ARN of the operator's credentials."""

    @property
    def is_by_hand(self) -> bool:
        """Whether nothing is known about it."""
        return self.subject == BY_HAND

    @property
    def in_words(self) -> str:
        """Return its name at the beginning of a sentence."""
        if self.subject in set(Destination):
            return f"All that calls {Destination(self.subject).in_words}"
        return _listed(self.services) if self.is_by_hand else self.subject

    @property
    def commands(self) -> Sequence[str]:
        """Return what `taly-async resume` takes to end it."""
        return sorted(self.services) if self.is_by_hand else [self.subject]


def paused(subject: PausedSubject, backlog: Backlog, location: StageLocation) -> Notice:
    """The card when messages begin to wait."""
    until = f" until {clock(subject.until, subject.at)}" if subject.until else ""
    were = "was" if len(subject.services) == 1 else "were"
    what = f"{were} disabled by hand" if subject.is_by_hand else f"is paused{until}"
    title = f"{location.stage}: {subject.in_words} {what}"
    who = f"{operator(subject.by)} paused it" if subject.by else "It was paused"
    if subject.is_by_hand:
        meaning: list[Sentence] = [
            (
                "Somebody disabled the event source mapping without ",
                Code("taly-async pause"),
                ": who, why and until when is not known. Its messages wait until somebody resumes it.",
            )
        ]
    elif subject.until:
        meaning = [(f"{who} at ", subject.since, ". The notifier resumes it at ", subject.until, ".")]
    else:
        meaning = [(f"{who} at ", subject.since, ", until somebody resumes it.")]
    return _notice(
        CardKind.PAUSED,
        subject,
        backlog,
        location,
        title=title,
        mark="🔴" if subject.is_by_hand else "🟡",
        paragraphs=[*meaning, (f"{_waits(backlog)} A queue keeps a message for {QUEUE_RETENTION.days} days.",)],
    )


def near_retention(subject: PausedSubject, backlog: Backlog, location: StageLocation) -> Notice:
    """The card before SQS begins to delete what waits."""
    lost_from = subject.since + QUEUE_RETENTION
    return _notice(
        CardKind.PAUSE_WARNING,
        subject,
        backlog,
        location,
        title=f"{location.stage}: Messages of {_lower(subject)} will be lost from {clock(lost_from, subject.at)}",
        mark="🔴",
        paragraphs=[
            (
                f"It has been paused for {duration(subject.at - subject.since)}. From ",
                lost_from,
                f" on, SQS deletes each message that has waited for {QUEUE_RETENTION.days} days. {_waits(backlog)}",
            )
        ],
    )


def overdue(subject: PausedSubject, backlog: Backlog, location: StageLocation, *, why: str) -> Notice:
    """The card when AWS refuses to end a pause.

    Args:
        subject: what is paused.
        backlog: what waits.
        location: the stage.
        why: AWS's error code.
    """
    return _notice(
        CardKind.PAUSE_WARNING,
        subject,
        backlog,
        location,
        title=f"{location.stage}: {subject.in_words} is still paused: AWS refuses to resume it",
        mark="🔴",
        paragraphs=[
            (
                "It was due to be resumed at ",
                subject.until or subject.at,
                ". The notifier tries again each minute; AWS answered ",
                Code(why),
                f". {_waits(backlog)}",
            )
        ],
    )


def resumed(subject: PausedSubject, backlog: Backlog, location: StageLocation) -> Notice:
    """The card when a pause is over."""
    run = "run" if subject.is_by_hand and len(subject.services) > 1 else "runs"
    title = f"{location.stage}: {subject.in_words} {run} again"
    lasted = duration(subject.at - subject.since)
    is_due = subject.until is not None and subject.until <= subject.at
    how = "Its time was over." if is_due else "Somebody resumed it; the audit log says who, if it was by `taly-async`."
    card = Card(
        title=f"🟢 {title}",
        summary=f"{title} after {lasted}. {_waits(backlog)}",
        paragraphs=[(f"It was paused for {lasted}, since ", subject.since, f". {how}"), (_waits(backlog),)],
        items=_items(subject, backlog),
        links=[location.dashboard()],
        footnote=_footnote(subject, location),
    )
    return Notice(kind=CardKind.RESUMED, card=card, count=backlog.total, pause=subject.subject)


def pause_reason(pause: Pause, stage: str) -> WaitReason:
    """Return why messages of a paused type wait, for the card of its alarm."""
    if pause.is_by_hand:
        text: Sentence = (
            "Somebody disabled its event source mapping by hand, so its messages wait. To do: ",
            Code(_resume(pause.service, stage)),
        )
        return WaitReason(text, "🔴")
    who = f" by {operator(pause.by)}" if pause.by else ""
    if pause.until:
        return WaitReason((f"Paused{who} until ", pause.until, ". Nothing to do: its messages wait until then."), "🟡")
    resume = Code(_resume(pause.subject, stage))
    return WaitReason((f"Paused{who}. Its messages wait until somebody resumes it: ", resume), "🟡")


def operator(arn: str) -> str:
    """Return the last part of an ARN of credentials: a user's name, or that of a role's session."""
    return arn.rpartition("/")[2] or arn


def _notice(  # noqa: PLR0913 the parts that differ
    kind: CardKind,
    subject: PausedSubject,
    backlog: Backlog,
    location: StageLocation,
    *,
    title: str,
    mark: str,
    paragraphs: Sequence[Sentence],
) -> Notice:
    commands = [_resume(name, location.stage) for name in subject.commands]
    card = Card(
        title=f"{mark} {title}",
        summary=f"{title}. {_waits(backlog)}",
        paragraphs=paragraphs,
        facts=[Fact("Paused by", (Code(subject.by),))] if subject.by else [],
        items=_items(subject, backlog),
        steps=[Step(("To resume it before that:" if subject.until else "To resume it:",), "\n".join(commands))],
        links=[location.dashboard(), location.runbook(RUNBOOK_SECTION)],
        footnote=_footnote(subject, location),
    )
    return Notice(kind=kind, card=card, count=backlog.total, pause=subject.subject)


def _resume(name: str, stage: str) -> str:
    return f"taly-async resume {shlex.quote(name)} --stage {stage}"


def _items(subject: PausedSubject, backlog: Backlog) -> list[Sentence]:
    """List the types, unless the title names the only one."""
    if [*subject.services] == [subject.subject]:
        return []
    return [
        (Code(service), f": {counted(backlog.by_service.get(service, 0), 'message')}" if backlog.is_complete else "")
        for service in sorted(subject.services)
    ]


def _waits(backlog: Backlog) -> str:
    if not backlog.is_complete:
        return "How many messages wait is not known: SQS did not say."
    if not backlog.total:
        return "No message waits now."
    return f"{counted(backlog.total, 'message')} {'waits' if backlog.total == 1 else 'wait'} now."


def _footnote(subject: PausedSubject, location: StageLocation) -> Sentence:
    return (f"{location.stage} · pause · {subject.subject}",)


def _listed(services: Collection[str]) -> str:
    """Return the only name, or the number of them."""
    return next(iter(services)) if len(services) == 1 else counted(len(services), "type")


def _lower(subject: PausedSubject) -> str:
    words = subject.in_words
    return f"{words[0].lower()}{words[1:]}"
