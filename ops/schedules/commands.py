"""`schedules`, as it is typed."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from ops.terminal.command import command
from ops.terminal.options import Json, Profile, Region, Stage, Yes, complete_service

schedules = typer.Typer(no_args_is_help=True, help="What stands to be sent later: list it, call it off, send it now.")

Key = Annotated[str, typer.Argument(metavar="KEY", help="The business key, such as reminder/0b7e…/24h.")]


@schedules.command("list")
@command
def list_schedules(
    type_name: Annotated[
        str, typer.Option("--type", metavar="TYPE", autocompletion=complete_service, help="Of this type alone.")
    ] = "",
    tenant: Annotated[str | None, typer.Option(metavar="COMPANY_ID", help="Of this tenant.")] = None,
    key: Annotated[str, typer.Option(metavar="PREFIX", help="Whose key begins so, such as reminder/0b7e.")] = "",
    before: Annotated[str, typer.Option(metavar="TIME", help="Due before: 2h from now, or 2026-04-14T12:00:00Z.")] = "",
    stage: Stage = "local",
    profile: Profile = None,
    region: Region = None,
    json: Json = False,
) -> bool:
    """Show what stands, the next one first; recurring ones last."""
    from ops.dead_letters.filters import FilterTexts  # each command loads what it needs alone
    from ops.schedules.report import ahead
    from ops.schedules.report import list_schedules as run
    from ops.schedules.schedules import Wanted
    from ops.stage.deployed import deployed

    now = datetime.now(UTC)
    company = FilterTexts(tenant=tenant).parse(now).tenant
    wanted = Wanted(type_name=type_name, tenant=company, key=key, before=ahead(before, now) if before else None)
    return run(deployed(stage, profile=profile, region=region), wanted, json=json, now=now)


@schedules.command("cancel")
@command
def cancel_schedule(
    key: Key,
    yes: Yes = False,
    stage: Stage = "local",
    profile: Profile = None,
    region: Region = None,
    json: Json = False,
) -> bool:
    """Call one off: what it was to send never is."""
    from ops.schedules.report import cancel as run
    from ops.stage.deployed import deployed

    return run(deployed(stage, profile=profile, region=region), key, yes=yes, json=json)


@schedules.command("fire")
@command
def fire_schedule(
    key: Key,
    yes: Yes = False,
    stage: Stage = "local",
    profile: Profile = None,
    region: Region = None,
    json: Json = False,
) -> bool:
    """Send one now, instead of when it is due."""
    from ops.schedules.report import fire as run
    from ops.stage.deployed import deployed

    return run(deployed(stage, profile=profile, region=region), key, yes=yes, json=json)
