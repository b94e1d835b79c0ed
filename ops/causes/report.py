"""The output of `causes` and `cause …`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from textwrap import shorten
from typing import Any

from rich.text import Text

from ops.causes.actions import CauseActions, CauseResult
from ops.causes.next_commands import advice_about, next_commands
from ops.causes.table import CauseTable, services_named
from ops.causes.texts import error_of, headline, state_in_words
from ops.stage.deployed import DeployedStage
from ops.terminal.output import counted, notes, printable, show
from ops.terminal.times import minute, time_ahead
from schemas.advice import command
from schemas.causes import Cause, CauseState
from schemas.reasons import Remedy
from schemas.wire import timestamp

_MAX_ERROR = 200
"""Characters of an error in a list."""

_ENDED = frozenset({CauseState.RESOLVED, CauseState.OVER})


def list_causes(stage: DeployedStage, types: Sequence[str] | None, *, everything: bool) -> bool:
    """List causes, the one with the last dead letter first; always returns True.

    Args:
        stage: the stage.
        types: only causes of these; None or empty for all.
        everything: whether to list those that are resolved or over, too.

    Raises:
        OperatorError: a type is unknown, there is no such stage, or AWS refuses.
    """
    services = services_named(types)
    found = [each for each in CauseTable(stage).read() if not services or each.service in services]
    listed = sorted(
        (each for each in found if everything or each.state not in _ENDED), key=lambda each: each.last_at, reverse=True
    )
    show(_list(listed, stage.name, ended=len(found) - len(listed)), map(record, listed))
    return True


def show_cause(stage: DeployedStage, fingerprint: str, types: Sequence[str] | None) -> bool:
    """Show the causes of a fingerprint with the commands that help; always returns True.

    Raises:
        OperatorError: there is no such cause, or AWS refuses.
    """
    found = CauseTable(stage).find(fingerprint, services_named(types))
    show((line for each in found for line in _lines(each, stage.name)), map(record, found))
    return True


def acknowledge(stage: DeployedStage, fingerprint: str, types: Sequence[str] | None, *, comment: str) -> bool:
    """Acknowledge the causes of a fingerprint; returns whether all are.

    Raises:
        OperatorError: there is no such cause, the audit log cannot be opened, or AWS refuses.
    """
    found = CauseTable(stage).find(fingerprint, services_named(types))
    return _show_result(CauseActions(stage=stage).acknowledge(found, comment=comment.strip()), stage.name)


def snooze(stage: DeployedStage, fingerprint: str, types: Sequence[str] | None, *, end: str, comment: str) -> bool:
    """Snooze the causes of a fingerprint; returns whether all are.

    Raises:
        OperatorError: the end is no time within seven days, there is no such cause, the audit log cannot be opened, or
            AWS refuses.
    """
    until = time_ahead(end, datetime.now(UTC))
    found = CauseTable(stage).find(fingerprint, services_named(types))
    return _show_result(CauseActions(stage=stage).snooze(found, until=until, comment=comment.strip()), stage.name)


def resolve(stage: DeployedStage, fingerprint: str, types: Sequence[str] | None, *, comment: str) -> bool:
    """Resolve the causes of a fingerprint; returns whether all are.

    Raises:
        OperatorError: the comment is missing, there is no such cause, the audit log cannot be opened, or AWS refuses.
    """
    found = CauseTable(stage).find(fingerprint, services_named(types))
    return _show_result(CauseActions(stage=stage).resolve(found, comment=comment.strip()), stage.name)


def record(cause: Cause) -> dict[str, Any]:
    """A cause as a JSON record."""
    times = {name: timestamp(at) if at else None for name, at in _times(cause).items()}
    return {
        "type": cause.service,
        "fingerprint": cause.fingerprint,
        "state": cause.state,
        "total": cause.total,
        **times,
        "by": cause.by or None,
        "comment": cause.comment,
        "reason": cause.reason,
        "error": cause.error,
        "detail": cause.detail,
        "frame": cause.frame,
        "message_type": cause.subject_type,
        "source": cause.source,
        "remedy": cause.remedy,
        "version": cause.version,
        "resolved_version": cause.resolved_version,
        "tenants": sorted(cause.tenants),
        "has_more_tenants": cause.has_more_tenants,
        "said_total": cause.said_total,
    }


def _times(cause: Cause) -> Mapping[str, datetime | None]:
    return {
        "since": cause.since,
        "last": cause.last_at,
        "until": cause.until,
        "changed": cause.changed_at,
        "last_card": cause.said_at,
    }


def _list(causes: Sequence[Cause], stage: str, *, ended: int) -> Iterator[Text]:
    for cause in causes:
        yield headline(cause)
        yield Text(f"  {shorten(error_of(cause), _MAX_ERROR, placeholder=' …') or 'no error recorded'}")
        if cause.comment:
            yield Text(f"  comment: {printable(cause.comment)}", "dim")
    if not causes:
        yield Text(f"No open causes of dead letters in stage {stage}.")
    if ended:
        yield Text(f"{counted(ended, 'more cause')} resolved or over: --all lists them", "dim")
    if causes:
        notes.print(
            f"\nShow one:       taly-async cause show CAUSE --stage {stage}\n"
            f"Take care of it: taly-async cause ack CAUSE --stage {stage}",
            style="dim",
            markup=False,
            soft_wrap=True,
        )


def _lines(cause: Cause, stage: str) -> Iterator[Text]:
    advice = advice_about(cause)
    more_tenants = " or more" if cause.has_more_tenants else ""
    yield Text(printable(f"{cause.service}  {cause.fingerprint}"), "bold")
    for label, value in (
        ("state", state_in_words(cause)),
        ("comment", cause.comment),
        ("changed at", cause.changed_at and minute(cause.changed_at)),
        ("dead letters", f"{cause.total:,}"),
        ("at that time", f"{cause.total_then:,}" if cause.state is CauseState.ACKNOWLEDGED else ""),
        ("since", minute(cause.since)),
        ("last", minute(cause.last_at)),
        ("last card", cause.said_at and f"{minute(cause.said_at)}, at {counted(cause.said_total, 'dead letter')}"),
        ("reason", cause.reason),
        ("meaning", advice.why if advice else ""),
        ("first error", error_of(cause)),
        ("frame", cause.frame),
        ("message type", cause.subject_type if cause.subject_type != cause.service else ""),
        ("source", cause.source),
        ("version", cause.version),
        ("tenants", f"{len(cause.tenants):,}{more_tenants}" if cause.tenants else ""),
    ):
        if value:
            yield Text.assemble("  ", (f"{label:<13}", "dim"), " ", printable(str(value)))
    for what, line in next_commands(cause, stage):
        yield Text(f"  {what}")
        yield Text(f"    {printable(line)}", "cyan")


def _show_result(result: CauseResult, stage: str) -> bool:
    failures = [{"type": service, "failed": why} for service, why in result.failed.items()]
    show(_result_lines(result, stage), [*map(record, result.changed), *failures])
    return not result.failed


def _result_lines(result: CauseResult, stage: str) -> Iterator[Text]:
    for cause in result.changed:
        yield Text.assemble(
            ("✓ ", "green"),
            printable(f"{cause.fingerprint} of {cause.service}: {state_in_words(cause)}. {_MEANING[cause.state]}"),
        )
        if cause.state is CauseState.RESOLVED:
            redrive = command(Remedy.REDRIVE, cause.service, cause.fingerprint, stage=stage)
            yield Text(f"  Its dead letters stay in their queue until you redrive them: {printable(redrive)}", "dim")
    for why in result.failed.values():
        yield Text.assemble(("✗ ", "red"), printable(why))


_MEANING = {
    CauseState.ACKNOWLEDGED: "No card until its dead letters have grown tenfold; it ends after a day without one",
    CauseState.SNOOZED: "No card until then; after it, one that says what came meanwhile",
    CauseState.RESOLVED: "A card if it comes back",
}
"""What the notifier does in a state that an operator sets."""
