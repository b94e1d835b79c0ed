"""The command `console`."""

from typing import Annotated

import typer

from ops.stage.options import StageOptions
from ops.terminal.command import command


@command
def console(
    port: Annotated[
        int, typer.Option(min=0, max=65_535, metavar="PORT", help="The port on 127.0.0.1; 0 for any that is free.")
    ] = 8710,
    browse: Annotated[bool, typer.Option("--open", help="Open the console in a browser.")] = False,
    *,
    where: StageOptions,
) -> bool:
    """Serve the console, a web page on this machine: health, dead letters, journeys, redrive, discard, pauses.

    Example: taly-async console --open --stage prod
    """
    from ops.console.server import serve

    return serve(where.find(), port=port, browse=browse)
