"""The commands `status`, `endpoints` and `drill`."""

from typing import Annotated

import typer

from ops.dead_letters.filters import FilterTexts, Tenant
from ops.stage.options import StageOptions
from ops.terminal.command import command, json_output


@command
@json_output
def status(
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Fail if an alarm is on, if there is a dead letter anywhere, or if the state is not known."
        ),
    ] = False,
    wait: Annotated[
        float,
        typer.Option(min=0, metavar="SECONDS", help="How long to wait until the stage is healthy, as after a deploy."),
    ] = 0,
    *,
    where: StageOptions,
) -> bool:
    """Show each type's health: attempts, failures, queue, dead letters, alarms.

    Example: taly-async status --stage prod
    """
    from ops.status.status import status as run

    return run(where.find(), check=check, wait=wait)


@command
@json_output
def endpoints(tenant: Tenant = None, *, where: StageOptions) -> bool:
    """List customers' webhook endpoints that fail or are disabled, since when and why.

    Example: taly-async endpoints --stage prod
    """
    from ops.status.endpoints import list_endpoints as run

    return run(where.find(), tenant=FilterTexts(tenant=tenant).read().tenant)


@command
def drill(
    deadline: Annotated[float, typer.Option(min=1, metavar="SECONDS", help="How long to wait for the alert.")] = 300,
    *,
    where: StageOptions,
) -> bool:
    """Make a message fail on purpose and wait for its alert; safe in production: it deletes its dead letter.

    Example: taly-async drill --stage prod
    """
    from ops.status.drill import drill as run

    return run(where.find(), deadline)
