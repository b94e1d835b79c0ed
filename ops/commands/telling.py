"""Whether people are told of what goes wrong."""

from typing import Annotated

import typer

from ops.terminal.command import command
from ops.terminal.options import Profile, Region, Stage


@command
def drill(
    stage: Stage = "local",
    profile: Profile = None,
    region: Region = None,
    deadline: Annotated[float, typer.Option(min=1, metavar="SECONDS", help="Until it is given up.")] = 300,
) -> bool:
    """Let a message fail on purpose, and wait until people are told; safe in production, cleans up after itself."""
    from ops.stage.deployed import deployed  # noqa: PLC0415 each command loads what it needs alone
    from ops.status.drill import drill as run  # noqa: PLC0415 likewise

    return run(deployed(stage, profile=profile, region=region), deadline)
