"""`python -m ops`: what people do with the system. Each command stands in `ops/commands/`, by its topic."""

import sys
from typing import Annotated

import typer

from ops.command import command
from ops.commands import local, publishing, telling
from ops.contracts.commands import app as contracts

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)

HERE, SENDING, WATCHING, MENDING, PLANNING = (
    "On this machine",
    "Publish",
    "Look",
    "Mend",
    "Plan",
)
"""Panels of the help, in this order."""


@app.callback()
def main() -> None:
    """Taly CRM's asynchronous backbone, for people."""


for run, panel in (
    (local.demo, HERE),
    (local.up, HERE),
    (local.down, HERE),
    (publishing.validate, SENDING),
    (publishing.send, SENDING),
    (telling.drill, WATCHING),
):
    app.command(rich_help_panel=panel)(run)
app.command(hidden=True)(local.supervise)
app.add_typer(contracts, name="contracts", rich_help_panel=PLANNING)


@app.command(rich_help_panel=MENDING)
@command
def redrive(
    service: Annotated[str, typer.Argument(metavar="TYPE", help="Such as email.send, or queue_processor.")],
    fingerprint: Annotated[str, typer.Option(metavar="CAUSE", help="Those of this cause alone: see the card.")] = "",
    stage: Annotated[str, typer.Option(help="The stage; `local` is the one that `make up` started.")] = "local",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count them.")] = False,
) -> bool:
    """Send dead letters back to the queue that they died on, with all their attempts before them."""
    from ops.redrive import Request  # noqa: PLC0415 likewise
    from ops.redrive import redrive as run  # noqa: PLC0415 likewise

    return run(Request(service=service, fingerprint=fingerprint, stage=stage, dry_run=dry_run))


@app.command(rich_help_panel=PLANNING)
@command
def cost(
    stage: Annotated[str, typer.Option(help="The stage whose templates are counted.")] = "prod",
) -> bool:
    """Print what the monitoring of a stage costs a month, whatever happens."""
    from ops.cost import cost as run  # noqa: PLC0415 likewise

    return run(stage)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # names are in every script there is
    app()
