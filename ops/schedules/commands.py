"""The commands `schedules …`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from ops.dead_letters.filters import Tenant
from ops.stage.options import StageOptions
from ops.terminal.command import CommandLine, command, json_output
from ops.terminal.options import Yes, complete_service

app = CommandLine(
    help="List what is scheduled, cancel a schedule, or run it now.\n\nExample: taly-async schedules list --stage prod"
)

Key = Annotated[str, typer.Argument(metavar="KEY", help="The schedule's business key, such as reminder/0b7e…/24h.")]


@command
@json_output
def list_schedules(
    type_name: Annotated[
        str,
        typer.Option("--type", metavar="TYPE", autocompletion=complete_service, help="Only schedules of this type."),
    ] = "",
    tenant: Tenant = None,
    key: Annotated[str, typer.Option(metavar="PREFIX", help="Only keys that begin so, such as reminder/0b7e.")] = "",
    before: Annotated[
        str, typer.Option(metavar="TIME", help="Only what is due before: 2h (from now), or 2026-04-14T12:00:00Z.")
    ] = "",
    *,
    where: StageOptions,
) -> bool:
    """List schedules, the next one first, recurring ones last.

    Example: taly-async schedules list --type appointment.reminder --before 2h
    """
    from ops.dead_letters.filters import FilterTexts
    from ops.schedules.report import ahead
    from ops.schedules.report import list_schedules as run
    from ops.schedules.schedules import ScheduleFilter

    now = datetime.now(UTC)
    company = FilterTexts(tenant=tenant).read(now).tenant
    wanted = ScheduleFilter(type_name=type_name, tenant=company, key=key, before=ahead(before, now) if before else None)
    return run(where.find(), wanted, now=now)


@command
@json_output
def cancel_schedule(key: Key, yes: Yes = False, *, where: StageOptions) -> bool:
    """Cancel a schedule: its message is never sent.

    Example: taly-async schedules cancel reminder/0b7e4a52/24h
    """
    from ops.schedules.report import cancel as run

    return run(where.find(), key, yes=yes)


@command
@json_output
def run_schedule(key: Key, yes: Yes = False, *, where: StageOptions) -> bool:
    """Run a schedule now: its message is sent at once instead of when it is due.

    Example: taly-async schedules run reminder/0b7e4a52/24h
    """
    from ops.schedules.report import run_now as run

    return run(where.find(), key, yes=yes)


app.add(list_schedules, name="list")
app.add(cancel_schedule, name="cancel")
app.add(run_schedule, name="run")
