"""The output of `schedules …`, and the questions before something changes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import compress
from typing import Any

from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from ops.schedules.schedules import PendingSchedule, ScheduleFilter, ScheduleGroup
from ops.stage.audit_log import open_audit
from ops.stage.deployed import DeployedStage
from ops.stage.services import require_name
from ops.terminal.input import confirmed
from ops.terminal.output import console, notes, printable, show
from ops.terminal.times import moment
from schemas.catalogue import BY_NAME
from schemas.reasons import OperatorAction

_WIDE, _WIDER = 110, 150
"""Columns of a terminal that has room for the type, and for the tenant as well."""


def ahead(text: str, now: datetime) -> datetime:
    """Read a time that lies ahead: `2h` is in two hours.

    Raises:
        OperatorError: the text is no time.
    """
    at = moment(text, now)
    is_a_span = text.strip()[-1:] in "smhdw"
    return now + (now - at) if is_a_span else at


def list_schedules(stage: DeployedStage, wanted: ScheduleFilter, *, now: datetime) -> bool:
    """Show the schedules that are wanted.

    Raises:
        OperatorError: there is no such type or stage, or AWS refuses.
    """
    if wanted.type_name:
        require_name(wanted.type_name, tuple(BY_NAME))
    with _progress() as progress:
        listing = ScheduleGroup.of(stage).matching(wanted, progress)
    text = (
        _table(listing.schedules, stage.name, now) if listing.schedules else f"No such schedule in stage {stage.name}."
    )
    show([text], map(_record, listing.schedules))
    if listing.may_lack_some:
        notes.print("Exactly 100 were listed, and no further page: the emulator lists no more, so some may be missing.")
    return True


def cancel(stage: DeployedStage, key: str, *, yes: bool) -> bool:
    """Cancel a schedule, once the operator has confirmed it; says whether it was cancelled.

    Raises:
        OperatorError: there is no such schedule, no terminal to ask on, or AWS refuses.
        AuditError: the audit log cannot be written, so nothing is cancelled.
    """
    group = ScheduleGroup.of(stage)
    schedule = group.once(key)
    if not confirmed(f"Cancel {_in_words(schedule)}?", yes=yes):
        notes.print("Nothing was cancelled.")
        return False
    _audit(stage, schedule, OperatorAction.SCHEDULE_CANCELLED)
    cancelled = group.cancel(schedule)
    if cancelled:
        text = Text.assemble(("✓ ", "green"), f"cancelled: {_in_words(schedule)}")
    else:
        text = Text.assemble(
            ("✗ ", "red"), f"too late: it was sent, cancelled or set anew meanwhile: {_in_words(schedule)}"
        )
    show([text], [{**_record(schedule), "cancelled": cancelled}])
    return cancelled


def run_now(stage: DeployedStage, key: str, *, yes: bool) -> bool:
    """Run a schedule now, once the operator has confirmed it.

    Raises:
        OperatorError: there is no such schedule, no terminal to ask on, or AWS refuses.
        AuditError: the audit log cannot be written, so nothing is sent.
    """
    group = ScheduleGroup.of(stage)
    schedule = group.once(key)
    if not confirmed(f"Run now {_in_words(schedule)}?", yes=yes):
        notes.print("Nothing was sent.")
        return False
    _audit(stage, schedule, OperatorAction.SCHEDULE_RUN)
    result = group.run(schedule, stage.client("sqs"))
    show(
        [
            Text.assemble(("✓ ", "green"), f"sent: {_in_words(schedule)}"),
            f"  id {printable(schedule.claims.id)}; its schedule {result.schedule_state}",
        ],
        [{**_record(schedule), "sqs_message_id": result.sqs_message_id, "schedule": result.schedule_state}],
    )
    return True


def _audit(stage: DeployedStage, schedule: PendingSchedule, action: OperatorAction) -> None:
    audit = open_audit(stage, schedule.claims.type, now=lambda: datetime.now(UTC))
    about = {"id": schedule.claims.id, "company_id": schedule.claims.company_id}
    audit.write(action, [about], key=schedule.key)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    with Progress(console=notes, transient=True, disable=not notes.is_terminal) as bar:
        task = bar.add_task("Read schedules", total=None)
        yield lambda done, in_all: bar.update(task, completed=done, total=in_all)


def _table(schedules: Sequence[PendingSchedule], stage: str, now: datetime) -> Table:
    """A table that never cuts keys, which are to be copied; columns that have no room are left out."""
    table = Table(title=f"Schedules of stage {stage}", title_justify="left", box=None, pad_edge=False)
    shown = [True, True, True, console.width >= _WIDE, console.width >= _WIDER]
    for heading in compress(("key", "due (UTC)", "in", "type", "tenant"), shown):
        table.add_column(heading, no_wrap=True, overflow="fold")
    for each in schedules:
        due, left = (
            (f"{each.due:%Y-%m-%d %H:%M}", _left(each.due - now)) if each.due else (each.expression, "recurring")
        )
        cells: tuple[Text | str, ...] = (Text(printable(each.key)), due, left, each.claims.type, each.claims.company_id)
        table.add_row(*compress(cells, shown))
    table.caption = f"{len(schedules):,} in all"
    return table


def _record(schedule: PendingSchedule) -> dict[str, Any]:
    return {
        "key": schedule.key,
        "name": schedule.name,
        "type": schedule.claims.type,
        "tenant": schedule.claims.company_id,
        "id": schedule.claims.id,
        "due": schedule.due.isoformat() if schedule.due else None,
        "recurring": None if schedule.due else schedule.expression,
    }


def _in_words(schedule: PendingSchedule) -> str:
    when = f"due {schedule.due:%Y-%m-%d %H:%M:%S} UTC" if schedule.due else schedule.expression
    tenant = f" for tenant {schedule.claims.company_id}" if schedule.claims.company_id else ""
    return f"{printable(schedule.key)}, {schedule.claims.type or 'no message of ours'}{tenant}, {when}"


def _left(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 0:
        return "overdue"
    days, hours = divmod(minutes // 60, 24)
    return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min"
