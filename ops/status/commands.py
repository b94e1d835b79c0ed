"""`status` and `drill`, as they are typed."""

from typing import Annotated

import typer

from ops.terminal.command import command
from ops.terminal.options import Json, Profile, Region, Stage


@command
def status(
    check: Annotated[
        bool, typer.Option("--check", help="Fail if an alarm is on or a dead letter lies anywhere.")
    ] = False,
    stage: Stage = "local",
    profile: Profile = None,
    region: Region = None,
    as_json: Json = False,
) -> bool:
    """Show how every type stands: attempts, failures, its queue, its dead letters, its alarms."""
    from ops.stage.deployed import deployed  # each command loads what it needs alone
    from ops.status.status import status as run

    return run(deployed(stage, profile=profile, region=region), as_json=as_json, check=check)


@command
def drill(
    stage: Stage = "local",
    profile: Profile = None,
    region: Region = None,
    deadline: Annotated[float, typer.Option(min=1, metavar="SECONDS", help="Until it is given up.")] = 300,
) -> bool:
    """Let a message fail on purpose, and wait until people are told; safe in production, cleans up after itself."""
    from ops.stage.deployed import deployed
    from ops.status.drill import drill as run

    return run(deployed(stage, profile=profile, region=region), deadline)
