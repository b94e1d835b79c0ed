"""The command `conserve`."""

from typing import Annotated

import typer

from ops.stage.options import StageOptions
from ops.terminal.command import command, json_output


@command
@json_output
def conserve(
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Check what was accepted from this time on: 24h (ago), or RFC 3339.")
    ] = "24h",
    until: Annotated[
        str,
        typer.Option(metavar="TIME", help="Check what was accepted before: 1h (ago), or RFC 3339; without it: now."),
    ] = "",
    grace: Annotated[
        str, typer.Option(metavar="DURATION", help="How long a message may take for its next step, such as 10m.")
    ] = "10m",
    *,
    where: StageOptions,
) -> bool:
    """Prove by logs, queues and schedules that nothing was lost or done twice; exit with 1 and the ids otherwise.

    Example: taly-async conserve --since 24h --stage prod
    """
    from ops.conserve.report import ConserveRequest
    from ops.conserve.report import conserve as run

    return run(where.find(), ConserveRequest(since=since, until=until, grace=grace))
