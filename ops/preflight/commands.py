"""The command `preflight`."""

from typing import Annotated

import typer

from ops.stage.options import StageOptions
from ops.terminal.command import command, json_output
from ops.terminal.output import notes


@command
@json_output
def preflight(
    with_drill: Annotated[
        bool,
        typer.Option(
            "--drill/--no-drill", help="End with a drill, if the stage is deployed and nothing has failed before."
        ),
    ] = True,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Also settle what is assumed about AWS, as far as calls that change nothing can."
        ),
    ] = False,
    *,
    where: StageOptions,
) -> bool:
    """Check, before and after a deploy, what decides whether a stage works: quotas, mail, texts, secrets, topics.

    Example: taly-async preflight --stage prod --no-drill
    """
    from ops.preflight.preflight import preflight as run

    is_fine = run(where.find(), with_drill=with_drill, verify=verify)
    if settings := where.not_in_environment():
        notes.print(f"Run the commands above with {settings}", soft_wrap=True, markup=False)
    return is_fine
