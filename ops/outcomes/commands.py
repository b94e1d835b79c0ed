"""The command `outcomes`."""

from typing import Annotated

import typer

from ops.dead_letters.filters import Tenant
from ops.outcomes.counts import Dimension
from ops.stage.options import StageOptions
from ops.terminal.command import command, json_output
from ops.terminal.options import complete_service


@command
@json_output
def outcomes(
    by: Annotated[
        str,
        typer.Option(
            metavar="DIMENSIONS",
            help=f"What to count by, separated by commas: {', '.join(Dimension)}.",
        ),
    ] = "type,outcome",
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type",
            metavar="TYPE",
            autocompletion=complete_service,
            help="Only outcomes of this type, or of queue_processor; may be repeated.",
        ),
    ] = None,
    tenant: Tenant = None,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Count from this time on: 2h (ago), 7d, or RFC 3339.")
    ] = "24h",
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Count up to this time, by default now: 1h (ago), or RFC 3339.")
    ] = None,
    *,
    where: StageOptions,
) -> bool:
    """Count outcomes by type and more: attempts, share failed, what became of each delivery.

    Example: taly-async outcomes --since 24h --by type,outcome --stage prod
    """
    from ops.outcomes.outcomes import OutcomesRequest
    from ops.outcomes.outcomes import outcomes as run

    request = OutcomesRequest(by=by, types=tuple(types or ()), tenant=tenant, since=since, until=until)
    return run(where.find(), request)
