"""`console`, as it is typed."""

from typing import Annotated

import typer

from ops.terminal.command import command
from ops.terminal.options import Profile, Region, Stage


@command
def console(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Of 127.0.0.1; 0 for any that is free.")] = 8710,
    browse: Annotated[bool, typer.Option("--open", help="Open it in a browser.")] = False,
    stage: Stage = "local",
    profile: Profile = None,
    region: Region = None,
) -> bool:
    """Serve the console, a page in your browser: health, what died and why, journeys, redrive, discard."""
    from ops.console.server import serve  # each command loads what it needs alone
    from ops.stage.deployed import deployed

    return serve(deployed(stage, profile=profile, region=region), port=port, browse=browse)
