"""`schedules`: what people see of what stands, and what they are asked before it changes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import compress
from typing import Any

from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from ops.schedules.schedules import PendingSchedule, ScheduleGroup, Wanted
from ops.stage.deployed import DeployedStage
from ops.terminal.errors import OperatorError
from ops.terminal.input import confirmed
from ops.terminal.output import console, emit, notes, printable
from ops.terminal.times import moment
from schemas.catalogue import BY_NAME

_WIDE, _WIDER = 110, 150
"""Characters of a line that has room for the type, and for the tenant besides."""


def ahead(text: str, now: datetime) -> datetime:
    """The moment that is meant where people look forward: `2h` is in two hours.

    Raises:
        OperatorError: it is no time.
    """
    at = moment(text, now)
    is_a_span = text.strip()[-1:] in "smhdw"
    return now + (now - at) if is_a_span else at


def list_schedules(stage: DeployedStage, wanted: Wanted, *, json: bool, now: datetime) -> bool:
    """Show what stands.

    Raises:
        OperatorError: there is no such type or stage, or AWS refuses.
    """
    if wanted.type_name and wanted.type_name not in BY_NAME:
        raise OperatorError(f"there is no type {printable(wanted.type_name)}: give one of {', '.join(BY_NAME)}")
    with _progress() as told:
        listing = ScheduleGroup.of(stage).standing(wanted, told)
    if json:
        for standing in listing.schedules:
            emit(_record(standing))
    elif listing.schedules:
        console.print(_table(listing.schedules, stage.name, now))
    else:
        console.print(f"No such schedule stands in stage {stage.name}.")
    if listing.may_lack_some:
        notes.print("Exactly 100 were listed, and no further page: the emulator lists no more, so some may be missing.")
    return True


def cancel(stage: DeployedStage, key: str, *, yes: bool, json: bool) -> bool:
    """Call one off, once people have said so.

    Raises:
        OperatorError: there is none, there is nobody to ask, or AWS refuses.
    """
    group = ScheduleGroup.of(stage)
    standing = group.once(key)
    if not confirmed(f"Call off {_in_words(standing)}?", yes=yes):
        notes.print("It stays.")
        return False
    stood = group.cancel(standing)
    if json:
        emit({**_record(standing), "cancelled": stood})
    elif stood:
        _say("✓", "green", f"called off: {_in_words(standing)}")
    else:
        _say("✗", "red", f"too late: it was sent, called off or set anew meanwhile: {_in_words(standing)}")
    return stood


def fire(stage: DeployedStage, key: str, *, yes: bool, json: bool) -> bool:
    """Send one now, once people have said so.

    Raises:
        OperatorError: there is none, there is nobody to ask, or AWS refuses.
    """
    group = ScheduleGroup.of(stage)
    standing = group.once(key)
    if not confirmed(f"Send now {_in_words(standing)}?", yes=yes):
        notes.print("It waits until it is due.")
        return False
    fired = group.fire(standing, stage.client("sqs"))
    if json:
        emit({**_record(fired.schedule), "sqsMessageId": fired.sqs_message_id, "schedule": fired.afterwards})
    else:
        _say("✓", "green", f"sent: {_in_words(fired.schedule)}")
        console.print(f"  id {printable(fired.schedule.says.id)}; its schedule {fired.afterwards}", soft_wrap=True)
    return True


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    with Progress(console=notes, transient=True, disable=not notes.is_terminal) as bar:
        task = bar.add_task("Read schedules", total=None)
        yield lambda done, in_all: bar.update(task, completed=done, total=in_all)


def _table(schedules: Sequence[PendingSchedule], stage: str, now: datetime) -> Table:
    """Keys, which people copy, are never cut; what there is no room for is left out."""
    table = Table(title=f"Schedules of stage {stage}", title_justify="left", box=None, pad_edge=False)
    shown = [True, True, True, console.width >= _WIDE, console.width >= _WIDER]
    for heading in compress(("key", "due (UTC)", "in", "type", "tenant"), shown):
        table.add_column(heading, no_wrap=True, overflow="fold")
    for each in schedules:
        due, left = (
            (f"{each.due:%Y-%m-%d %H:%M}", _left(each.due - now)) if each.due else (each.expression, "recurring")
        )
        cells: tuple[Text | str, ...] = (Text(printable(each.key)), due, left, each.says.type, each.says.company_id)
        table.add_row(*compress(cells, shown))
    table.caption = f"{len(schedules):,} in all"
    return table


def _record(standing: PendingSchedule) -> dict[str, Any]:
    return {
        "key": standing.key,
        "name": standing.name,
        "type": standing.says.type,
        "tenant": standing.says.company_id,
        "id": standing.says.id,
        "due": standing.due.isoformat() if standing.due else None,
        "recurring": None if standing.due else standing.expression,
    }


def _in_words(standing: PendingSchedule) -> str:
    when = f"due {standing.due:%Y-%m-%d %H:%M:%S} UTC" if standing.due else standing.expression
    tenant = f" for tenant {standing.says.company_id}" if standing.says.company_id else ""
    return f"{printable(standing.key)}, {standing.says.type or 'no message of ours'}{tenant}, {when}"


def _left(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 0:
        return "overdue"
    days, hours = divmod(minutes // 60, 24)
    return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min"


def _say(mark: str, style: str, what: str) -> None:
    console.print(Text.assemble((f"{mark} ", style), what), soft_wrap=True)
